"""Several annotations of one text: whose word counts, and how far they agree."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, NamedTuple


class CharSpan(NamedTuple):
    """A labelled part of a text: code points, the end excluded; the model's label."""

    start: int
    end: int
    label: str


class Verdict(NamedTuple):
    """What the annotations of a text come to.

    agreed: spans that most of them have, in their order of first appearance.
    disputed: spans that some have, but no majority.
    """

    agreed: list[CharSpan]
    disputed: list[CharSpan]


def majority(annotations: Sequence[Sequence[CharSpan]]) -> Verdict:
    """Each annotation votes once for each of its spans; more than half of them agree on a span."""
    votes = Counter(span for spans in annotations for span in dict.fromkeys(spans))
    agreed = [span for span, count in votes.items() if 2 * count > len(annotations)]
    disputed = [span for span, count in votes.items() if 2 * count <= len(annotations)]
    return Verdict(agreed, disputed)


class Matches(NamedTuple):
    """Spans of two annotators that were compared.

    first, second: how many each has; exact: how many both have; overlapping: how many more of the
    same label overlap.
    """

    first: int
    second: int
    exact: int
    overlapping: int


NOTHING = Matches(0, 0, 0, 0)


def _add_up(parts: Iterable[Matches]) -> Matches:
    return Matches(*map(sum, zip(NOTHING, *parts, strict=True)))


def compare(first: Iterable[CharSpan], second: Iterable[CharSpan]) -> dict[str, Matches]:
    """Matches by label between two annotations of one text. A span matches once at most."""
    ours, theirs = set(first), set(second)
    result = {}
    for label in sorted({span.label for span in ours | theirs}):
        a = {span for span in ours if span.label == label}
        b = {span for span in theirs if span.label == label}
        result[label] = Matches(len(a), len(b), len(a & b), _overlapping(a - b, b - a))
    return result


def _overlapping(first: set[CharSpan], second: set[CharSpan]) -> int:
    """Pairs of overlapping spans, from the left, each span in one pair."""
    rest = sorted(second)
    count = 0
    for span in sorted(first):
        for other in rest:
            if other.start < span.end and span.start < other.end:
                rest.remove(other)
                count += 1
                break
    return count


class Agreement:
    """Pairwise agreement between annotators, gathered text by text."""

    def __init__(self) -> None:
        self._matches: dict[tuple[str, str, str], Matches] = {}
        self._texts: Counter[tuple[str, str]] = Counter()

    def add(self, annotations: Sequence[tuple[str, Sequence[CharSpan]]]) -> None:
        """Compare the annotations of one text, given as (annotator, spans), two and two.

        Two annotations by one person say nothing about agreement.
        """
        for (name, spans), (other, others) in combinations(sorted(annotations), 2):
            if name == other:
                continue
            self._texts[name, other] += 1
            for label, matches in compare(spans, others).items():
                self._add((name, other, label), matches)

    def update(self, other: "Agreement") -> None:
        """Take over what another has gathered."""
        self._texts.update(other._texts)
        for key, matches in other._matches.items():
            self._add(key, matches)

    def _add(self, key: tuple[str, str, str], matches: Matches) -> None:
        self._matches[key] = _add_up((self._matches.get(key, NOTHING), matches))

    def rows(self) -> list[dict[str, Any]]:
        """A row a pair and label, and one with `label` null for all labels of the pair.

        `exact` is the F1 of spans with the same borders and label; in `partial` a span of the
        same label that overlaps counts one half. `support` is the number of spans of both.

        By label, `partial` is the partial match of SemEval-2013 task 9. Over all labels that asks
        for no label, ours does. nervaluate, which goes by the same paper, gives each span the
        first one that overlaps, ours gives exact matches away first: the two differ where spans
        of one annotator overlap each other.
        """
        rows = []
        for pair in sorted(self._texts):
            by_label = {key[2]: m for key, m in self._matches.items() if key[:2] == pair}
            rows.append(_row(pair, self._texts[pair], None, _add_up(by_label.values())))
            rows += [_row(pair, self._texts[pair], *item) for item in sorted(by_label.items())]
        return rows


def _row(pair: tuple[str, str], texts: int, label: str | None, m: Matches) -> dict[str, Any]:
    support = m.first + m.second
    return {
        "annotators": list(pair),
        "texts": texts,
        "label": label,
        "support": support,
        "exact": round(2 * m.exact / support, 4) if support else None,
        "partial": round((2 * m.exact + m.overlapping) / support, 4) if support else None,
    }
