"""Majority and agreement."""

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
    assert compare([A, C], [A]) == {"PER": (2, 1, 1, 0)}


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


def test_agreement_table() -> None:
    agreement = Agreement()
    agreement.add([("eva", [A, B]), ("bob", [A, CharSpan(6, 9, "ORG")])])
    agreement.add([("bob", []), ("bob", [A]), ("eva", [])])
    rows = {(tuple(row["annotators"]), row["label"]): row for row in agreement.rows()}
    assert set(rows) == {(("bob", "eva"), label) for label in (None, "PER", "ORG")}
    assert rows[("bob", "eva"), "ORG"] == {
        "annotators": ["bob", "eva"],
        "texts": 3,
        "label": "ORG",
        "support": 2,
        "exact": 0.0,
        "partial": 0.5,
    }
    assert rows[("bob", "eva"), "PER"]["exact"] == pytest.approx(2 / 3, abs=1e-4)
    assert rows[("bob", "eva"), None]["support"] == 5


def test_agreement_on_nothing() -> None:
    agreement = Agreement()
    agreement.add([("a", []), ("b", [])])
    (row,) = agreement.rows()
    assert (row["texts"], row["support"], row["exact"]) == (1, 0, None)
