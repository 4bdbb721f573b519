"""The first pass over an export: what it holds, what repeats in it, what its test sets are."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..corpora.near_duplicates import write_index
from ..corpora.splits import text_signatures
from ..project.errors import UserError
from ..project.files import put_bytes
from ..project.parallel import map_in_order
from ..project.units import Made, Work, make_key, make_once
from .examples import Unusable, reduce_task, repeated, short_hash
from .exports import Chunk, Source, hash_chunk, read_chunks
from .fields import Field
from .label_studio import Results, Task, tasks_in
from .record import Conversion
from .spill import TextTask, encode_tasks

# What learns from results of a kind.
_OTHERS = {
    "choices": "Choices are learnt with --vars.component textcat or textcat_multilabel.",
    "labels": "Labels are learnt with --vars.component ner, spancat or tagger.",
}


class Plan(NamedTuple):
    """How the first pass reads: the field of each source, and the folder that units are made in.

    key: of the code. needed: whether somebody must have annotated something.
    """

    fields: dict[Source, Field]
    folder: Path
    key: str
    results: Results = "labels"
    needed: bool = True


class ChunkSurvey(NamedTuple):
    """What one chunk holds.

    record: what was counted and left out already. labels: Label Studio's labels.
    hashes: short hashes of its texts, uint64. held_out: signatures of those of dev and test.
    """

    record: Conversion
    labels: Counter[str]
    hashes: NDArray[np.uint64]
    held_out: NDArray[np.uint32]


class Survey(NamedTuple):
    """What the second pass needs.

    repeated: short hashes of texts of several tasks, sorted, and how many such tasks there are.
    held_out: the index of the texts of dev and test, to keep texts near them out of training.
    texts: the units, each with a file of the chunk's tasks under its own name.
    """

    record: Conversion
    labels: Counter[str]
    repeated: NDArray[np.uint64]
    repeats: int
    held_out: Path
    texts: list[Made]


def survey(plan: Plan, workers: int = 1) -> Survey:
    """Read all sources once, and keep what is needed of the tasks in files.

    A chunk that an earlier run has read is taken over.
    Raises UserError when no task has labelled text: the message says what there is instead.
    """
    record = Conversion()
    labels: Counter[str] = Counter()
    texts = []
    plan.folder.mkdir(parents=True, exist_ok=True)
    hashes, held_out = plan.folder / "hashes", plan.folder / "held_out"
    with (
        hashes.open("wb") as hashes_file,
        held_out.open("wb") as held_out_file,
        closing(map_in_order(survey_chunk, plan, _numbered(plan.fields), workers)) as surveys,
    ):
        for made, part in surveys:
            record.update(part.record)
            labels.update(part.labels)
            hashes_file.write(part.hashes.tobytes())
            held_out_file.write(part.held_out.tobytes())
            texts.append(made)
    if plan.needed and not record.results["regions"]:
        raise _nothing(list(plan.fields), record, plan.results)
    write_index(held_out)
    return Survey(record, labels, *repeated(hashes), held_out, texts)


def _numbered(sources: Iterable[Source]) -> Iterator[tuple[int, Chunk]]:
    yield from enumerate(chunk for source in sources for chunk in read_chunks(source))


def survey_chunk(plan: Plan, numbered: tuple[int, Chunk]) -> tuple[Made, ChunkSurvey]:
    """Reduce the tasks of a chunk to their texts and write these to a file, unless that is done."""
    number, chunk = numbered
    field, name, source = plan.fields[chunk.source], f"texts/{number:06}", hash_chunk(chunk)
    controls = field.controls and sorted(field.controls)
    key = make_key(plan.key, plan.results, source, chunk.first, field.key, controls, field.html)
    return make_once(plan.folder, name, key, source, lambda: _survey(plan, name, chunk, field))


def _survey(plan: Plan, name: str, chunk: Chunk, field: Field) -> Work[ChunkSurvey]:
    record = Conversion()
    labels: Counter[str] = Counter()
    tasks = []
    for task in tasks_in(chunk, plan.results):
        record.tasks["tasks"] += 1
        reduced = reduce_task(task, field)
        if isinstance(reduced, Unusable):
            _leave_out(reduced, record)
            continue
        record.tasks[_kind(task, reduced)] += 1
        _count_results(task, reduced, record, labels)
        tasks.append(reduced)
    put_bytes(plan.folder / name, encode_tasks(tasks))
    found = ChunkSurvey(
        record,
        labels,
        np.fromiter(map(short_hash, tasks), dtype=np.uint64, count=len(tasks)),
        text_signatures([task.text for task in tasks if task.split != "train"]),
    )
    return Work([name], {"tasks": record.tasks["tasks"]}, found)


def _leave_out(task: Unusable, record: Conversion) -> None:
    record.tasks["unusable_text"] += 1
    record.leave_out(task.id, task.reason)
    record.results.update(task.others)
    for region in task.regions:
        record.results["regions"] += 1
        record.spans.update(("regions", "rejected", "text_rejected"))
        record.note(task.id, region, "text_rejected", "rejected")


def _kind(task: Task, reduced: TextTask) -> str:
    if not task.annotations:
        if task.drafts:
            return "only_drafts"
        return "only_predictions" if task.predictions else "unannotated"
    if all(annotation.cancelled for annotation in task.annotations):
        return "skipped"
    if any(a.regions for a in reduced.annotations if not a.cancelled):
        return "annotated"
    return "annotated_empty"


def _count_results(task: Task, reduced: TextTask, record: Conversion, labels: Counter[str]) -> None:
    counts = record.results
    counts["drafts"] += task.drafts
    counts["predictions"] += task.predictions
    for given, annotation in zip(task.annotations, reduced.annotations, strict=True):
        counts["skipped annotations" if annotation.cancelled else "annotations"] += 1
        counts.update(annotation.others)
        regions = annotation.regions or ()
        counts["regions"] += len(regions)
        elsewhere = len(given.regions or ()) - len(regions)
        if elsewhere:
            counts["regions of other fields"] += elsewhere
        if not annotation.cancelled:
            labels.update([label for region in regions for label in region.labels])


def _nothing(sources: list[Source], record: Conversion, results: Results) -> UserError:
    names = ", ".join(map(str, sources[:3])) + (", ..." if len(sources) > 3 else "")
    tasks = record.tasks["tasks"]
    if not tasks:
        return UserError(
            f"There are no tasks in {names}.", "Export a project that has tasks, as JSON."
        )
    kinds = {**record.results, "tasks without usable text": record.tasks["unusable_text"]}
    found = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    what = {"labels": "no labelled text", "choices": "no choice for a text"}[results]
    other: Results = "choices" if results == "labels" else "labels"
    return UserError(
        f"There is {what} in {names}: {tasks} tasks with {found or 'nothing'}.",
        f"Annotate texts with a {results.capitalize()} tag on a Text tag and export the project "
        "as JSON." + (f" {_OTHERS[other]}" if record.results[other] else ""),
    )
