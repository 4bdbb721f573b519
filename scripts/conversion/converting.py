"""The second pass over an export: every example becomes a Doc in one of the corpora."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from msgspec.json import encode
from spacy.tokens import Doc

from ..corpora.corpus import SPLITS, CorpusWriter, Provenance, Source, set_provenance
from ..corpora.near_duplicates import NearDuplicates
from ..corpora.splits import Split, text_signatures
from ..project.parallel import map_in_order
from ..project.progress import track
from .examples import Example, merge_tasks, short_hash
from .gold import annotate, usable_annotations
from .label_map import LabelMap
from .record import Conversion
from .spill import TextTask, encode_tasks, read_batches
from .survey import Survey

DISPUTES = ".disputes"  # suffix of the files beside the texts with a part's disputes
_BUCKET = 4000  # tasks with repeated texts that are merged at a time


class Means(NamedTuple):
    """What turns tasks into Docs.

    repeated: short hashes of the texts that several tasks have; these wait in `buckets` files.
    folders: where the corpora of gold and project texts are written.
    """

    tokenizer: Callable[[str], Doc]
    label_map: LabelMap
    held_out: NearDuplicates
    repeated: frozenset[int]
    buckets: int
    folders: dict[Source, Path]


class Part(NamedTuple):
    """A file of tasks to convert; merged: whether all tasks of each of its texts are in it."""

    name: str
    path: Path
    merged: bool


class Converted(NamedTuple):
    """What became of a part; waiting: its tasks with repeated texts, encoded, by bucket."""

    record: Conversion
    waiting: dict[int, bytes]


def convert_texts(
    surveyed: Survey,
    tokenizer: Callable[[str], Doc],
    label_map: LabelMap,
    folders: dict[Source, Path],
    workers: int = 1,
) -> Conversion:
    """Write the Docs of an export, a corpus for each split in the folders of gold and project.

    Returns the whole record of what became of each task and region. The result is the same for
    any number of workers.
    """
    buckets = -(-surveyed.repeats // _BUCKET)
    means = Means(tokenizer, label_map, surveyed.held_out, surveyed.repeated, buckets, folders)
    record = surveyed.record
    parts = [Part(path.name, path, False) for path in surveyed.texts]
    waiting = [
        path.with_name(f"repeated-{i:04}") for path in surveyed.texts[:1] for i in range(buckets)
    ]
    with closing(map_in_order(convert_part, means, parts, workers)) as work:
        for converted in track(work, "Converting", len(parts)):
            record.update(converted.record)
            for bucket, tasks in converted.waiting.items():
                with waiting[bucket].open("ab") as file:
                    file.write(tasks)
    parts = [Part(f"r{path.name[-4:]}", path, True) for path in waiting if path.exists()]
    with closing(map_in_order(convert_part, means, parts, workers)) as work:
        for converted in track(work, "Merging equal texts", len(parts)):
            record.update(converted.record)
    for folder in folders.values():
        for split in SPLITS:
            if not any((folder / split).glob("*.spacy")):
                CorpusWriter(folder / split).close()
    return record


def convert_part(means: Means, part: Part) -> Converted:
    """Convert a file of tasks; of a part that is not merged, those whose text is theirs alone."""
    tasks = (task for batch in read_batches(part.path) for task in batch)
    record = Conversion()
    waiting: dict[int, list[TextTask]] = defaultdict(list)
    if part.merged:
        examples = list(merge_tasks(tasks))
    else:
        examples = []
        for task in tasks:
            key = short_hash(task)
            if key in means.repeated:
                waiting[key % means.buckets].append(task)
            else:
                examples.append([task])
    writers: dict[tuple[Source, Split], CorpusWriter] = {}
    for source, split, doc in convert_examples(examples, means, record):
        if (source, split) not in writers:
            folder = means.folders[source] / split
            writers[source, split] = CorpusWriter(folder, f"{part.name}-")
        writers[source, split].add(doc)
    for writer in writers.values():
        writer.close()
    if record.disputes:
        part.path.with_suffix(DISPUTES).write_bytes(b",\n".join(map(encode, record.disputes)))
        record.disputes.clear()
    return Converted(record, {bucket: encode_tasks(tasks) for bucket, tasks in waiting.items()})


def convert_examples(
    examples: list[Example], means: Means, record: Conversion
) -> Iterator[tuple[Source, Split, Doc]]:
    """The Docs of examples, but for those of train that are nearly a text of dev or test."""
    near = _near_held_out(examples, means.held_out)
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
            record.entities.update(entity.label_ for entity in doc.ents)
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
    set_provenance(doc, Provenance(source, tasks, example[0].hash))
    if usable:
        annotate(doc, example[0], usable, means.label_map, record)
    return source, doc


def _near_held_out(examples: Iterable[Example], held_out: NearDuplicates) -> set[str]:
    """Hashes of the texts that belong to training but are nearly texts of dev or test."""
    firsts = [example[0] for example in examples if example[0].split == "train"]
    found = held_out.find(text_signatures([task.text for task in firsts]))
    return {task.hash for task, place in zip(firsts, found, strict=True) if place >= 0}
