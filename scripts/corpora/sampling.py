"""A sample of texts for each split: those with the smallest hashes, each text once.

So the choice does not depend on the order of the files, changes little when they grow, and is put
together from samples of the files, taken one by one or all at once: bottom-k sampling, Cohen and
Kaplan, "Summarizing data using bottom-k sketches" (2007).
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..project.errors import UserError
from ..project.files import hash_text, write_bytes
from .corpus import SPLITS
from .splits import Split, assign_split

MAX_CHARACTERS = 100_000  # of one text: spaCy's recognizers need about 1 GB for 1,000,000
SPILL = 16_000_000  # characters of a split's texts that are held in memory

Speaks = Callable[[str], bool]  # whether a text is in a wanted language


class RawText(NamedTuple):
    """A raw text and the SHA-256 of it."""

    hash: str
    text: str


class Rules(NamedTuple):
    """Which texts may be chosen, and how many.

    sizes: the most texts of each split. used: hashes of texts that stand in the export.
    shortest, longest: in characters.
    """

    sizes: Mapping[str, int]
    used: frozenset[str] = frozenset()
    shortest: int = 0
    longest: int = MAX_CHARACTERS


class Smallest:
    """The texts with the smallest hashes of those that were offered, `size` of them at most."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[int] = []  # negative orders: the first is that of the largest hash
        self._kept: dict[int, RawText | None] = {}  # by order; None: it was written to a run
        self.characters = 0  # of what is in memory

    @property
    def bound(self) -> int:
        """The order above which no text is needed."""
        if not self._size:
            return -1
        return -self._heap[0] if len(self._heap) == self._size else _LAST

    def __contains__(self, order: int) -> bool:
        """Whether there is a text with this order."""
        return order in self._kept

    def add(self, order: int, raw: RawText) -> None:
        """Take a text whose order is within the bound and is not there yet."""
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, -order)
        else:
            gone = self._kept.pop(-heapq.heappushpop(self._heap, -order))
            self.characters -= len(gone.text) if gone else 0
        self._kept[order] = raw
        self.characters += len(raw.text)

    def take(self) -> list[RawText]:
        """The texts that are in memory, by their hashes; they are then no longer."""
        found = sorted((order, raw) for order, raw in self._kept.items() if raw)
        self._kept.update(dict.fromkeys(order for order, _ in found))
        self.characters = 0
        return [raw for _, raw in found]


_LAST = 2**64


def _order(key: str) -> int:
    return int(key[:16], 16)


class Sample:
    """The sample of one source of texts.

    counts: what became of all that were read, but for those that are not needed.
    spill: the beginning of the paths of runs (`write_run`) that hold what memory shall not.
    """

    def __init__(self, rules: Rules, speaks: Speaks | None = None, spill: Path | None = None):
        self._rules, self._speaks, self._spill = rules, speaks, spill
        self._splits = {split: Smallest(rules.sizes[split]) for split in SPLITS}
        self._runs: dict[str, list[Path]] = {split: [] for split in SPLITS}
        self.counts: Counter[str] = Counter()

    def add(self, texts: Iterable[str]) -> None:
        """Read texts.

        Those that are like one that was chosen are counted as repeated, the others as not needed.
        """
        for text in texts:
            self.counts["read"] += 1
            raw = RawText(hash_text(text), text)
            if reason := self._offer(raw):
                self.counts[reason] += 1

    def texts(self, split: str) -> list[Iterable[RawText]]:
        """The chosen texts of a split, in runs that are each in the order of their hashes."""
        return [*map(read_run, self._runs[split]), self._splits[split].take()]

    def remove_runs(self) -> None:
        """Delete what was written."""
        for path in (path for paths in self._runs.values() for path in paths):
            path.unlink(missing_ok=True)

    def _offer(self, raw: RawText) -> str | None:
        """Take a text; or the reason why not, which for one that is not needed is empty."""
        if raw.hash in self._rules.used:
            return "in the export"
        order = _order(raw.hash)
        if order > max(kept.bound for kept in self._splits.values()):
            return ""
        split = assign_split(raw.text)
        kept = self._splits[split]
        if order in kept:
            return "repeated"
        if reason := self._unusable(raw.text):
            return reason
        if order <= kept.bound:
            kept.add(order, raw)
            if self._spill and kept.characters > SPILL:
                self._write_run(split)
        return ""

    def _unusable(self, text: str) -> str | None:
        if len(text) > self._rules.longest:
            return "too long"
        if len(text) < self._rules.shortest:
            return "too short"
        try:
            text.encode("utf8")
        except UnicodeEncodeError:
            return "with lone surrogates, which no Doc can hold"
        return "in another language" if self._speaks and not self._speaks(text) else None

    def _write_run(self, split: Split) -> None:
        path = Path(f"{self._spill}.{split}.{len(self._runs[split])}")
        write_run(self._splits[split].take(), path)
        self._runs[split].append(path)


def merge(runs: Iterable[Iterable[RawText]], size: int) -> Iterator[RawText]:
    """Runs in one, each text once, no more than `size` of them."""
    last, taken = "", 0
    for raw in heapq.merge(*runs):
        if taken == size:
            return
        if raw.hash != last:
            last, taken = raw.hash, taken + 1
            yield raw


def write_run(texts: Iterable[RawText], path: Path) -> int:
    """Write texts to a file, whole or not at all. Returns how many."""
    lines = [msgspec.json.encode(raw) for raw in texts]
    write_bytes(path, b"".join(line + b"\n" for line in lines))
    return len(lines)


def read_run(path: Path) -> Iterator[RawText]:
    """The texts that `write_run` wrote."""
    decoder = msgspec.json.Decoder(RawText)
    with path.open("rb") as file:
        yield from map(decoder.decode, file)


class Chosen(NamedTuple):
    """The texts chosen for each split, and what became of all that were read."""

    texts: dict[str, list[RawText]]
    counts: dict[str, int]


def select_texts(texts: Iterable[str], rules: Rules) -> Chosen:
    """Choose from texts, in memory. Raises UserError when no text is left."""
    sample = Sample(rules)
    sample.add(texts)
    chosen = {split: list(merge(sample.texts(split), rules.sizes[split])) for split in SPLITS}
    counts = complete_counts(sample.counts, sum(map(len, chosen.values())))
    return Chosen(chosen, counts)


def complete_counts(counts: Mapping[str, int], chosen: int) -> dict[str, int]:
    """What became of all texts that were read: those neither chosen nor refused are not needed.

    Raises UserError when none was chosen.
    """
    complete = dict.fromkeys(("read", "repeated", "in the export", "too long"), 0) | dict(counts)
    refused = sum(count for reason, count in complete.items() if reason != "read")
    complete["not needed"] = complete["read"] - refused - chosen
    if not chosen:
        told = ", ".join(f"{count} {reason}" for reason, count in complete.items() if count)
        raise UserError(
            f"vars.raw_text has no usable text: {told or 'nothing read'}.",
            "Give vars.raw_text general text of the base's domain.",
        )
    return complete
