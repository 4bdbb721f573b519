"""Which of several updates is kept."""

import pytest

from scripts.evaluation.bootstrap import Interval
from scripts.training.choosing import Condition, choose, judge_keeping
from scripts.training.records import Candidate, DevScores, Keeps

CONDITION = Condition(max_loss=1.0, min_agreement=98.5, gold=None)


def interval(value: float, lower: float, upper: float) -> Interval:
    return Interval(value=value, lower=lower, upper=upper)


def scores(
    update: float = 70.0, agreement: float | None = 90.0, change: Interval | None = None
) -> DevScores:
    """agreement: its lower bound."""
    return DevScores(
        update_score=update,
        annotated_f=update,
        retained_f=update,
        false_alarms=1.0,
        agreement=None if agreement is None else interval(99.9, agreement, 100.0),
        retained_gold_f=None,
        retained_gold=change,
    )


def candidate(strategy: str, keeps: Keeps, update: float, agreement: float = 90.0) -> Candidate:
    return Candidate(strategy, scores(update, agreement), keeps, "", 1.0)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (scores(agreement=98.6), "pass"),
        (scores(agreement=98.4), "inconclusive"),
        (scores(agreement=None), "pass"),  # nothing to forget
        (scores(change=interval(0.0, -0.9, 1.0)), "pass"),
        (scores(change=interval(0.0, -1.1, 1.0)), "inconclusive"),
        (scores(change=interval(0.0, -1.1, 1.0), agreement=98.6), "pass"),
        (scores(change=interval(-3.0, -5.0, -1.1), agreement=98.6), "fail"),
    ],
)
def test_keeping_is_asked_as_the_gate_asks_it(given: DevScores, verdict: str) -> None:
    assert judge_keeping(given, CONDITION)[0] == verdict


def test_the_best_of_those_that_keep_is_chosen() -> None:
    found = [candidate("a", "pass", 70), candidate("b", "fail", 90), candidate("c", "pass", 80)]
    chosen, why = choose(found)
    assert chosen == "c"
    assert "80.0" in why
    assert "2 candidates, of 3" in why


def test_the_only_one_that_keeps_is_named_as_that() -> None:
    found = [candidate("a", "pass", 70), candidate("b", "fail", 90)]
    chosen, why = choose(found)
    assert chosen == "a"
    assert "a (70.0 on dev) alone of 2 candidates keeps" in why


def test_where_none_surely_keeps_the_one_that_agrees_most_is_chosen() -> None:
    found = [candidate("a", "inconclusive", 90, 80), candidate("b", "inconclusive", 70, 97)]
    chosen, why = choose(found)
    assert chosen == "b"
    assert "No candidate surely keeps" in why


def test_one_that_learnt_nothing_is_not_chosen_for_keeping_all() -> None:
    untouched = candidate("a", "pass", 0, 100)
    chosen, _ = choose([untouched, candidate("b", "inconclusive", 60, 80)])
    assert chosen == "b"
    assert choose([untouched])[0] == "a"
