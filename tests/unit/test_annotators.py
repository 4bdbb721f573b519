"""Majority and agreement."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.conversion.annotators import Agreement, CharSpan, compare, majority

A, B, C = CharSpan(0, 4, "PER"), CharSpan(5, 9, "ORG"), CharSpan(0, 9, "PER")


@pytest.mark.parametrize(
    ("annotations", "agreed", "disputed"),
    [
        ([[A, B]], [A, B], []),
        ([[A, A]], [A], []),
        ([[A], [A]], [A], []),
        ([[A], [B]], [], [A, B]),
        ([[A], []], [], [A]),
        ([[A, B], [A], [A, C]], [A], [B, C]),
        ([[A], [A], [], []], [], [A]),
        ([], [], []),
    ],
)
def test_majority(
    annotations: list[list[CharSpan]], agreed: list[CharSpan], disputed: list[CharSpan]
) -> None:
    assert majority(annotations) == (agreed, disputed)


def test_compare() -> None:
    moved = CharSpan(1, 4, "PER")
    result = compare([A, B], [moved, CharSpan(5, 9, "GPE")])
    assert result == {"PER": (1, 1, 0, 1), "ORG": (1, 0, 0, 0), "GPE": (0, 1, 0, 0)}
    assert list(result) == ["GPE", "ORG", "PER"]
    assert compare([A, C], [A]) == {"PER": (2, 1, 1, 0)}


@pytest.mark.parametrize(
    ("first", "second", "exact", "overlapping"),
    [
        ([(0, 4)], [(0, 4)], 1, 0),
        ([(0, 4)], [(3, 8)], 0, 1),
        ([(0, 4)], [(4, 8)], 0, 0),  # they touch
        ([(2, 3)], [(0, 9)], 0, 1),
        ([(0, 9)], [(0, 2), (2, 4)], 0, 1),  # one pair for each span
        ([(0, 3), (3, 6)], [(0, 2), (2, 6)], 0, 2),
        ([(0, 3), (0, 9)], [(1, 2), (5, 8)], 0, 2),  # from the left, the shorter first
        ([(0, 2), (4, 6)], [(5, 9)], 0, 1),  # one without a partner ends nothing
        ([(0, 4), (0, 9)], [(0, 4), (3, 9)], 1, 1),  # what is exact is no more to be had
        ([(0, 4), (0, 4)], [(0, 4)], 1, 0),  # the same twice is one
    ],
)
def test_overlaps(
    first: list[tuple[int, int]], second: list[tuple[int, int]], exact: int, overlapping: int
) -> None:
    ours, theirs = ([CharSpan(*places, "PER") for places in part] for part in (first, second))
    expected = (len({*first}), len({*second}), exact, overlapping)
    assert compare(ours, theirs) == {"PER": expected}
    turned = (expected[1], expected[0], *expected[2:])
    assert compare(theirs, ours) == {"PER": turned}


SPANS = st.lists(
    st.builds(CharSpan, st.integers(0, 5), st.integers(6, 9), st.sampled_from("AB")), max_size=5
)


@given(SPANS, SPANS)
def test_compare_is_symmetric(first: list[CharSpan], second: list[CharSpan]) -> None:
    one, other = compare(first, second), compare(second, first)
    assert {k: (m.first, m.second, m.exact) for k, m in one.items()} == {
        k: (m.second, m.first, m.exact) for k, m in other.items()
    }
    for matches in one.values():
        assert matches.exact + matches.overlapping <= min(matches.first, matches.second)


def row(
    pair: str,
    texts: int,
    label: str | None,
    support: int,
    exact: float | None,
    partial: float | None,
) -> dict[str, Any]:
    return {
        "annotators": pair.split(),
        "texts": texts,
        "label": label,
        "support": support,
        "exact": exact,
        "partial": partial,
    }


# Texts, each with what every annotator found.
TEXTS = [
    [("eva", [A, B]), ("bob", [A, CharSpan(6, 9, "ORG")])],
    [("bob", []), ("bob", [A]), ("eva", [])],  # what bob says of himself is no agreement
    [("gil", [B]), ("eva", [B])],
]
ROWS = [
    row("bob eva", 3, None, 5, 0.4, 0.6),
    row("bob eva", 3, "ORG", 2, 0.0, 0.5),
    row("bob eva", 3, "PER", 3, 0.6667, 0.6667),
    row("eva gil", 1, None, 2, 1.0, 1.0),
    row("eva gil", 1, "ORG", 2, 1.0, 1.0),
]


def gather(texts: list[list[tuple[str, list[CharSpan]]]]) -> Agreement:
    agreement = Agreement()
    for text in texts:
        agreement.add(text)
    return agreement


def test_agreement_table() -> None:
    assert gather(TEXTS).rows() == ROWS


@pytest.mark.parametrize("cut", range(4))
def test_agreement_of_two_parts_is_that_of_the_whole(cut: int) -> None:
    first, second = gather(TEXTS[:cut]), gather(TEXTS[cut:])
    first.update(second)
    assert first.rows() == ROWS
    assert second.rows() == gather(TEXTS[cut:]).rows()


def test_agreement_on_nothing() -> None:
    agreement = gather([[("a", []), ("b", [])]])
    assert agreement.rows() == [row("a b", 1, None, 0, None, None)]
    assert Agreement().rows() == []
