"""Tasks with the same text, taken together as one example."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .fields import Field
from .label_studio import Annotation, Region, Task


class TextTask(NamedTuple):
    """A task reduced to the text that is converted.

    annotations: with only those regions that lie in this text.
    elsewhere: regions in the task's other texts.
    """

    id: int | str
    text: str
    annotations: tuple[Annotation, ...]
    drafts: int
    predictions: int
    group: str | None
    elsewhere: int


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
    annotations, elsewhere = task.annotations, 0
    if field.controls is not None:
        kept = [_restrict(annotation, field) for annotation in annotations]
        elsewhere = sum(
            len(old.regions or ()) - len(new.regions or ())
            for old, new in zip(annotations, kept, strict=True)
        )
        annotations = tuple(kept)
    return TextTask(
        task.id, text, annotations, task.drafts, task.predictions, task.group, elsewhere
    )


def _fault(text: str | None, key: str) -> str | None:
    if text is None:
        return f"no text under {key!r}"
    if not text.strip():
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


class Repeats:
    """Texts that stand in several tasks, found by their hashes in a first pass: 8 bytes a task."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._counts: dict[int, int] | None = None

    def add(self, text: str) -> None:
        """Count a text, in the first pass."""
        self._hashes.append(hash(text))

    def count(self, text: str) -> int:
        """How many tasks have this text (or one of the same hash). No `add` may follow."""
        if self._counts is None:
            values, counts = np.unique(
                np.frombuffer(self._hashes, dtype=np.int64), return_counts=True
            )
            several = counts > 1
            pairs = zip(values[several].tolist(), counts[several].tolist(), strict=True)
            self._counts = dict(pairs)
        return self._counts.get(hash(text), 1)


def merge_tasks(tasks: Iterable[TextTask], repeats: Repeats) -> Iterator[Example]:
    """Examples in the order in which their last task comes; only repeated texts are held back."""
    seen: Counter[int] = Counter()
    waiting: dict[int, dict[str, Example]] = defaultdict(dict)
    for task in tasks:
        count = repeats.count(task.text)
        if count == 1:
            yield [task]
            continue
        key = hash(task.text)
        waiting[key].setdefault(task.text, []).append(task)
        seen[key] += 1
        if seen[key] == count:
            yield from waiting.pop(key).values()
