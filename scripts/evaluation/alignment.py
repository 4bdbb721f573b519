"""Which found span stands in the place of which gold span."""

from collections.abc import Collection
from typing import NamedTuple

from .scores import CharSpan


class Pair(NamedTuple):
    """A gold span and what was found in its place; None where there is nothing."""

    gold: CharSpan | None
    found: CharSpan | None


def align(gold: Collection[CharSpan], found: Collection[CharSpan]) -> list[Pair]:
    """Every span in one pair, in the order of the text.

    Spans go together that have the same borders and label, else the same borders, else an overlap
    and the same label, else an overlap; of several, those that share most characters, then the
    first ones.
    """
    golds, founds = set(gold), set(found)
    right = golds & founds
    pairs = [Pair(span, span) for span in right]
    candidates = sorted(
        (_rank(one, other), one, other)
        for one in golds - right
        for other in founds - right
        if overlap(one, other)
    )
    golds -= right
    founds -= right
    for _, one, other in candidates:
        if one in golds and other in founds:
            golds.remove(one)
            founds.remove(other)
            pairs.append(Pair(one, other))
    pairs += [Pair(span, None) for span in golds] + [Pair(None, span) for span in founds]
    return sorted(pairs, key=lambda pair: sorted(span for span in pair if span))


def overlap(one: CharSpan, other: CharSpan) -> int:
    """The number of characters that both spans cover."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def same_borders(one: CharSpan, other: CharSpan) -> bool:
    """Whether both spans begin and end alike."""
    return (one.start, one.end) == (other.start, other.end)


def _rank(one: CharSpan, other: CharSpan) -> tuple[bool, bool, int]:
    """The lower, the better the two fit."""
    return not same_borders(one, other), one.label != other.label, -overlap(one, other)
