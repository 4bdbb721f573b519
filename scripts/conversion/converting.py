"""The second pass over an export: every example becomes a Doc in one of the corpora."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec.json import encode
from numpy.typing import NDArray
from spacy.tokens import Doc

from ..corpora.corpus import SPLITS, CorpusWriter, Provenance, Source, set_provenance
from ..corpora.near_duplicates import NearDuplicates, open_index
from ..corpora.splits import Split, text_signatures
from ..project.files import hash_file, put_bytes, remove
from ..project.parallel import map_in_order
from ..project.progress import track
from ..project.units import Made, Work, link, make_key, make_once
from .examples import Example, is_among, merge_tasks, short_hash
from .gold import ENTITIES, Scheme, annotate, usable_annotations
from .label_map import LabelMap
from .record import Conversion
from .spill import TextTask, encode_tasks, read_batches
from .survey import Survey

DISPUTES = ".disputes"  # suffix of the files beside the texts with a part's disputes
_WORDS = 50_000  # of a vocabulary, from which on it is kept from growing
_BUCKET = 4000  # tasks with repeated texts that are merged at a time


class Means(NamedTuple):
    """What turns tasks into Docs.

    repeated: short hashes of the texts that several tasks have, sorted; these tasks wait for one
    another in `buckets` files. held_out: the index of the texts of dev and test.
    folder: where units are made. key: of all this, of the code and of the tokenizer.
    """

    tokenizer: Callable[[str], Doc]
    label_map: LabelMap
    held_out: Path
    repeated: NDArray[np.uint64]
    buckets: int
    folder: Path
    key: str
    scheme: Scheme = ENTITIES


class Part(NamedTuple):
    """A file of tasks to convert.

    sha256: of the file. source: of the chunk of the export that it was made from.
    merged: whether all tasks of each of its texts are in it.
    """

    name: str
    path: Path
    sha256: str
    source: str
    merged: bool


class Converted(NamedTuple):
    """What became of a part; waiting: its tasks with repeated texts, encoded, by bucket."""

    record: Conversion
    waiting: dict[int, bytes]


def convert_texts(
    surveyed: Survey,
    tokenizer: Callable[[str], Doc],
    label_map: LabelMap,
    folder: Path,
    key: str,
    workers: int = 1,
    scheme: Scheme = ENTITIES,
) -> tuple[Conversion, list[Made]]:
    """Write the Docs of an export in the folder, a corpus for each split of gold and project.

    A part that an earlier run has converted is taken over. key: of the code and of the tokenizer.
    Returns the whole record of what became of each task and region, and the units with the shards
    that make up the corpora. The result is the same for any number of workers.
    """
    repeated, held_out = surveyed.repeated, surveyed.held_out
    buckets = -(-surveyed.repeats // _BUCKET)
    found = hash_file(held_out), sha256(repeated.tobytes()).hexdigest()
    key = make_key(key, label_map.key, *found, buckets, scheme.kind.component, list(scheme.labels))
    means = Means(tokenizer, label_map, held_out, repeated, buckets, folder, key, scheme)
    parts = [_part(made, folder) for made in surveyed.texts]
    waiting = folder / "waiting"
    remove(waiting)
    waiting.mkdir()
    units = []
    with closing(map_in_order(convert_part, means, parts, workers)) as work:
        for made, converted in track(work, "Converting", len(parts)):
            units.append(made)
            surveyed.record.update(converted.record)
            for bucket, tasks in converted.waiting.items():
                with (waiting / f"r{bucket:04}").open("ab") as file:
                    file.write(tasks)
    parts = [
        Part(path.name, path, known := hash_file(path), known, True)
        for path in sorted(waiting.iterdir())
    ]
    with closing(map_in_order(convert_part, means, parts, workers)) as work:
        for made, converted in track(work, "Merging equal texts", len(parts)):
            units.append(made)
            surveyed.record.update(converted.record)
    return surveyed.record, units


def _part(made: Made, folder: Path) -> Part:
    name = made.name.rpartition("/")[2]
    return Part(name, folder / made.name, made.files[made.name], made.source, False)


def place_corpora(units: Iterable[Made], folder: Path, corpora: Mapping[Source, Path]) -> None:
    """Give the shards their places in the folders that will be the corpora of gold and project."""
    for made in units:
        for source, corpus in corpora.items():
            for file in made.files:
                if file.startswith(f"{source}/"):
                    link(folder / file, corpus / file.removeprefix(f"{source}/"))
    for corpus in corpora.values():
        for split in SPLITS:
            if not any((corpus / split).glob("*.spacy")):
                CorpusWriter(corpus / split).close()


def convert_part(means: Means, part: Part) -> tuple[Made, Converted]:
    """Convert a file of tasks, unless that is done; if it is not merged, those whose text is
    theirs alone.
    """
    key = make_key(means.key, part.sha256, part.merged)
    return make_once(
        means.folder, f"parts/{part.name}", key, part.source, lambda: _convert(means, part)
    )


def _convert(means: Means, part: Part) -> Work[Converted]:
    tasks = [task for batch in read_batches(part.path) for task in batch]
    record = Conversion()
    waiting: dict[int, list[TextTask]] = defaultdict(list)
    if part.merged:
        examples = list(merge_tasks(tasks))
    else:
        examples = []
        keys = np.fromiter(map(short_hash, tasks), dtype=np.uint64, count=len(tasks))
        for task, repeats in zip(tasks, is_among(keys, means.repeated).tolist(), strict=True):
            if repeats:
                waiting[short_hash(task) % means.buckets].append(task)
            else:
                examples.append([task])
    files, counts = _write_docs(examples, means, part, record)
    if record.disputes:
        files.append(f"parts/{part.name}{DISPUTES}")
        put_bytes(means.folder / files[-1], b",\n".join(map(encode, record.disputes)))
        record.disputes.clear()
    encoded = {bucket: encode_tasks(tasks) for bucket, tasks in waiting.items()}
    return Work(files, {"tasks": len(tasks), **counts}, Converted(record, encoded))


def _write_docs(
    examples: list[Example], means: Means, part: Part, record: Conversion
) -> tuple[list[str], dict[str, int]]:
    """Write the shards of a part; returns their names in the folder, and Docs by corpus."""
    writers: dict[str, CorpusWriter] = {}
    with _bounded_vocabulary(means.tokenizer):
        for source, split, doc in convert_examples(examples, means, record):
            corpus = f"{source}/{split}"
            if corpus not in writers:
                writers[corpus] = CorpusWriter(means.folder / corpus, f"{part.name}-")
            writers[corpus].add(doc)
        for writer in writers.values():
            writer.close()
    files = [f"{corpus}/{name}" for corpus, writer in writers.items() for name in writer.shards]
    return files, {corpus: writer.docs for corpus, writer in writers.items()}


def _bounded_vocabulary(tokenizer: Callable[[str], Doc]) -> AbstractContextManager[object]:
    """Once a vocabulary is large, a block whose new words are forgotten at its end.

    The tokens of the words before are kept (spacy/tokenizer.pyx): most of any text that follows.
    """
    vocab = getattr(tokenizer, "vocab", None)
    if vocab is None or len(vocab) < _WORDS:
        return nullcontext()
    zone: AbstractContextManager[object] = vocab.memory_zone()
    return zone


def convert_examples(
    examples: list[Example], means: Means, record: Conversion
) -> Iterator[tuple[Source, Split, Doc]]:
    """The Docs of examples, but for those of train that are nearly a text of dev or test."""
    near = _near_held_out(examples, _open_once(means.held_out, means.key))
    for example in examples:
        converted = convert_example(example, means, record)
        if converted is None:
            continue
        source, doc = converted
        first = example[0]
        if first.hash in near:
            record.leave_out(first.id, "near_duplicate", text=first.text)
            record.examples[f"{source} near_duplicates"] += 1
        else:
            record.examples[f"{source} {first.split}"] += 1
            record.entities.update(answer.label for answer in means.scheme.kind.read(doc))
            yield source, first.split, doc


def convert_example(
    example: Example, means: Means, record: Conversion
) -> tuple[Source, Doc] | None:
    """Gold if somebody has annotated the text, else project text.

    None for a text that was only skipped, or whose only annotations are damaged.
    """
    record.tasks["merged_into_others"] += len(example) - 1
    for task in example:
        for annotation in task.annotations:
            if annotation.regions is None and not annotation.cancelled:
                record.tasks["damaged_annotations"] += 1
                record.leave_out(task.id, "damaged_annotation", annotation=annotation.id)
    usable = usable_annotations(example)
    if not usable and all(task.annotations for task in example):
        return None
    doc = means.tokenizer(example[0].text)
    source: Source = "gold" if usable else "project"
    tasks = tuple(dict.fromkeys(task.id for task in example))  # JSON_MIN repeats a task
    set_provenance(doc, Provenance(source, tasks, example[0].hash, example[0].group))
    if usable:
        annotate(doc, example[0], usable, means.label_map, record, means.scheme)
    return source, doc


@lru_cache(maxsize=1)
def _open_once(path: Path, _key: str) -> NearDuplicates:
    """An index, opened by the first part of a process; the key tells another file of that name."""
    return open_index(path)


def _near_held_out(examples: Iterable[Example], held_out: NearDuplicates) -> set[str]:
    """Hashes of the texts that belong to training but are nearly texts of dev or test."""
    firsts = [example[0] for example in examples if example[0].split == "train"]
    found = held_out.find(text_signatures([task.text for task in firsts]))
    return {task.hash for task, place in zip(firsts, found, strict=True) if place >= 0}
