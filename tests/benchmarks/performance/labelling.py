"""Sides of `rehearse`: both teachers label raw text, against what spaCy does alone with them.

Both teachers are the base, so that each side runs the same ner twice over.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import spacy
from spacy.language import Language
from spacy.tokens import DocBin

from scripts.corpora.sampling import RawText, read_run, write_run
from scripts.project.engines import LocalProcesses
from scripts.project.files import hash_file, hash_text, write_json
from scripts.training.labelling import Means, Unit, label_unit, load_with_words
from scripts.training.merging import Scheme
from scripts.training.pipelines import describe_base, entity_components, find_recognizers

from .turns import Side

LABELS = frozenset({"PERSON", "ORG", "GPE"})


class Texts(NamedTuple):
    """What is labelled. shards: files of raw texts, for each turn. work: a folder of its own."""

    base: Path
    shards: Sequence[Sequence[Path]]
    work: Path


def labelling_sides(base: Path, texts: Sequence[str], number: int, folder: Path) -> list[Side]:
    """The sides, who all read the same texts in a turn, so many, and new ones in the next.

    (With texts that they have read before, a vocabulary that never forgets would have nothing to
    do.) Those of two processes at once have half of the texts each.
    """
    shards = write_shards(texts, folder / "texts", number // 2)
    turns = [shards[first : first + 2] for first in range(0, len(shards), 2)]
    copied = copy_base(base, folder)

    def job(name: str, some: Sequence[Sequence[Path]]) -> Texts:
        return Texts(copied, some, folder / name)

    halves = [
        job(name, [turn[half : half + 1] for turn in turns])
        for half, name in enumerate(("first half", "second half"))
    ]
    return [
        Side("nlp.pipe", bare, [job("bare", turns)]),
        Side("rehearse", label, [job("one", turns)]),
        Side("nlp.pipe twice at once", bare, halves),
        Side("rehearse, 2 processes", label_by_two, [job("two", turns)]),
        Side("nlp.pipe(n_process=2), DocBin", in_spacy, [job("spacy", turns)]),
    ]


def bare(job: Texts) -> Callable[[int], None]:
    """`nlp.pipe` of both teachers, without any output."""
    teachers, texts = [load_teacher(job.base) for _ in range(2)], read_all(job)

    def work(turn: int) -> None:
        for nlp in teachers:
            for _ in nlp.pipe(texts[turn]):
                pass

    return work


def in_spacy(job: Texts) -> Callable[[int], None]:
    """`nlp.pipe(n_process=2)` of both teachers, each into one DocBin."""
    teachers, texts = [load_teacher(job.base) for _ in range(2)], read_all(job)
    job.work.mkdir()

    def work(turn: int) -> None:
        for number, nlp in enumerate(teachers):
            shard = DocBin()
            for doc in nlp.pipe(texts[turn], n_process=2):
                shard.add(doc)
            shard.to_disk(job.work / f"{number}.spacy")

    return work


def label(job: Texts, workers: int = 1) -> Callable[[int], None]:
    """As `rehearse` does it: both teachers, their words merged, in shards with checksums."""
    scheme = Scheme(frozenset({"NEW"}), LABELS)
    means = Means(job.base, job.base, -1, scheme, "base", job.work)
    units = [
        [
            Unit(f"rehearsal/train/{turn}/{number:05}", "key", "raw", path, hash_file(path))
            for number, path in enumerate(shards)
        ]
        for turn, shards in enumerate(job.shards)
    ]
    load = partial(load_with_words, texts=job.shards[0][0])
    load(means)

    def work(turn: int) -> None:
        with closing(LocalProcesses(workers).run(label_unit, means, units[turn], load)) as done:
            for _ in done:
                pass

    return work


def label_by_two(job: Texts) -> Callable[[int], None]:
    """The same by two processes."""
    return label(job, workers=2)


def load_teacher(base: Path) -> Language:
    """The pipeline with nothing but what finds entities."""
    nlp = spacy.load(base)
    nlp.select_pipes(enable=entity_components(nlp, find_recognizers(nlp)))
    return nlp


def read_all(job: Texts) -> list[list[str]]:
    """All texts, in memory, those of each turn."""
    return [[raw.text for path in shards for raw in read_run(path)] for shards in job.shards]


def write_shards(texts: Sequence[str], folder: Path, size: int) -> list[Path]:
    """The texts in files of raw texts."""
    paths = []
    for number, first in enumerate(range(0, len(texts), size)):
        path = folder / f"{number:05}"
        write_run([RawText(hash_text(text), text) for text in texts[first : first + size]], path)
        paths.append(path)
    return paths


def copy_base(base: Path, folder: Path) -> Path:
    """The base as `rehearse` wants it, with its record beside it."""
    nlp, copied = spacy.load(base), folder / "base"
    nlp.to_disk(copied)
    write_json(copied.with_suffix(".json"), describe_base(nlp, copied, str(base))._asdict())
    return copied
