"""What all components have in common: their answers are labelled parts of a text.

An entity is a part of the text with its label, and so is the whole text with its class. What is
learnt, kept and lost is counted in such answers, whatever the component.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..evaluation.scores import CharSpan, without_missing

UNKNOWN = "unknown"  # span group of a Doc of ours: what nobody can vouch for
Source = Literal["gold", "project", "raw"]


@dataclass(frozen=True)
class Claims:
    """What is known about a text.

    found: answers that are right. unknown: answers of which nobody knows whether they are right.
    What is neither is wrong.
    """

    found: list[CharSpan] = field(default_factory=list)
    unknown: list[CharSpan] = field(default_factory=list)


class Words(NamedTuple):
    """What gate, report and model card say.

    answer, answers: what one is called, and several. span, spans: the same where they are counted.
    right: when one is right. task: spaCy's name of the task, hub: the hub's. show: Python that
    shows the answers in a Doc.
    """

    answer: str
    answers: str
    span: str
    spans: str
    right: str
    task: str
    hub: str
    show: str

    def counted(self, number: int, which: str = "") -> str:
        """How many, as "1 gold span". which: of them."""
        return f"{number:,} {which}{self.span if number == 1 else self.spans}"


def own_labels(nlp: Language, name: str) -> list[str]:
    """The labels that a component says it has."""
    pipe: Any = nlp.get_pipe(name)
    return list(pipe.labels)


def leave(*_: Any) -> None:
    """Where a component needs nothing of its own."""


@dataclass(frozen=True)
class Kind:
    """A component, by what it reads and writes.

    component: the value of the var. factories: of all that count as such, first that of one that is
    trained. makers: of others that take part in its answers, and stay where they are. starts: those
    of them from whose layers the first of ours goes on, but for the last layer.
    words: what a model card calls its answers. results: what its annotators make in Label Studio.
    companions: factories of ours beside a second one: what holds the first's answers, what puts
    both together, and what stands at the end of the pipeline, if anything does.
    scores: what spaCy's names for its scores begin with.
    exclusive: whether one part of a text has one label at most. borders: whether an answer can have
    the right label and wrong borders.
    read: the answers in a Doc. unknown: the offsets of what nobody knows about in a Doc of ours.
    write: puts claims about these labels into a Doc. teaches: whether a component can learn from a
    Doc of ours. score: how sure an answer is, 0 to 1, None where nothing says so. certainty: how
    sure the least certain decision on these labels is in a Doc, 0 to 1.
    usual: whether most pipelines have such a component, so that its answers are wanted where
    annotators have taught some, or where there are no others.
    by_token: whether its answers are about tokens, one each: a region speaks for all of its tokens,
    and of a token without an answer nothing is known.
    labels: those that a component, by its name, can give. refuse: raises UserError for a base with
    which that cannot be done. fit: completes the block of a component to train by annotated Docs,
    labels of the base and others that are added; may raise UserError. prepare: a component in
    memory, for its training.
    settle: what dev decides of a trained pipeline (its folder, the corpus, annotated labels).
    """

    words: Words
    component: str
    factories: tuple[str, ...]
    results: Literal["labels", "choices"]
    companions: tuple[str, ...]
    scores: str
    exclusive: bool
    borders: bool
    read: Callable[[Doc], list[CharSpan]]
    unknown: Callable[[Doc], list[tuple[int, int]]]
    write: Callable[[Doc, Claims, Sequence[str]], None]
    teaches: Callable[[Doc], bool]
    score: Callable[[Doc, CharSpan], float | None]
    certainty: Callable[[Doc, Collection[str]], float]
    makers: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    usual: bool = False
    by_token: bool = False
    labels: Callable[[Language, str], Sequence[str]] = own_labels
    refuse: Callable[[Language], None] = leave
    fit: Callable[[dict[str, Any], Iterable[Doc], Sequence[str], Sequence[str]], None] = leave
    prepare: Callable[[Any], None] = leave
    settle: Callable[[Path, Path, Iterable[str]], None] = leave

    def reference(self, doc: Doc) -> tuple[list[CharSpan], list[tuple[int, int]]]:
        """The answers of a Doc of ours that can be judged, and the offsets of what cannot."""
        unknown = self.unknown(doc)
        return without_missing(self.read(doc), unknown), unknown


def complete(kind: Kind, first: Claims, then: Iterable[CharSpan]) -> Claims:
    """Claims with further answers that do not go against them."""
    if not kind.exclusive:
        return Claims([*first.found, *then], first.unknown)
    taken = [(span.start, span.end) for span in [*first.found, *first.unknown]]
    return Claims([*first.found, *without_missing(then, taken)], first.unknown)


def having(spans: Iterable[CharSpan], labels: Iterable[str]) -> list[CharSpan]:
    """The answers that have one of the labels."""
    wanted = set(labels)
    return [span for span in spans if span.label in wanted]


def read_unknown(doc: Doc) -> list[tuple[int, int]]:
    """The offsets of what `mark_unknown` noted."""
    return [(span.start_char, span.end_char) for span in doc.spans.get(UNKNOWN, ())]


def mark_unknown(doc: Doc, spans: Iterable[CharSpan]) -> None:
    """Note answers that nobody can vouch for, by the tokens that they lie on."""
    found = (doc.char_span(*span[:2], span.label, alignment_mode="expand") for span in spans)
    doc.spans[UNKNOWN] = [span for span in found if span is not None]


def mark_text_unknown(doc: Doc, labels: Iterable[str]) -> None:
    """Note labels of the text as a whole that nobody can vouch for."""
    doc.spans[UNKNOWN] = [Span(doc, 0, len(doc), label) for label in labels]


def whole(text: str, label: str) -> CharSpan:
    """A label of a text as a whole."""
    return CharSpan(0, len(text), label)
