"""Spans on tokens: which of them become entities, and which tokens nobody can vouch for."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from spacy.tokens import Doc, Span

from .annotators import CharSpan

# Why a span is no entity.
Loss = Literal["token_boundaries", "two_labels", "overlap"]


class Resolved(NamedTuple):
    """The spans of a Doc.

    entities: spans that do not overlap.
    missing: indices of tokens that are neither in an entity nor known to be outside.
    spans: all spans that fall on token borders.
    losses: why the others are no entities.
    """

    entities: list[Span]
    missing: set[int]
    spans: list[Span]
    losses: dict[CharSpan, Loss]


def resolve(doc: Doc, spans: Sequence[CharSpan], rank: Callable[[str], int | None]) -> Resolved:
    """Entities of a Doc from spans that may conflict, overlap or cut tokens.

    A span that cuts a token has its tokens missing. Of several labels on one span the one of the
    least rank wins; if none has a rank, its tokens are missing and nothing that overlaps them
    becomes an entity. Of overlapping spans the longest wins, then the earliest; the others'
    tokens outside of it are missing.

    spans: all different. rank: the rank of a label, None for none.
    """
    losses: dict[CharSpan, Loss] = {}
    missing: set[int] = set()
    aligned: dict[CharSpan, Span] = {}
    for given in spans:
        span = doc.char_span(given.start, given.end, label=given.label)
        if span is None:
            losses[given] = "token_boundaries"
            missing.update(touched(doc, given))
        else:
            aligned[given] = span
    candidates, blocked = _one_label_each(aligned, losses, rank)
    entities = _longest(candidates, blocked, losses)
    if losses:
        for given in losses.keys() & aligned.keys():
            missing.update(range(aligned[given].start, aligned[given].end))
        for span in entities:
            missing.difference_update(range(span.start, span.end))
    return Resolved(entities, missing, list(aligned.values()), losses)


def touched(doc: Doc, given: CharSpan) -> range:
    """The tokens that a span lies on, in part at least."""
    span = doc.char_span(given.start, given.end, alignment_mode="expand")
    return range(span.start, span.end)


def _one_label_each(
    aligned: dict[CharSpan, Span],
    losses: dict[CharSpan, Loss],
    rank: Callable[[str], int | None],
) -> tuple[dict[CharSpan, Span], set[int]]:
    """Spans with one label, and the tokens of spans for which no label wins."""
    by_place: dict[tuple[int, int], list[CharSpan]] = defaultdict(list)
    for given in aligned:
        by_place[given.start, given.end].append(given)
    if len(by_place) == len(aligned):
        return aligned, set()
    candidates: dict[CharSpan, Span] = {}
    blocked: set[int] = set()
    for rivals in by_place.values():
        winner = _first_in_rank(rivals, rank)
        for given in rivals:
            if given == winner:
                candidates[given] = aligned[given]
            else:
                losses[given] = "two_labels"
        if winner is None:
            blocked.update(range(aligned[rivals[0]].start, aligned[rivals[0]].end))
    return candidates, blocked


def _first_in_rank(rivals: list[CharSpan], rank: Callable[[str], int | None]) -> CharSpan | None:
    if len(rivals) == 1:
        return rivals[0]
    ranks = {given: rank(given.label) for given in rivals}
    least = min((r for r in ranks.values() if r is not None), default=None)
    first = [given for given in rivals if least is not None and ranks[given] == least]
    return first[0] if len(first) == 1 else None


def _longest(
    candidates: dict[CharSpan, Span], blocked: set[int], losses: dict[CharSpan, Loss]
) -> list[Span]:
    entities = []
    taken = set(blocked)
    ordered = sorted(
        candidates.items(), key=lambda item: (item[1].start - item[1].end, item[1].start)
    )
    for given, span in ordered:
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            entities.append(span)
            taken.update(tokens)
        else:
            losses[given] = "overlap"
    return entities
