import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.evaluation.alignment import Pair, align, overlap
from scripts.evaluation.scores import CharSpan


def span(start: int, end: int, label: str = "A") -> CharSpan:
    return CharSpan(start, end, label)


@pytest.mark.parametrize(
    ("gold", "found", "pairs"),
    [
        ([span(0, 4)], [span(0, 4)], [(span(0, 4), span(0, 4))]),
        ([span(0, 4)], [span(4, 8)], [(span(0, 4), None), (None, span(4, 8))]),
        # An exact one before one that overlaps, the same borders before the same label.
        ([span(0, 4)], [span(0, 2), span(0, 4)], [(None, span(0, 2)), (span(0, 4), span(0, 4))]),
        (
            [span(0, 4)],
            [span(0, 4, "B"), span(0, 3)],
            [(None, span(0, 3)), (span(0, 4), span(0, 4, "B"))],
        ),
        # The same label before a larger overlap, a larger overlap before a smaller one.
        (
            [span(0, 9)],
            [span(0, 6, "B"), span(6, 9)],
            [(None, span(0, 6, "B")), (span(0, 9), span(6, 9))],
        ),
        (
            [span(0, 9)],
            [span(0, 3), span(3, 9)],
            [(None, span(0, 3)), (span(0, 9), span(3, 9))],
        ),
        ([span(2, 4)], [], [(span(2, 4), None)]),
        ([], [], []),
    ],
)
def test_spans_go_together_that_fit_best(
    gold: list[CharSpan], found: list[CharSpan], pairs: list[tuple[CharSpan, CharSpan]]
) -> None:
    assert sorted(align(gold, found), key=str) == sorted((Pair(*pair) for pair in pairs), key=str)


SPANS = st.lists(
    st.builds(CharSpan, st.integers(0, 9), st.integers(10, 19), st.sampled_from("AB")), max_size=6
)


@given(SPANS, SPANS)
def test_every_span_is_in_one_pair_and_pairs_overlap(
    gold: list[CharSpan], found: list[CharSpan]
) -> None:
    pairs = align(gold, found)
    assert sorted(pair.gold for pair in pairs if pair.gold) == sorted(set(gold))
    assert sorted(pair.found for pair in pairs if pair.found) == sorted(set(found))
    assert all(overlap(*pair) for pair in pairs if pair.gold and pair.found)
    assert pairs == align(gold[::-1], found[::-1])
