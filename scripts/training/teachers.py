"""The two teachers of an update, base and specialist, and what they say about texts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import tee
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..corpora.corpus import bare_copy
from ..kinds.kind import Kind
from ..kinds.known import find_kind
from ..kinds.ner import NER
from .beside import find_components
from .merging import BASE, FORMER, SPECIALIST, TokenSpan, token_spans
from .pipelines import BaseRecord, find_upstream, load_pipeline, use_gpu

# Span groups of a base that is an update: its entities before and after the update's own ner.
_BEFORE, _AFTER = "before_former", "after_former"


@dataclass(frozen=True)
class Teachers:
    """Base and specialist with nothing enabled but what finds their answers."""

    base: Language
    specialist: Language
    kind: Kind = NER

    def see(self, docs: Iterable[Doc]) -> Iterator[tuple[Doc, Doc, Doc]]:
        """Each Doc, in order, and its text as base and specialist annotate it."""
        first, second, third = tee(docs, 3)
        base = self.base.pipe(bare_copy(doc, self.base.vocab) for doc in first)
        specialist = self.specialist.pipe(bare_copy(doc, self.specialist.vocab) for doc in second)
        yield from zip(third, base, specialist, strict=True)

    def label(self, docs: Iterable[Doc]) -> Iterator[tuple[Doc, "Predictions"]]:
        """For each Doc, in order, what both teachers say about its text.

        The Docs must have the base's tokenization; the teachers get copies without annotation.
        """
        for doc, by_base, by_specialist in self.see(docs):
            found = token_spans(by_base.ents)
            yield doc, Predictions(found, token_spans(by_specialist.ents), _former(by_base, found))


@dataclass(frozen=True)
class Predictions:
    """The entities that each teacher finds in a text.

    former: of the base's, those that its former update's ner found.
    """

    base: list[TokenSpan]
    specialist: list[TokenSpan]
    former: list[TokenSpan]

    def keep_in(self, doc: Doc) -> None:
        """Write them into the span groups "base", "specialist" and "former" of a Doc."""
        groups = {BASE: self.base, SPECIALIST: self.specialist, FORMER: self.former}
        for group, spans in groups.items():
            doc.spans[group] = [Span(doc, span.start, span.end, span.label) for span in spans]


def load_teachers(
    base: Path, specialist: Path, record: BaseRecord, *, gpu_id: int = -1
) -> Teachers:
    """Load both. Raises UserError when one cannot be loaded."""
    use_gpu(gpu_id)
    if record.component != "ner":
        return load_others(base, specialist, record)
    nlp, marks = load_pipeline(base), mark_former(record)
    for mark, place in marks.items():
        nlp.add_pipe("mark_entities_v1", name=mark, config={"group": mark}, **place)
    naive = load_pipeline(specialist)
    # What a teacher in the base's place is called, a specialist has not.
    found = [name for name in record.recognizers if name in naive.pipe_names][-1:]
    return Teachers(
        enable_only(nlp, [*record.entity_components, *marks]),
        enable_only(naive, [*find_upstream(naive, found), *found]),
    )


def load_others(base: Path, specialist: Path, record: BaseRecord) -> Teachers:
    """Both teachers of another component than ner."""
    kind, naive = find_kind(record.component), load_pipeline(specialist)
    found = find_components(naive, kind)
    return Teachers(
        enable_only(load_pipeline(base), record.entity_components),
        enable_only(naive, [*find_upstream(naive, found), *found]),
        kind,
    )


def mark_former(record: BaseRecord) -> dict[str, dict[str, str]]:
    """Marks around the ner of a former update, none in a base that has none: name to place."""
    if record.former is None:
        return {}
    return {_BEFORE: {"before": record.former}, _AFTER: {"after": record.former}}


def _former(doc: Doc, found: list[TokenSpan]) -> list[TokenSpan]:
    """Of the entities that a base found, those that stem from its former update's ner."""
    if _AFTER not in doc.spans:
        return []
    own = {*token_spans(doc.spans[_AFTER])} - {*token_spans(doc.spans[_BEFORE])}
    return [span for span in found if span in own]


def enable_only(nlp: Language, names: list[str]) -> Language:
    """The pipeline with all other components disabled: a teacher needs only its entities."""
    nlp.select_pipes(enable=names)
    return nlp
