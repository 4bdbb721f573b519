"""Tasks between the two passes over an export: on disk, decoded faster than the export."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .label_studio import Annotation
from .splits import Split

_SIZE = 8  # bytes that give the length of a batch


class TextTask(NamedTuple):
    """A task reduced to the text that is converted.

    annotations: with only those regions that lie in this text.
    hash: SHA-256 of the text. split: where the text belongs.
    """

    id: int | str
    text: str
    annotations: tuple[Annotation, ...]
    hash: str
    split: Split


_DECODER = msgspec.msgpack.Decoder(list[TextTask])


def encode_tasks(tasks: list[TextTask]) -> bytes:
    """A batch of tasks; batches can stand one after another in a file."""
    try:
        batch = msgspec.msgpack.encode(tasks)
    except UnicodeEncodeError:
        batch = msgspec.msgpack.encode([_writable(task) for task in tasks])
    return len(batch).to_bytes(_SIZE, "big") + batch


def read_batches(path: Path) -> Iterator[list[TextTask]]:
    """The batches of a file."""
    with path.open("rb") as file:
        while size := file.read(_SIZE):
            yield _DECODER.decode(file.read(int.from_bytes(size, "big")))


def _writable(task: TextTask) -> TextTask:
    """The task with lone surrogates escaped; a label that holds one cannot be a model's label."""
    annotations = tuple(
        annotation._replace(
            **_escaped(annotation._asdict()),
            regions=annotation.regions
            and tuple(
                region._replace(
                    **_escaped(region._asdict()),
                    labels=(tuple(map(_escape, region.labels)) == region.labels
                    and region.labels)
                    or (),
                )
                for region in annotation.regions
            ),
        )
        for annotation in task.annotations
    )
    return task._replace(**_escaped({"id": task.id}), annotations=annotations)


def _escaped(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _escape(value) for key, value in values.items() if isinstance(value, str)}


def _escape(text: str) -> str:
    return text.encode("utf8", "backslashreplace").decode("utf8")
