"""Tasks of an export as texts, and tasks with the same text as one example."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..corpora.splits import assign_split
from ..project.files import hash_text
from .fields import Field
from .label_studio import Annotation, Region, Task
from .spill import TextTask


class Unusable(NamedTuple):
    """A task that has no text to convert, with the reason and the regions that are lost with it."""

    id: int | str
    reason: str
    regions: tuple[Region, ...]


Example = list[TextTask]  # tasks with the same text, in their order


def reduce_task(task: Task, field: Field) -> TextTask | Unusable:
    """The task with the field's text alone."""
    text = field.text(task)
    fault = task.fault or _fault(text, field.key)
    if fault or text is None:
        regions = [r for a in task.annotations for r in a.regions or () if not a.cancelled]
        return Unusable(task.id, fault or "no text", tuple(regions))
    annotations = task.annotations
    if field.controls is not None:
        annotations = tuple(_restrict(annotation, field) for annotation in annotations)
    split = assign_split(text, task.group)
    return TextTask(task.id, text, annotations, hash_text(text), split, field.key)


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


def repeated(hashes: NDArray[np.uint64]) -> frozenset[int]:
    """The short hashes that occur more than once, of all tasks of an export."""
    values, counts = np.unique(hashes, return_counts=True)
    return frozenset(values[counts > 1].tolist())


def merge_tasks(tasks: Iterable[TextTask]) -> Iterator[Example]:
    """Tasks grouped by their texts, in the order of the texts' first tasks."""
    examples: dict[str, Example] = {}
    for task in tasks:
        examples.setdefault(task.text, []).append(task)
    yield from examples.values()
