"""Span counts per label, and the precision, recall and F that follow from them.

A span is right when its start, its end and its label equal those of a gold span. Offsets are
compared, not tokens, so gold and prediction may be tokenised differently.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from spacy.tokens import Doc


class CharSpan(NamedTuple):
    """An entity by its offsets in the text, in code points, end exclusive."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Spans of one label, or of several, in one text or in many. Counts add up."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )

    @property
    def support(self) -> int:
        """Gold spans."""
        return self.true_positives + self.false_negatives

    @property
    def predicted(self) -> int:
        """Predicted spans, without those that were ignored."""
        return self.true_positives + self.false_positives

    @property
    def precision(self) -> float:
        """0 to 1; 0 when nothing was predicted."""
        return self.true_positives / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """0 to 1; 0 when there is nothing to find."""
        return self.true_positives / self.support if self.support else 0.0

    @property
    def f(self) -> float:
        """F1, 0 to 1; 0 without gold spans and predicted spans."""
        total = self.support + self.predicted
        return 2 * self.true_positives / total if total else 0.0


# label -> counts
LabelCounts = Mapping[str, Counts]


def entity_spans(doc: Doc) -> list[CharSpan]:
    """The entities of a Doc by their offsets."""
    return [CharSpan(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


def missing_ranges(doc: Doc) -> list[tuple[int, int]]:
    """Offsets of the tokens of which nobody knows whether they are entities (ent_iob 0).

    A Doc without any entity annotation is missing from its start to its end.
    """
    return [(token.idx, token.idx + len(token)) for token in doc if token.ent_iob == 0]


def count_offsets(
    gold: Collection[CharSpan],
    predicted: Collection[CharSpan],
    missing: Collection[tuple[int, int]] = (),
) -> dict[str, Counts]:
    """Counts per label for one text.

    A predicted span that touches a `missing` range is neither right nor wrong and is ignored,
    as in `spacy.scorer.get_ner_prf`.
    """
    golds = set(gold)
    judged = set(without_missing(predicted, missing))
    right = Counter(span.label for span in golds & judged)
    spurious = Counter(span.label for span in judged - golds)
    missed = Counter(span.label for span in golds - judged)
    labels = right.keys() | spurious.keys() | missed.keys()
    return {label: Counts(right[label], spurious[label], missed[label]) for label in labels}


def without_missing(
    spans: Iterable[CharSpan], missing: Collection[tuple[int, int]]
) -> list[CharSpan]:
    """The spans that touch no `missing` range: those that can be judged."""
    return [span for span in spans if not any(_touches(span, part) for part in missing)]


def count_spans(gold: Doc, predicted: Doc) -> dict[str, Counts]:
    """`count_offsets` for the entities of two Docs with the same text."""
    return count_offsets(entity_spans(gold), entity_spans(predicted), missing_ranges(gold))


def add_counts(examples: Iterable[LabelCounts]) -> dict[str, Counts]:
    """The counts of many texts in one."""
    total: dict[str, Counts] = {}
    for example in examples:
        for label, counts in example.items():
            total[label] = total.get(label, Counts()) + counts
    return total


def micro_counts(counts: LabelCounts, labels: Iterable[str]) -> Counts:
    """The counts of a set of labels in one: its `.f` is the micro F of these labels."""
    return sum((counts.get(label, Counts()) for label in set(labels)), Counts())


def _touches(span: CharSpan, part: tuple[int, int]) -> bool:
    return span.start < part[1] and part[0] < span.end
