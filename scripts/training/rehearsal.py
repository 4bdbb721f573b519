"""The rehearsal data of an update: all its texts with the words of both teachers."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.corpus import (
    MIN_DEV_SPANS,
    SPLITS,
    count_docs,
    has_spans,
    read_corpus,
    shard_paths,
    text_hashes,
    write_corpus,
)
from ..corpora.raw_text import RawFile
from ..corpora.sampling import MAX_CHARACTERS, Rules
from ..corpora.selection import MORE, NOTHING, Selection, Wanted, select
from ..corpora.splits import HeldOut
from ..evaluation.held_out import read_retained_gold
from ..evaluation.scores import entity_spans
from ..kinds.known import find_kind
from ..project.engines import Engine
from ..project.files import hash_file, new_directory, write_json
from ..project.progress import track
from ..project.units import Made, link, make_key, restore, total
from .labelling import Kind, Means, Unit, label_unit, load_once, load_with_words, teachers_key
from .merging import Scheme
from .pipelines import BaseRecord
from .replay import read_gold_labels, replay_docs, sift

MIN_RAW = 1000  # a few corrections need more general text than their number to hold on to
DEV_SHARE = 0.1
MAX_DEV, MAX_TEST = 500, 2000
MORE_SHARE = 9  # texts in which rare labels may be looked for, for each of the dose
CORPORA = {"merged": ("train", "dev"), "rehearsal": SPLITS}


@dataclass(frozen=True)
class Dose:
    """How many raw texts to train on, and which.

    docs: texts; where that is 0, `ratio` for each gold text. spans: of each retained label that
    the base must find in them; for labels with fewer, more texts are looked for that have them.
    languages, near, shortest, longest: as in `Wanted` and `Rules`. test_alone: none to train on nor
    for dev, where the base knows nothing that could be rehearsed.
    """

    docs: int
    ratio: float
    spans: int = 0
    languages: tuple[str, ...] = ()
    near: bool = True
    shortest: int = 0
    longest: int = MAX_CHARACTERS
    test_alone: bool = False

    def texts(self, gold: int) -> int:
        """Raw texts beside so many annotated ones."""
        return self.docs or max(MIN_RAW, round(self.ratio * gold))


class Manifest(msgspec.Struct, frozen=True):
    """Which shards were made from what (`corpus/shards.json`). teachers: the key of both."""

    teachers: str
    shards: list[Made]

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read what an earlier run has left; empty when it has left none."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return cls("", [])

    def write(self, path: Path) -> None:
        """Write it for programs and people."""
        write_json(path, msgspec.to_builtins(self))


def select_raw(
    files: Sequence[RawFile], corpus: Path, dose: Dose, folder: Path, engine: Engine
) -> Selection:
    """Choose the raw texts and write them into a folder. Without any, all splits are empty."""
    if not files:
        return NOTHING
    train = dose.texts(count_docs(corpus / "gold" / "train"))
    more = MORE_SHARE * train if dose.spans else 0
    dev = min(MAX_DEV, max(50, int(DEV_SHARE * train)))
    if dose.test_alone:
        train = dev = more = 0
    sizes = {"train": train + more, "dev": dev, "test": MAX_TEST}
    export = [corpus / source / split for source in ("gold", "project") for split in SPLITS]
    rules = Rules(sizes, text_hashes(export), dose.shortest, dose.longest)
    wanted = Wanted(rules, dose.languages, dose.near, more)
    return select(files, wanted, lambda: export_held_out(corpus), folder, engine)


class Labelled(NamedTuple):
    """The corpora that were written. texts: of each corpus and split.

    spans: of each retained label that the base found in the raw texts to train on. read: texts
    beyond the dose that it read to find more of them.
    """

    texts: dict[str, dict[str, int]]
    spans: dict[str, int]
    read: int


def write_labelled(
    means: Means, selection: Selection, corpus: Path, spans: int, engine: Engine
) -> Labelled:
    """Write corpus/merged and corpus/rehearsal, and corpus/shards.json about them.

    merged: gold completed by the base, then project texts with the words of both teachers; empty
    for a base that knows nothing. rehearsal: raw texts with the words of both.
    What an earlier run has made is taken over.
    """
    teachers, manifest = teachers_key(means), corpus / "shards.json"
    known = Manifest.read(manifest)
    if known.teachers == teachers:
        restore(known.shards, corpus, means.work)
    component = find_kind(BaseRecord.read(means.base.with_suffix(".json")).component)
    merged = merged_units(corpus, teachers, component.read) if means.scheme.base else ()
    units = [*merged, *raw_units(selection, teachers)]
    made = _label(means, units, engine)
    more = _label_more(means, selection, teachers, made, spans, engine)
    made = [one for one in made + more if one.counts.get("docs")]
    for name in CORPORA:
        with new_directory(corpus / name) as folder:
            _place(made, name, means.work, folder)
    Manifest(teachers, made).write(manifest)
    found = total(one for one in made if one.name.startswith("rehearsal/train/"))
    return Labelled(
        {name: _count_docs(made, name) for name in CORPORA},
        {label: found.get(f"spans {label}", 0) for label in sorted(means.scheme.retained)},
        total(more).get("texts", 0),
    )


def merged_units(
    corpus: Path, teachers: str, read: Callable[[Doc], Sized] = entity_spans
) -> Iterator[Unit]:
    """The shards of gold, then those of project texts.

    Where dev has too few gold spans to choose a checkpoint by, it has the training texts, too.
    read: what counts as spans in a Doc.
    """
    for split in ("train", "dev"):
        gold = [corpus / "gold" / split]
        if split == "dev" and not has_spans(gold[0], MIN_DEV_SPANS, read):
            gold.append(corpus / "gold" / "train")
        sources: list[tuple[Kind, Path]] = [
            *(("gold", path) for folder in gold for path in shard_paths(folder)),
            *(("project", path) for path in shard_paths(corpus / "project" / split)),
        ]
        for number, (kind, path) in enumerate(sources):
            sha256, name = hash_file(path), f"merged/{split}/{number:05}"
            yield Unit(name, make_key(teachers, sha256, kind), kind, path, sha256)


def raw_units(selection: Selection, teachers: str) -> Iterator[Unit]:
    """The shards of raw text, those beyond the dose left out."""
    for split in SPLITS:
        for number, shard in enumerate(selection.shards[split]):
            name = f"rehearsal/{split}/{number:05}"
            key = make_key(teachers, shard.sha256)
            yield Unit(name, key, "raw", shard.path, shard.sha256)


def _label(means: Means, units: Sequence[Unit], engine: Engine) -> list[Made]:
    first = next((unit.source for unit in units if unit.kind == "raw"), None)
    load = partial(load_with_words, texts=first)
    with closing(engine.run(label_unit, means, units, load)) as work:
        return list(track(work, "labelling by both teachers", len(units)))


def _label_more(
    means: Means,
    selection: Selection,
    teachers: str,
    made: Sequence[Made],
    spans: int,
    engine: Engine,
) -> list[Made]:
    """Label texts beyond the dose until the base has found enough spans of each retained label.

    Texts that have none of the labels that still lack some are read, but not kept. The shards of a
    round are as many as the rarest label is likely to need, and no more than were read before: so
    what is read does not depend on the number of processes.
    """
    more: list[Made] = []
    waiting = list(selection.shards[MORE])
    first = len(selection.shards["train"])
    while waiting:
        trained = [one for one in made if one.name.startswith("rehearsal/train/")] + more
        lacking, shards = lacking_labels(total(trained), means.scheme, spans), len(trained)
        if not lacking:
            break
        number = max(1, min(shards, _shards_needed(total(trained), lacking, spans, shards)))
        units = []
        for place, shard in enumerate(waiting[:number], start=first + len(more)):
            key = make_key(teachers, shard.sha256, lacking)
            name = f"rehearsal/train/{place:05}"
            units.append(Unit(name, key, "raw", shard.path, shard.sha256, lacking))
        more += _label(means, units, engine)
        waiting = waiting[number:]
    return more


def lacking_labels(counts: Mapping[str, int], scheme: Scheme, spans: int) -> tuple[str, ...]:
    """The retained labels of which fewer spans were found."""
    return tuple(
        label for label in sorted(scheme.retained) if counts.get(f"spans {label}", 0) < spans
    )


def _shards_needed(
    counts: Mapping[str, int], lacking: Sequence[str], spans: int, shards: int
) -> int:
    """How many shards more the rarest label is likely to need, by what was found in so many."""
    rarest = min(counts.get(f"spans {label}", 0) for label in lacking)
    return -(-(spans - rarest) * shards // rarest) if rarest else shards


def _place(made: Sequence[Made], corpus: str, work: Path, folder: Path) -> None:
    """Put the shards of one corpus into the folder that will be it; empty splits have one, too."""
    for one in made:
        for name in one.files:
            if name.startswith(f"{corpus}/"):
                link(work / name, folder / name.removeprefix(f"{corpus}/"))
    for split in CORPORA[corpus]:
        if not (folder / split).exists():
            write_corpus([], folder / split)


def _count_docs(made: Sequence[Made], corpus: str) -> dict[str, int]:
    return {
        split: total(one for one in made if one.name.startswith(f"{corpus}/{split}/")).get(
            "docs", 0
        )
        for split in CORPORA[corpus]
    }


def write_replay(means: Means, selection: Selection, corpus: Path, inputs: Path) -> dict[str, int]:
    """Write corpus/replay/{train,dev}: the user's gold for labels of the base, empty without any.

    Returns how many texts were written, and how many left out for which reason.
    """
    gold = read_retained_gold(inputs, "replay_gold")
    with new_directory(corpus / "replay") as folder:
        if gold is None:
            return {split: write_corpus([], folder / split) for split in ("train", "dev")}
        tested = read_retained_gold(inputs)
        sifted = sift(
            gold.references,
            HeldOut(reference.text for reference in (tested.references if tested else ())),
            HeldOut(chain(raw_held_out(selection), export_held_out(corpus))),
        )
        scheme, teachers = means.scheme, load_once(means)
        labels = read_gold_labels(gold, scheme)
        return sifted.counts | {
            split: write_corpus(replay_docs(teachers, scheme, texts, labels), folder / split)
            for split, texts in sifted.texts.items()
        }


def raw_held_out(selection: Selection) -> Iterator[str]:
    """The raw texts of dev and test."""
    for split in ("dev", "test"):
        yield from (raw.text for raw in selection.texts(split))


def export_held_out(corpus: Path) -> Iterator[str]:
    """The export's texts of dev and test: nothing near them may be trained on."""
    blank = Language().vocab
    for split in ("dev", "test"):
        for source in ("gold", "project"):
            yield from (doc.text for doc in read_corpus(corpus / source / split, blank))
