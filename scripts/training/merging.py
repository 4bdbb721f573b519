"""Gold and the words of two teachers put together: who is believed where they disagree.

Gold always wins. On project text the specialist's word comes first, on raw text the base's. Where
a loser is cut through, nobody knows what its remaining tokens are, so they become missing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from spacy.tokens import Doc, Span

# Span groups in which a silver Doc keeps what each teacher said, and which of the base's entities
# its former update's ner found.
BASE, SPECIALIST, FORMER = "base", "specialist", "former"

# Whose word counts on raw text for labels that the base shares with the annotators.
SharedOnRaw = Literal["base", "specialist", "missing"]


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

    def outside(self, labels: Collection[str], *, but: Collection[TokenSpan] = ()) -> "Labelling":
        """Entities with these labels become outside, for a model that must leave them alone.

        but: entities that stay nevertheless.
        """
        kept = [span for span in self.entities if span.label not in labels or span in but]
        return Labelling(kept, set(self.missing))

    def unknown(self, labels: Collection[str]) -> "Labelling":
        """The tokens of entities with these labels become missing."""
        doubted = having(self.entities, labels)
        kept = [span for span in self.entities if span not in doubted]
        return Labelling(kept, set(self.missing)).doubt(doubted)

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

    annotated: what the annotators worked with. base: what the base knows. taught: of these, what a
    teacher in its place speaks for.
    """

    annotated: frozenset[str]
    base: frozenset[str]
    taught: frozenset[str] = frozenset()

    @property
    def silver(self) -> "Scheme":
        """The labels of texts that nobody annotated: of those, a teacher's are its own to say."""
        return Scheme(self.annotated - self.taught, self.base)

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
    base: list[TokenSpan],
    specialist: list[TokenSpan],
    scheme: Scheme,
    shared: SharedOnRaw = "base",
) -> Labelling:
    """Both teachers on general text: the base's word comes first.

    shared: whose word counts for shared labels; "missing" when either is doubted.
    """
    if shared == "base":
        return Labelling().add(base).add(having(specialist, scheme.new))
    retained = Labelling().add(having(base, scheme.retained))
    if shared == "specialist":
        return retained.add(having(specialist, scheme.annotated))
    doubted = retained.doubt(having([*base, *specialist], scheme.shared))
    return doubted.add(having(specialist, scheme.new))


def make_aware(merged: Labelling, former: Collection[TokenSpan], scheme: Scheme) -> Labelling:
    """What a second ner beside the frozen base learns from gold and project text.

    The base's entities of retained labels are outside, so that it leaves them alone, but for those
    of its own former self.
    """
    return merged.outside(scheme.retained, but=former)


def make_aware_on_raw_text(
    merged: Labelling, former: Collection[TokenSpan], scheme: Scheme
) -> Labelling:
    """The same on raw text: what the specialist alone finds is missing, most of it is wrong."""
    return make_aware(merged.unknown(scheme.new), former, scheme)


def complete_replay(
    gold: Labelling,
    base: list[TokenSpan],
    specialist: list[TokenSpan],
    covered: Collection[str],
    scheme: Scheme,
) -> Labelling:
    """Gold for labels of the base, completed as raw text where the gold says nothing.

    covered: the labels that the gold's annotators worked with.
    """
    return gold.add(having(base, scheme.base - set(covered))).add(having(specialist, scheme.new))
