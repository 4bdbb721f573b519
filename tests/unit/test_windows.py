from scripts.evaluation.scores import CharSpan
from scripts.evaluation.windows import MARGIN, cut_text, find_windows, shift, window_around

WORDS = "one two three " * 100
PLACE = CharSpan(700, 705, "A")


def test_a_window_begins_and_ends_with_a_word() -> None:
    window = window_around(WORDS, [PLACE])
    text, offset = cut_text(WORDS, window)
    assert text.split()[0] == text.split()[-1] == "…"
    assert set(text.split()) == {"…", "one", "two", "three"}
    (moved,) = shift([PLACE], offset)
    assert text[moved.start : moved.end] == WORDS[700:705]
    assert window.end - window.start <= 2 * MARGIN + 5


def test_a_short_text_is_its_own_window() -> None:
    assert cut_text("rust on basil", window_around("rust on basil", [CharSpan(0, 4, "A")])) == (
        "rust on basil",
        0,
    )


def test_a_text_without_blanks_is_cut_at_the_margin() -> None:
    window = window_around("x" * 1400, [PLACE])
    assert window == (700 - MARGIN, 705 + MARGIN)


def test_near_places_share_a_window_up_to_the_limit() -> None:
    near, far = CharSpan(750, 752, "A"), CharSpan(1300, 1301, "A")
    assert len(find_windows(WORDS, [far, near, PLACE], 600)) == 2
    assert len(find_windows(WORDS, [far, near, PLACE], 100)) == 3
    assert find_windows(WORDS, [], 600) == []
