"""Parts of long texts: so much around a place that a reader understands it."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from .scores import CharSpan

MARGIN = 120  # characters on both sides of a place
ELLIPSIS = "… "


class Window(NamedTuple):
    """A part of a text, by offsets."""

    start: int
    end: int

    def holds(self, span: CharSpan) -> bool:
        """Whether the span lies in it as a whole."""
        return self.start <= span.start and span.end <= self.end


def window_around(text: str, spans: Collection[CharSpan]) -> Window:
    """The spans and what stands around them, from word to word."""
    start = max(0, min(span.start for span in spans) - MARGIN)
    end = min(len(text), max(span.end for span in spans) + MARGIN)
    # A word that the window cuts in two is left out, unless it is longer than the margin.
    space = text.find(" ", start, start + MARGIN) if start else -1
    start = space + 1 if space >= 0 else start
    space = text.rfind(" ", end - MARGIN, end) if end < len(text) else -1
    return Window(start, space if space >= 0 else end)


def find_windows(text: str, places: Iterable[CharSpan], limit: int) -> list[Window]:
    """Windows in which the places lie, joined as far as each has at most `limit` characters.

    One alone may be longer when its place is.
    """
    windows: list[Window] = []
    for place in sorted(places):
        window = window_around(text, [place])
        joined = Window(windows[-1].start, max(windows[-1].end, window.end)) if windows else window
        if windows and window.start <= windows[-1].end and joined.end - joined.start <= limit:
            windows[-1] = joined
        else:
            windows.append(window)
    return windows


def cut_text(text: str, window: Window) -> tuple[str, int]:
    """The window's text, with an ellipsis where it was cut, and what its offsets change by."""
    before = ELLIPSIS if window.start else ""
    after = " …" if window.end < len(text) else ""
    return before + text[window.start : window.end] + after, len(before) - window.start


def shift(spans: Iterable[CharSpan], by: int) -> list[CharSpan]:
    """The spans, sorted, at other offsets."""
    return sorted(CharSpan(span.start + by, span.end + by, span.label) for span in spans)
