from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scripts.evaluation.bootstrap import Interval, Sampling, bound_f
from scripts.evaluation.records import Row
from scripts.release.gate_rules import Rule, decide
from scripts.release.thresholds import Thresholds
from tests.evaluations import evaluation, row

DEFAULT = Thresholds()


def judge(name: str, thresholds: Thresholds = DEFAULT, **changes: Any) -> Rule:
    rules = decide(evaluation(**changes), thresholds).rules
    (rule,) = [rule for rule in rules if rule.name == name]
    return rule


def test_an_update_that_keeps_and_learns_passes() -> None:
    decision = decide(evaluation(), DEFAULT)
    assert (decision.verdict, decision.passed, decision.warnings) == ("pass", True, [])
    assert decision.sentence == "This update learns PLANT and keeps ORG and PERSON. Release: pass."


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ((-1.0, 0.5), "pass"),
        ((-1.01, 0.5), "inconclusive"),
        ((-3.0, -1.0), "inconclusive"),
        ((-3.0, -1.01), "fail"),
    ],
)
def test_retained_labels_by_the_bounds_of_their_change(
    change: tuple[float, float], verdict: str
) -> None:
    assert judge("retained labels", retained=row(change=change)).verdict == verdict
    assert judge("shared labels", shared=row(change=change)).verdict == verdict


def test_the_margin_is_an_option() -> None:
    lost = row(change=(-2.0, 0.0))
    assert judge("retained labels", Thresholds(max_loss=2), retained=lost).verdict == "pass"


@pytest.mark.parametrize(
    ("support", "change", "name", "verdict"),
    [
        (50, (-9, -3.1), "retained label ORG", "fail"),
        (49, (-9, -3.1), "retained label ORG", "warn"),
        (50, (-9, -3.0), "each retained label", "pass"),
    ],
)
def test_a_label_with_few_spans_only_warns(
    support: int, change: tuple[float, float], name: str, verdict: str
) -> None:
    lost = row(support, change=change)
    assert judge(name, retained_labels={"ORG": lost}).verdict == verdict


@pytest.mark.parametrize(("lower", "verdict"), [(98.5, "pass"), (98.4, "inconclusive")])
def test_without_gold_agreement_passes_or_nobody_knows(lower: float, verdict: str) -> None:
    agreement = row(f=(100, 1, 99), bounds=(lower, 99.5))
    rule = judge("retained labels", retained=None, agreement=agreement)
    assert rule.verdict == verdict
    assert ("nobody knows" in rule.reason) == (verdict == "inconclusive")


def test_agreement_helps_where_there_is_hardly_any_gold_but_mends_no_loss() -> None:
    agreement = row(f=(100, 1, 99.5), bounds=(99, 99.9))

    def verdict(gold: Row) -> str:
        return judge("retained labels", retained=gold, agreement=agreement).verdict

    assert verdict(row(49, change=(-4, 3))) == "pass"
    assert verdict(row(50, change=(-4, 3))) == "inconclusive"
    assert verdict(row(49, change=(-9, -2))) == "fail"


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (row(300, f=(0, 70, 3), bounds=(0.5, 5)), "pass"),
        (row(5, f=(0, 70, 40), bounds=(0, 80)), "inconclusive"),
        (row(300, f=(0, 70, 3), bounds=(0, 6)), "inconclusive"),
        (row(30, f=(0, 70, 60), bounds=(45, 75)), "pass"),
        (row(30, f=(0, 70, 60), bounds=(44, 75)), "inconclusive"),
        (row(25, f=(0, 70, 60), bounds=(45, 75)), "inconclusive"),
        (row(4, f=(0, 70, 100), bounds=(75, 100)), "inconclusive"),
        (row(25, f=(0, 70, 0), bounds=(0, 30)), "fail"),
        (row(9, f=(0, 70, 0), bounds=(0, 31)), "inconclusive"),
        (row(0, f=(0, 0, 0), bounds=(0, 100)), "inconclusive"),
    ],
)
def test_new_labels_must_be_learnt(new: Row, verdict: str) -> None:
    assert judge("new labels", new=new).verdict == verdict


def test_a_new_label_of_which_nothing_is_found_warns() -> None:
    nothing = row(8, f=(0, 70, 0), bounds=(0, 18))
    assert judge("new label PLANT", new=nothing).verdict == "warn"


def test_the_sentence_names_new_labels_of_which_nothing_is_found() -> None:
    found = evaluation()
    missed = replace(found.labels, new=["PLANT", "PEST"])
    rows = {**found.gold.labels, "PEST": row(8, f=(0, 70, 0), bounds=(0, 18))}
    told = decide(replace(found, labels=missed, gold=replace(found.gold, labels=rows)), DEFAULT)
    assert told.sentence.startswith("This update learns PLANT (not PEST) and keeps ")


@pytest.mark.parametrize(
    ("spans", "verdict"),
    [((100, 50), "pass"), ((100, 51), "warn"), ((29, 29), "pass"), ((30, 30), "warn")],
)
def test_false_alarms_warn_at_most_without_negative_text(
    spans: tuple[int, int], verdict: str
) -> None:
    assert judge("false alarms", false_alarms=spans).verdict == verdict


@pytest.mark.parametrize(
    ("spans", "verdict"),
    [((100, 51), "fail"), ((30, 15), "pass"), ((29, 29), "pass"), (None, "pass")],
)
def test_false_alarms_in_negative_text_fail(spans: tuple[int, int] | None, verdict: str) -> None:
    assert judge("negative text", negative_text=spans).verdict == verdict


def test_without_a_base_only_new_labels_are_judged() -> None:
    learnt = evaluation(shared=None, retained=None, false_alarms=(90, 90), negative_text=(90, 90))
    labels = replace(learnt.labels, retained=[])
    nothing = replace(learnt, labels=labels, agreement=replace(learnt.agreement, micro={}))
    decision = decide(nothing, DEFAULT)
    assert (decision.verdict, decision.warnings) == ("pass", [])
    assert decision.sentence == "This update learns PLANT. Release: pass."
    reasons = {rule.name: rule.reason for rule in decision.rules}
    assert reasons["retained labels"] == "The base knows no labels, so there is nothing to keep."
    assert reasons["negative text"].endswith("; without a base there is no limit.")


def test_inconclusive_passes_with_a_warning_or_fails_as_asked() -> None:
    unsure = evaluation(retained=row(change=(-2, 1)))
    passing = decide(unsure, Thresholds(on_inconclusive="pass"))
    assert (passing.verdict, passing.passed, len(passing.warnings)) == ("inconclusive", True, 1)
    refusing = decide(unsure, Thresholds(on_inconclusive="fail"))
    assert (refusing.verdict, refusing.passed) == ("inconclusive", False)


def test_a_failure_is_not_outweighed() -> None:
    decision = decide(
        evaluation(retained=row(change=(-9, -5)), shared=row(change=(-2, 1))), DEFAULT
    )
    assert (decision.verdict, decision.passed) == ("fail", False)
    assert "does not keep ORG and PERSON. Release: refused." in decision.sentence


@pytest.mark.parametrize("spans", [1, 3, 10])
def test_a_few_spans_are_no_verdict_on_new_labels(spans: int) -> None:
    """Whether all of them are found or none: with the bounds that evaluate takes."""
    for right in (0, spans):
        one_text = np.array([[right, 0, spans - right]])
        bounds = bound_f(one_text, Sampling(1000)).times(100)
        new = replace(row(spans, f=(0, 70, bounds.value)), bounds=bounds)
        rule = judge("new labels", new=new)
        assert rule.verdict == "inconclusive"
        assert rule.needs[0].more is not None
        assert rule.needs[0].more > 50
        assert f"About {rule.needs[0].more:,} more annotated tasks" in rule.reason


def test_enough_spans_are_a_verdict_on_new_labels() -> None:
    for right, verdict in ((0, "fail"), (1, "pass")):
        texts = np.tile([[right, 0, 1 - right]], (40, 1))
        bounds = bound_f(texts, Sampling(1000)).times(100)
        new = replace(row(40, f=(0, 70, bounds.value)), bounds=bounds)
        assert judge("new labels", new=new).verdict == verdict


def test_the_sentence_claims_no_more_than_the_rules() -> None:
    few = row(5, f=(0, 70, 40), bounds=(0, 80))
    decision = decide(evaluation(new=few), DEFAULT)
    assert decision.sentence == (
        "This update may learn PLANT and keeps ORG and PERSON. "
        "Release: pass, with a warning: the tests are too small to tell."
    )
    assert decision.warnings[0].startswith("5 test spans of new labels in 100 texts cannot tell")


def test_an_empty_test_set_is_named_with_what_to_do() -> None:
    empty = row(0, f=(0, 0, 0), bounds=(0, 100))
    judged = evaluation(new=empty)
    size = replace(judged.gold.size, documents=0, words=0, spans=0)
    judged = replace(judged, gold=replace(judged.gold, size=size))
    rule = decide(judged, DEFAULT).rules[2]
    assert rule.reason == (
        "No span of a new label to test with (in 0 test texts): nothing is known of what was "
        "learnt. "
        "About 160 more annotated tasks would tell; a fifth of them are for testing."
    )


def unsure(support: int, change: Interval) -> Row:
    return replace(row(support), against_base=change)


def test_the_reason_says_how_much_more_retained_gold_would_tell() -> None:
    # Standard error 1 on 100 texts. (1.645 + 0.842) of it must fit into the margin of 1: so 2.487
    # squared times the texts, and none was added for what was not seen.
    rule = judge("retained labels", retained=unsure(400, Interval(-0.5, -2.145, 1.1, 1.0)))
    (need,) = rule.needs
    assert (need.test_set, need.label, need.more) == ("retained gold", None, 520)
    assert "About 520 more texts of retained gold would tell" in rule.reason


def test_shared_labels_ask_for_annotated_tasks() -> None:
    rule = judge("shared labels", shared=unsure(400, Interval(-0.5, -2.145, 1.1, 1.0)))
    assert rule.needs[0].more == 2600  # a fifth of them are test texts
    assert "About 2,600 more annotated tasks would tell" in rule.reason


def test_without_gold_the_reason_says_how_much_would_do() -> None:
    agreement = replace(
        row(f=(100, 1, 95), bounds=(93, 97)), against_base=Interval(-5, -6.645, -4, 1.0)
    )
    rule = judge("retained labels", retained=None, agreement=agreement)
    assert "About 620 texts of retained gold would tell" in rule.reason


def test_labels_too_small_to_tell_are_named_and_nothing_more() -> None:
    labels = {
        "ORG": row(200, change=(-1, 1)),
        "LAW": unsure(4, Interval(0, -20, 15, 6.0)),
        "EVENT": unsure(0, Interval(0, -100, 100, 0.0)),
    }
    rule = judge("each retained label", retained_labels=labels)
    assert rule.verdict == "pass"
    assert [(need.label, need.spans) for need in rule.needs] == [("LAW", 4), ("EVENT", 0)]
    assert "LAW (4 spans, " in rule.reason
    assert "EVENT (0 spans)" in rule.reason
    assert "ORG" not in rule.reason


def test_one_label_that_lost_does_not_hide_the_others() -> None:
    labels = {"ORG": row(200, change=(-9, -4)), "LAW": unsure(4, Interval(0, -20, 15, 6.0))}
    decision = decide(evaluation(retained_labels=labels), DEFAULT)
    assert decision.verdict == "fail"
    (others,) = [rule for rule in decision.rules if rule.name == "each retained label"]
    assert "No other retained label" in others.reason
    assert "LAW (4 spans" in others.reason


def test_every_reason_is_one_line() -> None:
    cases = (
        evaluation(),
        evaluation(retained=None, shared=None, new=None),
        evaluation(retained=row(change=(-60, -50)), shared=row(0, change=(-100, 100))),
        evaluation(negative_text=(100, 90), new=row(3, f=(0, 70, 0), bounds=(0, 90))),
    )
    for case in cases:
        decision = decide(case, DEFAULT)
        assert all(rule.reason and "\n" not in rule.reason for rule in decision.rules)
        assert "\n" not in decision.sentence


def test_of_classes_the_gate_says_no_spans() -> None:
    few = row(3, change=(-9, 9), bounds=(0, 90))
    for changes in ({}, {"retained": few, "new": few}, {"retained": None}, {"new": row(0)}):
        of = replace(evaluation(negative_text=(3, 1), **changes), component="textcat")
        told = " ".join(rule.reason for rule in decide(of, DEFAULT).rules)
        assert "class" in told
        assert "span" not in told
