"""Near-duplicates among texts by MinHash over runs of words.

Broder, "On the resemblance and containment of documents" (1997); the index is the banding of
Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4; the hash functions are
the multiply-shift of Dietzfelbinger et al., "A reliable randomized algorithm for the
closest-pair problem" (1997). The usual library for it, datasketch, needs SciPy and takes the
texts one at a time; this takes them in batches.
"""

import mmap
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHINGLE = 3  # words in a run
NEAR = 0.7  # estimated share of runs in common (Jaccard) from which on texts are near
_BANDS, _ROWS = 21, 3  # texts with 0.7 in common meet in a band with a chance of 0.9998
_HASHES = _BANDS * _ROWS
_MIXERS = np.random.default_rng(1997).integers(
    1, 2**63, size=(2, _HASHES + SHINGLE), dtype=np.uint64
)
_MULTIPLY, _ADD = _MIXERS[0, :_HASHES] | np.uint64(1), _MIXERS[1, :_HASHES]
_PLACES = _MIXERS[0, _HASHES:] | np.uint64(1)
_BLOCK = 4096  # runs of words hashed at once: 2 MB


def signatures(texts: Sequence[str]) -> NDArray[Any]:
    """MinHash signatures, uint32 of shape (texts, 63), of texts whose words are parted by spaces.

    A text with fewer than three words is one run. A text without words has a signature as well.
    """
    result = np.empty((len(texts), _HASHES), dtype=np.uint32)
    runs, lengths = [], []
    for text in texts:
        hashes = [zlib.crc32(word.encode("utf8", "surrogatepass")) for word in text.split()]
        hashes += [0] * (SHINGLE - len(hashes))
        runs.append(np.array(hashes, dtype=np.uint64))
        lengths.append(len(hashes) - SHINGLE + 1)
    first = 0
    while first < len(texts):
        last, total = first + 1, lengths[first]
        while last < len(texts) and total + lengths[last] <= _BLOCK:
            total += lengths[last]
            last += 1
        shingles = np.concatenate([_shingles(words) for words in runs[first:last]])
        starts = np.concatenate(([0], np.cumsum(lengths[first : last - 1], dtype=np.int64)))
        result[first:last] = _minima(shingles, starts)
        first = last
    return result


def _shingles(words: NDArray[Any]) -> NDArray[Any]:
    count = len(words) - SHINGLE + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for place, factor in enumerate(_PLACES):
        mixed += words[place : place + count] * factor
    return mixed ^ (mixed >> np.uint64(32))


def _minima(shingles: NDArray[Any], starts: NDArray[Any]) -> NDArray[Any]:
    """The least hash of each text, by each hash function. A long text is taken in blocks."""
    if len(starts) == 1 and len(shingles) > _BLOCK:
        blocks = range(0, len(shingles), _BLOCK)
        parts = [_minima(shingles[i : i + _BLOCK], starts) for i in blocks]
        return np.asarray(np.minimum.reduce(parts))
    hashed = (shingles[:, None] * _MULTIPLY + _ADD) >> np.uint64(32)
    least: NDArray[Any] = np.minimum.reduceat(hashed.astype(np.uint32), starts, axis=0)
    return least


class NearDuplicates:
    """An index of signatures, as `signatures` gives them.

    known: the signatures, uint32 of shape (texts, 63). keys, order: of each band its keys, sorted,
    and the texts that they belong to. maps: the files that these lie in, none for those in memory.
    """

    def __init__(
        self,
        known: NDArray[Any],
        keys: Sequence[NDArray[Any]],
        order: Sequence[NDArray[Any]],
        maps: Sequence[mmap.mmap] = (),
    ) -> None:
        self._known, self._keys, self._order, self._maps = known, keys, order, maps

    def find(self, queries: NDArray[Any]) -> list[int]:
        """For each signature the position of a known text that is near, or -1."""
        found = [-1] * len(queries)
        if not len(self._known):
            return found
        for band in range(_BANDS):
            known, keys = self._keys[band], _band_keys(queries, band)
            left = np.searchsorted(known, keys, "left")
            right = np.searchsorted(known, keys, "right")
            for query in np.flatnonzero(right > left):
                if found[query] < 0:
                    members = self._order[band][left[query] : right[query]]
                    same = (self._known[members] == queries[query]).mean(axis=1)
                    best = int(same.argmax())
                    if same[best] >= NEAR:
                        found[query] = int(members[best])
            self._release()
        return found

    def _release(self) -> None:
        """Give back the memory of what was read from files; the system keeps it while it can."""
        if sys.platform != "win32":
            for one in self._maps:
                one.madvise(mmap.MADV_DONTNEED)


def index_signatures(known: NDArray[Any]) -> NearDuplicates:
    """The index of signatures, in memory. It takes 420 bytes a text."""
    pairs = [_sorted_band(_band_keys(known, band)) for band in range(_BANDS)]
    return NearDuplicates(known, [keys for keys, _ in pairs], [order for _, order in pairs])


def write_index(path: Path) -> None:
    """Write what `open_index` needs beside a file of signatures that stand one after another.

    Memory holds the keys of one band, 24 bytes a text.
    """
    keys_path, order_path = _beside(path)
    with keys_path.open("wb") as keys_file, order_path.open("wb") as order_file:
        for band in range(_BANDS):
            blocks = [_band_keys(block, band) for block in _read_signatures(path)]
            keys, order = _sorted_band(np.concatenate([np.empty(0, np.uint32), *blocks]))
            keys_file.write(keys.tobytes())
            order_file.write(order.tobytes())


def open_index(path: Path) -> NearDuplicates:
    """The index of a file of signatures. Memory holds what the last band needed: 4 bytes a text.

    The files are of one machine: their numbers are in its byte order.
    """
    paths = (path, *_beside(path))
    if not path.stat().st_size:
        return index_signatures(np.empty((0, _HASHES), np.uint32))
    maps = [_map(one) for one in paths]
    known, keys = (np.frombuffer(one, np.uint32) for one in maps[:2])
    order = np.frombuffer(maps[2], np.int32)
    return NearDuplicates(
        known.reshape(-1, _HASHES),
        list(keys.reshape(_BANDS, -1)),
        list(order.reshape(_BANDS, -1)),
        maps,
    )


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}.keys"), path.with_name(f"{path.name}.order")


def _sorted_band(keys: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """A band's keys, sorted, and the positions that they had, int32."""
    order = np.argsort(keys, kind="stable").astype(np.int32)
    return keys[order], order


def _read_signatures(path: Path) -> Iterator[NDArray[Any]]:
    with path.open("rb") as file:
        while len(block := np.fromfile(file, np.uint32, _BLOCK * _HASHES)):
            yield block.reshape(-1, _HASHES)


def _band_keys(signed: NDArray[Any], band: int) -> NDArray[Any]:
    """A uint32 for each text, of the rows of one band."""
    rows = signed[:, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
    mixed = (rows * _PLACES).sum(axis=1, dtype=np.uint64)
    keys: NDArray[Any] = (mixed >> np.uint64(32)).astype(np.uint32)
    return keys


class Distinct:
    """Which texts are near none that came before, asked of one batch after another.

    Indexes of the texts that stayed are joined when they are of like size (Bentley and Saxe,
    "Decomposable searching problems", 1980), so that each is joined a logarithmic number of times.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[Any], NearDuplicates]] = []

    def stay(self, signed: NDArray[Any]) -> list[bool]:
        """For each signature whether its text is near none before it, in this batch or another."""
        stays = ~_near_an_earlier_one(signed)
        for _, index in self._parts:
            stays[stays] = [found < 0 for found in index.find(signed[stays])]
        if stays.any():
            self._add(signed[stays])
        return [bool(stay) for stay in stays]

    def _add(self, signed: NDArray[Any]) -> None:
        while self._parts and len(self._parts[-1][0]) <= len(signed):
            signed = np.concatenate([self._parts.pop()[0], signed])
        self._parts.append((signed, index_signatures(signed)))


def _near_an_earlier_one(signed: NDArray[Any]) -> NDArray[np.bool_]:
    near = np.zeros(len(signed), dtype=bool)
    for band in range(_BANDS):
        keys = _band_keys(signed, band)
        order = np.argsort(keys, kind="stable")
        borders = np.flatnonzero(np.diff(keys[order])) + 1
        for members in np.split(order, borders):
            for place, member in enumerate(members[1:], start=1):
                same = (signed[members[:place]] == signed[member]).mean(axis=1)
                near[member] |= bool((same >= NEAR).any())
    return near
