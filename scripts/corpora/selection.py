"""The raw texts of a rehearsal: files are sampled one by one, and put together on disk.

No step holds more than a sample in memory, however much text there is, and each can be done by
another process.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, compress, islice
from pathlib import Path
from typing import NamedTuple

from ..project.engines import Engine
from ..project.errors import UserError
from ..project.files import hash_file
from ..project.progress import track
from ..project.units import Made, find_made, make_key, total, write_made
from .corpus import SHARD_DOCS, SPLITS
from .language import make_speaks
from .near_duplicates import Distinct
from .raw_text import RawFile, read_file
from .sampling import RawText, Rules, Sample, complete_counts, merge, read_run, write_run
from .splits import HeldOut, text_signatures

GROUP_BYTES = 8_000_000  # of small files that are one unit of work
SHARD_CHARACTERS = 4_000_000  # some 1,000,000 tokens
_RUNS = 200  # that are merged at a time, each an open file
_BATCH = 1024


class Wanted(NamedTuple):
    """Which texts are wanted.

    rules: the size of train is that of the dose and of `more` together. languages: their codes,
    none for any. near: whether texts may be chosen that are nearly one another.
    more: texts beyond the dose, in which rare labels may be looked for.
    """

    rules: Rules
    languages: tuple[str, ...] = ()
    near: bool = True
    more: int = 0


class TextShard(NamedTuple):
    """Chosen texts in a file (`read_run`). sha256: of the file."""

    path: Path
    sha256: str
    texts: int


class Selection(NamedTuple):
    """The texts chosen for train, dev, test and "more", in the order of their hashes.

    counts: what became of all that were read. refused: files that could not be read, each with the
    fact and the remedy.
    """

    shards: Mapping[str, Sequence[TextShard]]
    counts: Mapping[str, int]
    refused: Mapping[str, tuple[str, str]]

    def texts(self, part: str) -> Iterator[RawText]:
        """The texts of a split, or those beyond the dose."""
        for shard in self.shards[part]:
            yield from read_run(shard.path)


MORE = "more"
NOTHING = Selection({part: [] for part in (*SPLITS, MORE)}, {}, {})


class _Means(NamedTuple):
    wanted: Wanted
    folder: Path


class _Group(NamedTuple):
    """Files that are sampled as one. key: of them and of what is wanted."""

    name: str
    key: str
    files: tuple[RawFile, ...]


def select(
    files: Sequence[RawFile],
    wanted: Wanted,
    held_out: Callable[[], Iterable[str]],
    folder: Path,
    engine: Engine,
) -> Selection:
    """Choose texts and write them into a folder, in shards.

    held_out: texts of dev and test; what is near them, or near a text chosen for these splits, is
    not trained on. A file that cannot be read is left out as a whole, and listed.
    Raises UserError when no text is left.
    """
    groups = list(_group(files, wanted))
    with closing(engine.run(_sample_group, _Means(wanted, folder), groups)) as work:
        made = list(track(work, "reading raw text", len(groups)))
    refused = {path: why for one in made for path, why in one.refused.items()}
    counts = Counter(total(made))
    writer = _Writer(folder, [one.name for one in made], wanted, counts)
    shards = {split: writer.write_split(split) for split in ("test", "dev")}
    tested = (
        raw.text for split in shards.values() for shard in split for raw in read_run(shard.path)
    )
    near = HeldOut(chain(tested, held_out()))
    shards |= writer.write_training(near)
    number = sum(shard.texts for split in shards.values() for shard in split)
    if refused and not number:
        raise UserError(*next(iter(refused.values())))
    return Selection(shards, complete_counts(counts, number), refused)


def _group(files: Sequence[RawFile], wanted: Wanted) -> Iterator[_Group]:
    """Small files together; a name and a key for each group."""
    waiting: list[RawFile] = []
    groups = []
    for file in files:
        if waiting and sum(one.bytes or 0 for one in (*waiting, file)) > GROUP_BYTES:
            groups.append(tuple(waiting))
            waiting = []
        waiting.append(file)
    groups += [tuple(waiting)] if waiting else []
    same = make_key(wanted._replace(rules=wanted.rules._replace(used=frozenset())))
    used = make_key(sorted(wanted.rules.used))
    for number, group in enumerate(groups):
        yield _Group(f"source-{number:05}", make_key(same, used, group), group)


def _sample_group(means: _Means, group: _Group) -> Made:
    """Write the samples of a group of files, one a split."""
    if made := find_made(means.folder, group.name, group.key):
        return made
    start = time.monotonic()
    speaks = make_speaks(means.wanted.languages)
    samples, refused, counts = [], {}, Counter[str]()
    for number, file in enumerate(group.files):
        sample = Sample(means.wanted.rules, speaks, means.folder / f"{group.name}.{number}")
        try:
            sample.add(read_file(file))
        except UserError as error:
            refused[file.path] = (error.fact, error.remedy)
            sample.remove_runs()
            continue
        samples.append(sample)
        counts.update(sample.counts)
    names = {split: f"{group.name}.{split}" for split in SPLITS}
    for split, name in names.items():
        runs = [run for sample in samples for run in sample.texts(split)]
        write_run(merge(runs, means.wanted.rules.sizes[split]), means.folder / name)
    for sample in samples:
        sample.remove_runs()
    hashes = {name: hash_file(means.folder / name) for name in names.values()}
    made = Made(group.name, group.key, hashes, counts, time.monotonic() - start, refused)
    write_made(means.folder, made)
    return made


class _Writer(NamedTuple):
    """Puts the samples of all sources together."""

    folder: Path
    sources: list[str]
    wanted: Wanted
    counts: Counter[str]

    def write_split(self, split: str) -> list[TextShard]:
        """Write the shards of a split."""
        return list(_write_shards(self._texts(split), self.folder / split))

    def write_training(self, held_out: HeldOut) -> dict[str, list[TextShard]]:
        """Write those of the dose, and those of what is beyond it."""
        texts = self._texts("train")
        dose = islice(texts, self.wanted.rules.sizes["train"] - self.wanted.more)
        parts = {"train": dose, MORE: texts}
        return {
            part: list(_write_shards(self._not_near(some, held_out), self.folder / part))
            for part, some in parts.items()
        }

    def _texts(self, split: str) -> Iterator[RawText]:
        paths, size = (
            [self.folder / f"{one}.{split}" for one in self.sources],
            self.wanted.rules.sizes[split],
        )
        while len(paths) > _RUNS:
            joined = self.folder / f"joined-{len(paths):05}.{split}"
            write_run(merge(map(read_run, paths[:_RUNS]), size), joined)
            paths = [*paths[_RUNS:], joined]
        texts = merge(map(read_run, paths), size)
        return texts if self.wanted.near else self._distinct(texts)

    def _distinct(self, texts: Iterator[RawText]) -> Iterator[RawText]:
        known = Distinct()
        for batch in _batches(texts):
            stay = known.stay(text_signatures(raw.text for raw in batch))
            self.counts["nearly repeated"] += len(batch) - sum(stay)
            yield from compress(batch, stay)

    def _not_near(self, texts: Iterator[RawText], held_out: HeldOut) -> Iterator[RawText]:
        for batch in _batches(texts):
            near = held_out.near_many([raw.text for raw in batch])
            self.counts["near dev or test"] += sum(near)
            yield from (raw for raw, leave in zip(batch, near, strict=True) if not leave)


def _batches(texts: Iterator[RawText]) -> Iterator[list[RawText]]:
    while batch := list(islice(texts, _BATCH)):
        yield batch


def _write_shards(texts: Iterable[RawText], folder: Path) -> Iterator[TextShard]:
    """Write texts into numbered files of a folder."""
    shard: list[RawText] = []
    number = characters = 0
    for raw in chain(texts, [None]):
        if raw:
            shard.append(raw)
            characters += len(raw.text)
        if shard and (not raw or len(shard) == SHARD_DOCS or characters > SHARD_CHARACTERS):
            path = folder / f"{number:05}"
            write_run(shard, path)
            yield TextShard(path, hash_file(path), len(shard))
            shard, number, characters = [], number + 1, 0
