"""The texts in which base and update differ, the most instructive ones first."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from statistics import fmean

from .held_out import Reference
from .records import Change, ChangeKind
from .scores import CharSpan, without_missing
from .windows import Window, cut_text, find_windows, shift

# In the order in which a reader sees them: what is lost weighs most.
KINDS: tuple[ChangeKind, ...] = ("loss", "gain", "both", "unknown")
MAX_CHARACTERS = 600  # of longer texts, only the parts are shown in which something changed


def find_changes(
    test_set: str,
    references: Sequence[Reference],
    base: Sequence[Sequence[CharSpan]],
    update: Sequence[Sequence[CharSpan]],
    judged: Collection[str],
) -> list[Change]:
    """The texts of a test set in which base and update differ; of long ones, the parts.

    judged: the labels that the gold knows about; no label where there is no gold.
    """
    return [
        _change(test_set, reference, before, after, window, judged)
        for reference, before, after in zip(references, base, update, strict=True)
        for window in _windows(reference.text, set(before) ^ set(after))
    ]


def count_changes(
    references: Sequence[Reference],
    base: Sequence[Sequence[CharSpan]],
    update: Sequence[Sequence[CharSpan]],
    judged: Collection[str],
) -> dict[ChangeKind, int]:
    """The number of texts in which base and update differ, by kind."""
    counts = Counter(
        kind_of(reference, before, after, judged)
        for reference, before, after in zip(references, base, update, strict=True)
        if set(before) != set(after)
    )
    return {kind: counts[kind] for kind in KINDS}


def kind_of(
    reference: Reference,
    base: Iterable[CharSpan],
    update: Iterable[CharSpan],
    judged: Collection[str],
) -> ChangeKind:
    """Whether the update is better, worse, both, or nobody knows, in the judged labels."""
    gold = set(reference.spans)
    before, after = (
        {span for span in without_missing(spans, reference.missing) if span.label in judged}
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
    """At most `limit` changes: all kinds in turn, of each kind those unlike the ones before."""
    by_length = sorted(changes, key=lambda change: (len(change.text), change.text, change.test_set))
    by_kind = [
        _varied([change for change in by_length if change.kind == kind], limit) for kind in KINDS
    ]
    in_turn = [one for one in chain.from_iterable(zip_longest(*by_kind)) if one is not None]
    return sorted(in_turn[:limit], key=lambda change: KINDS.index(change.kind))


def _varied(changes: Sequence[Change], limit: int) -> Iterator[Change]:
    """At most `limit` of them: next is always the one that shows what was shown least.

    That is a label that went or came in one of the test sets. Of equals, the first comes first.
    """
    shown: Counter[tuple[str, str, str]] = Counter()
    left = [(change, _sorts(change)) for change in changes]
    for _ in range(min(limit, len(left))):
        best = min(range(len(left)), key=lambda one: fmean(shown[sort] for sort in left[one][1]))
        change, sorts = left.pop(best)
        shown.update(sorts)
        yield change


def _sorts(change: Change) -> set[tuple[str, str, str]]:
    """Which labels went and which came, and where."""
    before, after = set(change.base), set(change.update)
    return {(change.test_set, "went", span.label) for span in before - after} | {
        (change.test_set, "came", span.label) for span in after - before
    }


def _windows(text: str, places: Collection[CharSpan]) -> list[Window]:
    if len(text) <= MAX_CHARACTERS:
        return [Window(0, len(text))] if places else []
    return find_windows(text, places, MAX_CHARACTERS)


def _change(
    test_set: str,
    reference: Reference,
    base: Iterable[CharSpan],
    update: Iterable[CharSpan],
    window: Window,
    judged: Collection[str],
) -> Change:
    before, after, gold = (
        [span for span in spans if window.holds(span)] for spans in (base, update, reference.spans)
    )
    text, by = cut_text(reference.text, window)
    return Change(
        test_set=test_set,
        kind=kind_of(reference, before, after, judged),
        text=text,
        base=shift(before, by),
        update=shift(after, by),
        reference=shift(gold, by) if judged else None,
    )
