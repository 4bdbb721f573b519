from typing import Any

import pytest

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
    assert ("control student" in rule.reason) == (verdict == "inconclusive")


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
        (row(10, f=(0, 70, 0), bounds=(0, 17)), "fail"),
        (row(9, f=(0, 70, 0), bounds=(0, 18)), "inconclusive"),
        (row(0, f=(0, 0, 0), bounds=(0, 100)), "inconclusive"),
    ],
)
def test_new_labels_must_be_learnt(new: Row, verdict: str) -> None:
    assert judge("new labels", new=new).verdict == verdict


def test_a_new_label_of_which_nothing_is_found_warns() -> None:
    nothing = row(8, f=(0, 70, 0), bounds=(0, 18))
    assert judge("new label PLANT", new=nothing).verdict == "warn"


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


def test_the_reason_says_how_many_spans_would_tell() -> None:
    # The value is 0.5 over the margin and the lower bound 1 under the value: half the width is
    # needed, so four times the spans.
    rule = judge("retained labels", retained=row(400, f=(80, 5, 79.5), change=(-1.5, 0.5)))
    assert "about 1,600 would" in rule.reason
