"""What the server and the processes that predict say to each other, through pipes."""

import struct
from typing import BinaryIO, NamedTuple, TypeVar

import msgspec

from ..conversion.label_studio import Results
from ..label_studio.regions import Found

_LENGTH = struct.Struct("<Q")
T = TypeVar("T")


class Ready(msgspec.Struct, frozen=True):
    """The first frame of a process: what it has loaded. components: those that are on.

    fault: why it cannot be loaded, empty when it is.
    """

    labels: dict[Results, list[str]]
    components: list[str]
    fault: str = ""


class Texts(msgspec.Struct, frozen=True):
    """Texts to predict for; they are valid UTF-8."""

    texts: list[str]


class Predicted(NamedTuple):
    """The answers for a text. certainty: of the text as a whole, 0 to 1; 0 where nobody asked."""

    found: list[Found]
    certainty: float = 0.0


NOTHING = Predicted([])


class Predictions(msgspec.Struct, frozen=True):
    """What was found in each text; None for a text that the pipeline failed on."""

    texts: list[Predicted | None]


def write_frame(stream: BinaryIO, value: msgspec.Struct) -> None:
    """Write one value. Raises OSError when nobody reads any more."""
    content = msgspec.msgpack.encode(value)
    stream.write(_LENGTH.pack(len(content)) + content)
    stream.flush()


def read_frame(stream: BinaryIO, kind: type[T]) -> T:
    """Read one value. Raises EOFError when the other side has ended."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(header)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return msgspec.msgpack.decode(content, type=kind)
