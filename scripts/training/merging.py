"""Gold and the words of two teachers put together: who is believed where they disagree.

Gold always wins. On project text the specialist's word comes first, on raw text the base's. Where
a loser is cut through, nobody knows what its remaining tokens are, so they become missing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from spacy.tokens import Doc, Span

# Span groups in which a silver Doc keeps what each teacher said.
BASE, SPECIALIST = "base", "specialist"


class TokenSpan(NamedTuple):
    """An entity by its tokens, end exclusive."""

    start: int
    end: int
    label: str


@dataclass
class Labelling:
    """What is known about the tokens of a text: entities, missing tokens, all others outside."""

    entities: list[TokenSpan] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)

    def add(self, spans: Iterable[TokenSpan]) -> "Labelling":
        """Add the spans that nothing known overlaps; the free tokens of the others are missing."""
        taken = {i for span in self.entities for i in range(span.start, span.end)}
        entities, missing = list(self.entities), set(self.missing)
        for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
            tokens = set(range(span.start, span.end))
            if tokens & (taken | missing):
                missing |= tokens - taken
            else:
                entities.append(span)
                taken |= tokens
        return Labelling(entities, missing)

    def doubt(self, spans: Iterable[TokenSpan]) -> "Labelling":
        """Make the tokens of the spans missing, where no entity is known."""
        taken = {i for span in self.entities for i in range(span.start, span.end)}
        tokens = {i for span in spans for i in range(span.start, span.end)}
        return Labelling(list(self.entities), self.missing | (tokens - taken))

    def outside(self, labels: Collection[str]) -> "Labelling":
        """Entities with these labels become outside, for a model that must leave them alone."""
        kept = [span for span in self.entities if span.label not in labels]
        return Labelling(kept, set(self.missing))

    def write(self, doc: Doc) -> None:
        """Set `doc.ents`: entities, missing tokens, the rest outside."""
        doc.set_ents(
            [Span(doc, span.start, span.end, span.label) for span in sorted(self.entities)],
            missing=[doc[i : i + 1] for i in sorted(self.missing)],
            default="outside",
        )


def read_labelling(doc: Doc) -> Labelling:
    """The labelling that stands in `doc.ents`."""
    return Labelling(token_spans(doc.ents), {token.i for token in doc if token.ent_iob == 0})


def token_spans(spans: Iterable[Span]) -> list[TokenSpan]:
    """spaCy's spans as records."""
    return [TokenSpan(span.start, span.end, span.label_) for span in spans]


@dataclass(frozen=True)
class Scheme:
    """The labels of an update.

    annotated: what the annotators worked with. base: what the base knows.
    """

    annotated: frozenset[str]
    base: frozenset[str]

    @property
    def retained(self) -> frozenset[str]:
        """Base labels outside the annotators' scheme: the base is right about them."""
        return self.base - self.annotated

    @property
    def new(self) -> frozenset[str]:
        """Annotated labels that the base does not know."""
        return self.annotated - self.base

    @property
    def shared(self) -> frozenset[str]:
        """Annotated labels that the base knows: gold is right about them."""
        return self.annotated & self.base


def having(spans: Iterable[TokenSpan], labels: Collection[str]) -> list[TokenSpan]:
    """The spans that have one of the labels."""
    return [span for span in spans if span.label in labels]


def complete_gold(gold: Labelling, base: list[TokenSpan], scheme: Scheme) -> Labelling:
    """Gold for the annotated labels, completed with the base's entities of retained labels."""
    return gold.add(having(base, scheme.retained))


def merge_on_project_text(
    base: list[TokenSpan], specialist: list[TokenSpan], scheme: Scheme
) -> Labelling:
    """Both teachers on a text of the annotators' domain: the specialist's word comes first."""
    first = Labelling().add(having(specialist, scheme.annotated))
    return first.add(having(base, scheme.retained))


def merge_on_raw_text(
    base: list[TokenSpan], specialist: list[TokenSpan], scheme: Scheme
) -> Labelling:
    """Both teachers on general text: the base's word comes first, also on shared labels."""
    return Labelling().add(base).add(having(specialist, scheme.new))


def aware_on_raw_text(
    base: list[TokenSpan], specialist: list[TokenSpan], scheme: Scheme
) -> Labelling:
    """What a second ner beside the frozen base learns from general text.

    The base's entities of retained labels are outside, so that it leaves them alone; what the
    specialist finds elsewhere is missing, since most of it is wrong there; the rest is outside.
    """
    base_entities = Labelling().add(base)
    doubted = base_entities.doubt(having(specialist, scheme.new))
    return doubted.outside(scheme.retained)
