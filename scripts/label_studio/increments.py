"""What changed in a project since an earlier pull, put into the export of that pull."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from ..conversion.json_stream import json_elements
from ..project.files import new_file

# Label Studio stamps a task before it commits, and clocks of several servers differ.
OVERLAP = timedelta(minutes=2)


class _Annotation(msgspec.Struct):
    was_cancelled: bool | None = False


class _Task(msgspec.Struct):
    id: int
    updated_at: str = ""
    annotations: list[_Annotation] = msgspec.field(default_factory=list)


class Tally(NamedTuple):
    """What stands in an export.

    annotated: tasks with an annotation that is no skip. skipped: tasks with skips alone.
    newest: when Label Studio last changed one of the tasks (ISO 8601), None without tasks.
    """

    tasks: int
    annotated: int
    skipped: int
    newest: str | None


class Merged(NamedTuple):
    """How many tasks came in the place of an older state, and how many are new."""

    changed: int
    added: int


def tally(path: Path) -> Tally:
    """Count the tasks of an export of Label Studio."""
    tasks = annotated = skipped = 0
    newest: str | None = None
    for _, task in _tasks(path):
        tasks += 1
        if any(not one.was_cancelled for one in task.annotations):
            annotated += 1
        elif task.annotations:
            skipped += 1
        newest = max(newest or "", task.updated_at) or None
    return Tally(tasks, annotated, skipped, newest)


def changed_since(newest: str) -> dict[str, object]:
    """The filter of a Data Manager's tab for tasks that changed since a time, or shortly before."""
    start = datetime.fromisoformat(newest) - OVERLAP
    condition = {
        "filter": "filter:tasks:updated_at",
        "operator": "greater",
        "type": "Datetime",
        "value": start.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return {"conjunction": "and", "items": [condition]}


def merge(old: Path, changes: Path, output: Path) -> Merged:
    """Write the old export with the changed tasks in their places and the new ones at its end.

    A task comes whole: annotations that were updated are new, those that were deleted are gone.
    Only the changes are held in memory. output may be old.
    """
    fresh = {task.id: element for element, task in _tasks(changes)}
    changed = 0
    with new_file(output) as file:
        writer = _ArrayWriter(file)
        for element, task in _tasks(old):
            now = fresh.pop(task.id, element)
            changed += now != element
            writer.write(now)
        for element in fresh.values():
            writer.write(element)
        writer.close()
    return Merged(changed, len(fresh))


class _ArrayWriter:
    """Writes a JSON array an element at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._before = b"["

    def write(self, element: bytes) -> None:
        self._file.write(self._before + element)
        self._before = b",\n"

    def close(self) -> None:
        self._file.write(b"[]" if self._before == b"[" else b"]")


def _tasks(path: Path) -> Iterator[tuple[bytes, _Task]]:
    """The bytes of each task with what is needed of it, in bounded memory."""
    decoder = msgspec.json.Decoder(_Task)
    with path.open("rb") as file:
        for element in json_elements(file):
            task = element.lstrip(b" \t\r\n,")
            yield task, decoder.decode(task)
