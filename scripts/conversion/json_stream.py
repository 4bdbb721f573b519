"""The elements of a JSON array, or of JSON lines, one at a time and in bounded memory.

The borders of the elements are found block by block with array operations, in the manner of
Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 28 (2019), stage 1;
each element is then decoded by itself.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 20
_SPACE = b" \t\r\n"
_QUOTE, _BACKSLASH = 34, 92
_OPEN, _CLOSE = (91, 123), (93, 125)  # [ { and ] }
_DEPTH_CHANGE = np.zeros(256, dtype=np.int8)
_DEPTH_CHANGE[list(_OPEN)] = 1
_DEPTH_CHANGE[list(_CLOSE)] = -1


class DamagedJSONError(ValueError):
    """The bytes are no JSON array of objects and no JSON lines; the message says where."""


class _State(NamedTuple):
    depth: int
    in_string: bool


def json_elements(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each array or object in the outermost array, or of each one in JSON lines.

    Raises DamagedJSONError where the stream ends too early or is something else.
    """
    pending = bytearray()
    state = _State(0, False)
    level: int | None = None  # the depth at which an element has ended
    done = False
    for block in _blocks(stream):
        if level is None:
            level = 1 if block.lstrip(_SPACE)[:1] == b"[" else 0
            start = block.find(b"[") + 1 if level else 0
        else:
            start = 0
        ends, closed, state = _borders(block, state, level)
        for end in ends:
            pending += block[start:end]
            yield bytes(pending)
            pending.clear()
            start = end
        if closed is not None:
            pending += block[start : closed - 1]
            if done or pending.strip(_SPACE):
                raise DamagedJSONError("has something after its last element that is no element")
            done, start = True, closed
        pending += block[start:]
    if state.depth or state.in_string:
        raise DamagedJSONError("ends in the middle: it was cut off")
    if pending.strip(_SPACE):
        raise DamagedJSONError("has something in it that is no JSON array or object")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks that do not end between a backslash and what it escapes."""
    rest = b""
    while block := stream.read(BLOCK):
        block = rest + block
        cut = len(block.rstrip(b"\\"))
        block, rest = block[:cut], block[cut:]
        if block:
            yield block
    if rest:
        yield rest


def _borders(block: bytes, state: _State, level: int) -> tuple[list[int], int | None, _State]:
    """Where elements end in a block, where the array ends, and the state after the block."""
    codes = np.frombuffer(block, dtype=np.uint8)
    is_quote = codes == _QUOTE
    is_quote[_escaped(codes)] = False
    quotes = np.flatnonzero(is_quote)
    brackets = np.flatnonzero(_DEPTH_CHANGE[codes])
    outside = (np.searchsorted(quotes, brackets) + state.in_string) % 2 == 0
    brackets = brackets[outside]
    change = _DEPTH_CHANGE[codes[brackets]]
    depth = state.depth + np.cumsum(change, dtype=np.int64)
    if depth.size and depth.min() < 0:
        raise DamagedJSONError("closes more brackets than it opens")
    ends = brackets[(depth == level) & (change < 0)] + 1
    closed = brackets[(depth == 0) & (change < 0)] + 1 if level else brackets[:0]
    if closed.size > 1:
        raise DamagedJSONError("holds several arrays one after another")
    after = _State(
        int(depth[-1]) if depth.size else state.depth,
        bool((len(quotes) + state.in_string) % 2),
    )
    return ends.tolist(), int(closed[0]) if closed.size else None, after


def _escaped(codes: NDArray[Any]) -> NDArray[Any]:
    """Positions behind an odd run of backslashes."""
    slashes = np.flatnonzero(codes == _BACKSLASH)
    if not slashes.size:
        return slashes
    breaks = np.flatnonzero(np.diff(slashes) > 1)
    firsts = slashes[np.concatenate(([0], breaks + 1))]
    lasts = slashes[np.concatenate((breaks, [slashes.size - 1]))]
    behind = lasts[(lasts - firsts) % 2 == 0] + 1
    inside: NDArray[Any] = behind[behind < codes.size]
    return inside


def decode_element(piece: bytes, number: int) -> Any:
    """The value of an element. NaN and lone surrogates are read as Python reads and writes them.

    Raises DamagedJSONError, with the element's number, where it is damaged.
    """
    piece = piece.lstrip(_SPACE + b",")
    try:
        return msgspec.json.decode(piece)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # stricter than Python, which reads NaN and lone surrogates
    try:
        return json.loads(piece)
    except (ValueError, RecursionError) as error:
        raise DamagedJSONError(f"is not JSON in element {number} ({error})") from error
