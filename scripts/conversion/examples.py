"""Tasks of an export as texts, and tasks with the same text as one example."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..corpora.splits import assign_split
from ..project.files import hash_text
from .fields import Field
from .label_studio import Annotation, Region, Task
from .spill import TextTask

_HASHED_BYTES = 50_000_000  # of short hashes that are looked at together
_BLOCK_BYTES = 2_000_000  # of them that are read at a time


class Unusable(NamedTuple):
    """A task that has no text to convert, with the reason and what is lost with it.

    others: types of results that are no regions, one entry a result.
    """

    id: int | str
    reason: str
    regions: tuple[Region, ...]
    others: tuple[str, ...]


Example = list[TextTask]  # tasks with the same text, in their order


def reduce_task(task: Task, field: Field) -> TextTask | Unusable:
    """The task with the field's text alone."""
    text = field.text(task)
    fault = task.fault or _fault(text, field.key)
    if fault or text is None:
        counted = [a for a in task.annotations if not a.cancelled]
        regions = tuple(region for a in counted for region in a.regions or ())
        others = tuple(kind for a in counted for kind in a.others)
        return Unusable(task.id, fault or "no text", regions, others)
    annotations = task.annotations
    if field.controls is not None:
        annotations = tuple(_restrict(annotation, field) for annotation in annotations)
    split = assign_split(text, task.group)
    group = None if task.group is None else hash_text(task.group)
    return TextTask(task.id, text, annotations, hash_text(text), split, field.key, group)


def _fault(text: str | None, key: str) -> str | None:
    if text is None:
        return f"no text under {key!r}"
    if not text or text.isspace():
        return "the text is empty"
    try:
        text.encode("utf8")
    except UnicodeEncodeError:
        return "lone surrogates, which no Doc can hold"
    return None


def _restrict(annotation: Annotation, field: Field) -> Annotation:
    if annotation.regions is None:
        return annotation
    return annotation._replace(regions=tuple(r for r in annotation.regions if field.labels(r)))


def short_hash(task: TextTask) -> int:
    """The first 64 bits of a text's hash."""
    return int(task.hash[:16], 16)


def repeated(path: Path) -> tuple[NDArray[np.uint64], int]:
    """The short hashes that occur more than once in a file of them, sorted.

    And how many there are of these, each time counted. Memory holds a part of the hashes at a time.
    """
    parts = -(-path.stat().st_size // _HASHED_BYTES)
    found, total = [np.empty(0, np.uint64)], 0
    for part in range(parts):
        mine = np.concatenate([block[block % parts == part] for block in _read_hashes(path)])
        values, counts = np.unique(mine, return_counts=True)
        found.append(values[counts > 1])
        total += int(counts[counts > 1].sum())
    return np.sort(np.concatenate(found)), total


def is_among(hashes: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the hashes are among others that are sorted, however many those are."""
    if not len(known):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.asarray(known[places] == hashes)


def _read_hashes(path: Path) -> Iterator[NDArray[np.uint64]]:
    with path.open("rb") as file:
        while len(block := np.fromfile(file, np.uint64, _BLOCK_BYTES // 8)):
            yield block


def merge_tasks(tasks: Iterable[TextTask]) -> Iterator[Example]:
    """Tasks grouped by their texts, in the order of the texts' first tasks."""
    examples: dict[str, Example] = {}
    for task in tasks:
        examples.setdefault(task.text, []).append(task)
    yield from examples.values()
