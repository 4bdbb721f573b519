"""Where a region of Label Studio lies in its text: the repair ladder for offsets."""

import re
from typing import Literal, NamedTuple

How = Literal["code_points", "no_text", "utf16", "occurrence"]
Fault = Literal["offsets_missing", "out_of_bounds", "text_not_found", "ambiguous", "blank"]

# The editor writes a newline into `value.text` as a backslash and an n, and collapses spaces.
_INVISIBLE = re.compile(r"\s|\\n")


class Found(NamedTuple):
    """A part of the text, in code points, without whitespace at its edges.

    how: by which rung of the ladder it was found.
    trimmed: whether whitespace at the edges was cut off.
    """

    start: int
    end: int
    how: How
    trimmed: bool


def locate(text: str, start: int | None, end: int | None, quote: str | None) -> Found | Fault:
    """Find a region by its offsets and the text that Label Studio quotes from it.

    Tried in this order: code points; UTF-16 code units, which exports from before Label Studio's
    repair hold; the only occurrence of the quoted text, or the nearest to `start`. A region
    without a quoted text is taken by its code points. Texts are compared without whitespace.

    Returns a Fault where none applies.
    """
    given = start is not None and end is not None
    inside = given and 0 <= start < end <= len(text)  # type: ignore[operator]
    if not quote or not (bare := _INVISIBLE.sub("", quote)):
        if not given:
            return "offsets_missing"
        return _trim(text, start, end, "no_text") if inside else "out_of_bounds"  # type: ignore[arg-type]
    if inside and (text[start:end] == quote or _INVISIBLE.sub("", text[start:end]) == bare):
        return _trim(text, start, end, "code_points")  # type: ignore[arg-type]
    if given:
        units = _from_utf16(text, start, end)  # type: ignore[arg-type]
        if units and _INVISIBLE.sub("", text[slice(*units)]) == bare:
            return _trim(text, *units, "utf16")
    return _nearest(text, bare, start)


def same_text(part: str, quote: str) -> bool:
    """Whether a part of a text is what Label Studio quotes, whitespace apart."""
    return part == quote or _INVISIBLE.sub("", part) == _INVISIBLE.sub("", quote)


def _trim(text: str, start: int, end: int, how: How) -> Found | Fault:
    part = text[start:end]
    core = part.strip()
    if not core:
        return "blank"
    left = start + len(part) - len(part.lstrip())
    return Found(left, left + len(core), how, len(core) != len(part))


def _from_utf16(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Code points for offsets that count UTF-16 code units, None where they are no borders."""
    if text.isascii() or not 0 <= start < end <= 2 * len(text):
        return None
    borders, unit = {0: 0}, 0
    for index, character in enumerate(text, 1):
        unit += 1 + (character > "\uffff")
        borders[unit] = index
    if start not in borders or end not in borders:
        return None
    return borders[start], borders[end]


def _nearest(text: str, bare: str, start: int | None) -> Found | Fault:
    """The only occurrence of the quoted text, or that which begins nearest to `start`."""
    positions = [i for i, c in enumerate(text) if not c.isspace()]
    # A newline quoted as backslash and n, where the text has both characters, is found above.
    visible = "".join(text[i] for i in positions)
    starts = [match.start() for match in re.finditer(f"(?={re.escape(bare)})", visible)]
    if not starts:
        return "text_not_found"
    if len(starts) > 1:
        if start is None:
            return "ambiguous"
        starts.sort(key=lambda s: abs(positions[s] - start))
        if abs(positions[starts[0]] - start) == abs(positions[starts[1]] - start):
            return "ambiguous"
    first, last = starts[0], starts[0] + len(bare) - 1
    return Found(positions[first], positions[last] + 1, "occurrence", False)
