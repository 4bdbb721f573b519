"""The texts in which base and update differ, the most instructive ones first."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from typing import Literal

from .held_out import Reference
from .records import Change
from .scores import CharSpan

Kind = Literal["loss", "both", "unknown", "gain"]
KINDS: tuple[Kind, ...] = ("loss", "both", "unknown", "gain")  # what a reader wants to see first
MAX_CHARACTERS = 600  # longer texts hide what changed


def find_changes(
    test_set: str,
    references: Sequence[Reference],
    base: Sequence[Sequence[CharSpan]],
    update: Sequence[Sequence[CharSpan]],
    judged: Collection[str],
) -> list[Change]:
    """The texts of a test set in which base and update differ.

    judged: the labels that the gold knows about; no label where there is no gold.
    """
    return [
        Change(
            test_set=test_set,
            kind=kind_of(reference, before, after, judged),
            text=reference.text,
            base=sorted(before),
            update=sorted(after),
            reference=sorted(reference.spans) if judged else None,
        )
        for reference, before, after in zip(references, base, update, strict=True)
        if set(before) != set(after)
    ]


def kind_of(
    reference: Reference,
    base: Iterable[CharSpan],
    update: Iterable[CharSpan],
    judged: Collection[str],
) -> Kind:
    """Whether the update is better, worse, both, or nobody knows, in the judged labels."""
    gold = set(reference.spans)
    before, after = (
        {span for span in spans if span.label in judged and not _unknown(span, reference)}
        for spans in (base, update)
    )
    gained = (after - before) & gold or (before - after) - gold
    lost = (before - after) & gold or (after - before) - gold
    if gained and lost:
        return "both"
    if gained or lost:
        return "gain" if gained else "loss"
    return "unknown"


def choose_changes(changes: Iterable[Change], limit: int) -> list[Change]:
    """At most `limit` changes: all kinds in turn, of each kind those unlike the ones before.

    Short texts come first; long ones are left out.
    """
    short = sorted(
        (change for change in changes if len(change.text) <= MAX_CHARACTERS),
        key=lambda change: (len(change.text), change.text),
    )
    by_kind = [_varied([change for change in short if change.kind == kind]) for kind in KINDS]
    in_turn = [change for turn in zip_longest(*by_kind) for change in turn if change is not None]
    return sorted(in_turn[:limit], key=lambda change: KINDS.index(change.kind))


def _varied(changes: Sequence[Change]) -> list[Change]:
    """In an order in which what is rare so far comes first: every sort of change is seen."""
    seen: Counter[frozenset[tuple[str, str]]] = Counter()
    ranked = []
    for change in changes:
        sort = _sort_of(change)
        ranked.append((seen[sort], change))
        seen[sort] += 1
    return [change for _, change in sorted(ranked, key=lambda pair: pair[0])]


def _sort_of(change: Change) -> frozenset[tuple[str, str]]:
    """Which labels went and which came."""
    before, after = set(change.base), set(change.update)
    return frozenset(
        {("went", span.label) for span in before - after}
        | {("came", span.label) for span in after - before}
    )


def _unknown(span: CharSpan, reference: Reference) -> bool:
    return any(span.start < end and start < span.end for start, end in reference.missing)
