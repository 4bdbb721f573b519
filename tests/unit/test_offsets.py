"""The repair ladder for offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.conversion.offsets import Found, locate, same_text

ROCKET = "👩‍🚀 met Anna in Paris, Anna said."


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "start", "end", "quote", "expected"),
    [
        ("Anna left", 0, 4, "Anna", Found(0, 4, "code_points", False)),
        (ROCKET, 8, 12, "Anna", Found(8, 12, "code_points", False)),
        ("a\r\nb c", 1, 4, "\\nb", Found(3, 4, "code_points", True)),
        ("a  b", 0, 4, "a b", Found(0, 4, "code_points", False)),
        ("x Anna ", 1, 7, " Anna ", Found(2, 6, "code_points", True)),
        ("x\u00a0Anna", 1, 6, "\u00a0Anna", Found(2, 6, "code_points", True)),
        ("Anna left", 5, 9, None, Found(5, 9, "no_text", False)),
        ("Anna left", 5, 9, "", Found(5, 9, "no_text", False)),
        (ROCKET, 10, 14, "Anna", Found(8, 12, "utf16", False)),
        ("Anna left", 3, 7, "left", Found(5, 9, "occurrence", False)),
        ("Anna left", None, None, "left", Found(5, 9, "occurrence", False)),
        ("Anna left", 500, 10**30, "left", Found(5, 9, "occurrence", False)),
        ("Anna left", -4, 9, "left", Found(5, 9, "occurrence", False)),
        ("one two\nthree", 90, 99, "two three", Found(4, 13, "occurrence", False)),
        ("Bo and Bo and Bo", 8, 10, "Bo", Found(7, 9, "occurrence", False)),
        ("Anna left", None, 4, None, "offsets_missing"),
        ("Anna left", 0, 40, None, "out_of_bounds"),
        ("Anna left", 4, 4, None, "out_of_bounds"),
        ("Anna left", 4, 0, None, "out_of_bounds"),
        ("Anna left", -4, -1, None, "out_of_bounds"),
        ("Anna left", 0, 4, "Bob", "text_not_found"),
        ("Bo and Bo", None, None, "Bo", "ambiguous"),
        ("Bo xx Bo", 3, 5, "Bo", "ambiguous"),
        ("x Bo xx Bo", 5, 7, "Bo", "ambiguous"),
        ("Anna  left", 4, 6, "  ", "blank"),
        ("", 0, 1, "x", "text_not_found"),
    ],
)
def test_ladder(
    text: str, start: int | None, end: int | None, quote: str | None, expected: Found | str
) -> None:
    assert locate(text, start, end, quote) == expected


@given(st.text(min_size=1, max_size=40), st.data())
def test_code_points_and_utf16_find_the_same(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    part = text[start:end]
    exact = locate(text, start, end, part)
    if not part.strip():
        assert exact == "blank"
        return
    assert isinstance(exact, Found)
    assert exact.how in ("code_points", "no_text")
    assert text[exact.start : exact.end] == part.strip()
    before, whole = utf16(text[:start]), utf16(text[:end])
    shifted = locate(text, before, whole, part)
    if isinstance(shifted, Found) and shifted.how == "utf16":
        assert (shifted.start, shifted.end) == (exact.start, exact.end)


@given(
    st.text(max_size=30),
    st.none() | st.integers(-5, 60),
    st.none() | st.integers(-5, 60),
    st.none() | st.text(max_size=6),
)
def test_what_is_found_is_what_was_quoted(
    text: str, start: int | None, end: int | None, quote: str | None
) -> None:
    found = locate(text, start, end, quote)
    if isinstance(found, Found):
        part = text[found.start : found.end]
        assert part
        assert part == part.strip()
        if quote and quote.replace("\\n", "").strip():
            bare = "".join(quote.replace("\\n", "").split())
            assert "".join(part.replace("\\n", "").split()) == bare


@pytest.mark.parametrize(
    ("part", "quote", "same"),
    [
        ("Anna left", "Anna left", True),
        ("Anna  left\n", "Anna left", True),
        ("Anna\nleft", "Anna\\nleft", True),  # as the editor writes a newline
        (r"C:\new", r"C:\new", True),
        ("Anna left", "Bob left", False),
    ],
)
def test_texts_are_compared_without_whitespace(part: str, quote: str, same: bool) -> None:
    assert same_text(part, quote) is same
    assert same_text(quote, part) is same
