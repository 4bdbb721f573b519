"""Entities from spans that conflict, overlap or cut tokens."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from scripts.conversion.annotators import CharSpan
from scripts.conversion.spans import resolve, touched

NLP = spacy.blank("en")
TEXT = "Anna met anti-Trumpism voters in New York City today"


def span(part: str, label: str = "X") -> CharSpan:
    start = TEXT.index(part)
    return CharSpan(start, start + len(part), label)


def no_rank(label: str) -> int | None:
    return None


def result(*spans: CharSpan, rank=no_rank):  # type: ignore[no-untyped-def]
    doc = NLP.make_doc(TEXT)
    resolved = resolve(doc, spans, rank)
    return (
        [(e.text, e.label_) for e in resolved.entities],
        [doc[i].text for i in sorted(resolved.missing)],
        dict(resolved.losses),
        len(resolved.spans),
    )


def test_plain() -> None:
    assert result(span("Anna"), span("New York City", "GPE")) == (
        [("New York City", "GPE"), ("Anna", "X")],
        [],
        {},
        2,
    )


def test_part_of_a_token_is_missing_not_outside() -> None:
    cut = span("oters in Ne")
    assert result(span("Anna"), cut) == (
        [("Anna", "X")],
        ["voters", "in", "New"],
        {cut: "token_boundaries"},
        1,
    )


def test_longest_wins_then_the_earliest() -> None:
    outer, inner = span("New York City"), span("York City today")
    assert result(span("New York"), outer, span("City")) == (
        [("New York City", "X")],
        [],
        {span("New York"): "overlap", span("City"): "overlap"},
        3,
    )
    assert result(inner, outer) == ([("New York City", "X")], ["today"], {inner: "overlap"}, 2)


def test_two_labels_make_missing_and_keep_others_out() -> None:
    one, two, inner = span("New York", "A"), span("New York", "B"), span("New York City", "C")
    assert result(one, two, inner, span("Anna")) == (
        [("Anna", "X")],
        ["New", "York", "City"],
        {one: "two_labels", two: "two_labels", inner: "overlap"},
        4,
    )


@pytest.mark.parametrize(
    ("ranks", "winner"),
    [({"A": 2, "B": 1}, "B"), ({"A": 1}, "A"), ({"A": 1, "B": 1}, None), ({}, None)],
)
def test_ranks_decide_between_two_labels(ranks: dict[str, int], winner: str | None) -> None:
    entities, missing, _, _ = result(span("Anna", "A"), span("Anna", "B"), rank=ranks.get)
    assert entities == ([("Anna", winner)] if winner else [])
    assert missing == ([] if winner else ["Anna"])


def test_touched() -> None:
    doc = NLP.make_doc(TEXT)
    assert [doc[i].text for i in touched(doc, span("nna me"))] == ["Anna", "met"]


@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(1, 20), st.sampled_from("AB")),
        max_size=8,
    )
)
def test_no_span_is_silently_outside(given_spans: list[tuple[int, int, str]]) -> None:
    """Each token under a span is in an entity or missing; entities are given spans."""
    spans = {
        CharSpan(start, start + size, label)
        for start, size, label in given_spans
        if TEXT[start : start + size].strip() == TEXT[start : start + size] != ""
        and start + size <= len(TEXT)
    }
    doc = NLP.make_doc(TEXT)
    resolved = resolve(doc, sorted(spans), no_rank)
    inside = {i for e in resolved.entities for i in range(e.start, e.end)}
    assert len(inside) == sum(map(len, resolved.entities))
    assert inside.isdisjoint(resolved.missing)
    for each in spans:
        assert set(touched(doc, each)) <= inside | resolved.missing
    for entity in resolved.entities:
        assert (entity.start_char, entity.end_char, entity.label_) in spans
    assert {(e.start_char, e.end_char, e.label_) for e in resolved.entities} == spans - set(
        resolved.losses
    )
