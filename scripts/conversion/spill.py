"""Tasks between the two passes over an export: on disk, decoded faster than the export."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..corpora.splits import Split
from .label_studio import Annotation, escape_surrogates

_SIZE = 8  # bytes that give the length of a batch


class TextTask(NamedTuple):
    """A task reduced to the text that is converted.

    annotations: with only those regions that lie in this text.
    hash: SHA-256 of the text. split: where the text belongs. key: the field that holds it.
    group: SHA-256 of the name of what it belongs to, None where it has none.
    """

    id: int | str
    text: str
    annotations: tuple[Annotation, ...]
    hash: str
    split: Split
    key: str
    group: str | None = None


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


def _writable(value: Any) -> Any:
    """A record with the lone surrogates in its names and quotes escaped."""
    if isinstance(value, str):
        return escape_surrogates(value)
    if isinstance(value, tuple):
        parts = map(_writable, value)
        return value._make(parts) if hasattr(value, "_make") else tuple(parts)
    return value
