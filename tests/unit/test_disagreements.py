"""Disagreements: what they are about, and which ones come first."""

from typing import Any

import pytest

from scripts.evaluation.scores import CharSpan
from scripts.insights.disagreements import (
    by_text,
    disagreements,
    find_disagreements,
    overlapping,
)
from tests.small_insights import gold_doc, said

TEXT = "Anna grows sweet basil in New Delft"
BASIL, SWEET_BASIL, DELFT = (17, 22), (11, 22), (26, 35)


@pytest.mark.parametrize(
    ("person", "model", "kind"),
    [
        ([], [(*BASIL, "PLANT", 0.9)], "overlooked"),
        ([(*BASIL, "PLANT")], [], "needless"),
        ([(*BASIL, "PLANT")], [(*SWEET_BASIL, "PLANT", 0.9)], "borders"),
        ([(*BASIL, "PLANT")], [(*BASIL, "PEST", 0.9)], "label"),
        ([(*BASIL, "PLANT")], [(*SWEET_BASIL, "PEST", 0.9)], "borders and label"),
    ],
)
def test_what_it_is_about(person: Any, model: Any, kind: str) -> None:
    doc = gold_doc(TEXT, person)
    (one,) = disagreements(doc, said(doc, *model))
    assert one.kind == kind
    assert [span.label for span in one.person] == [span[2] for span in person]
    assert [(s.start, s.end, s.label, s.score) for s in one.model] == model
    assert (one.tasks, one.text) == ([1], TEXT)


def test_where_both_agree_there_is_none() -> None:
    doc = gold_doc(TEXT, [(*BASIL, "PLANT")])
    assert not list(disagreements(doc, said(doc, (*BASIL, "PLANT", 0.51))))


def test_tokens_that_nobody_vouches_for_are_not_judged() -> None:
    doc = gold_doc(TEXT, [])
    doc.set_ents([], missing=[doc.char_span(*DELFT)], default="outside")
    found = said(doc, (*BASIL, "PLANT", 0.9), (*DELFT, "GPE", 0.9))
    assert [one.model[0].label for one in disagreements(doc, found)] == ["PLANT"]


@pytest.mark.parametrize(
    ("person", "believed", "score"),
    [
        ([], [(*BASIL, "PLANT", 0.9)], 0.9),
        ([(*BASIL, "PLANT")], [(*BASIL, "PLANT", 0.1)], 0.9),
        ([(*BASIL, "PLANT")], [(*BASIL, "PLANT", 0.1), (*BASIL, "PEST", 0.8)], 0.85),
        # Something is there, but of what kind or how long it is not sure either.
        ([(*BASIL, "PLANT")], [(*BASIL, "PEST", 0.3), (*SWEET_BASIL, "PLANT", 0.3)], 0.7),
    ],
)
def test_the_surer_the_model_the_higher_the_score(person: Any, believed: Any, score: float) -> None:
    doc = gold_doc(TEXT, person)
    (one,) = disagreements(doc, said(doc, *believed))
    assert one.score == pytest.approx(score)


def test_the_most_probable_error_comes_first_and_a_text_is_judged_by_its_worst() -> None:
    first = gold_doc(TEXT, [])
    second = gold_doc(f"{TEXT}!", [(0, 4, "PERSON")])
    pairs = [
        (first, said(first, (*BASIL, "PLANT", 0.6), (*DELFT, "GPE", 0.99))),
        (second, said(second, (*BASIL, "PLANT", 0.8), (0, 4, "PERSON", 0.3))),
    ]
    ranked = find_disagreements(pairs)
    assert [one.score for one in ranked] == [0.99, 0.8, 0.7, 0.6]
    groups = by_text(ranked)
    assert [[one.score for one in group] for group in groups] == [[0.99, 0.6], [0.8, 0.7]]


def test_spans_hang_together_when_they_overlap() -> None:
    spans = [CharSpan(*one, "A") for one in ((0, 9), (2, 4), (5, 12), (12, 15), (20, 22))]
    assert [len(group) for group in overlapping(reversed(spans))] == [3, 1, 1]
    assert not list(overlapping([]))
