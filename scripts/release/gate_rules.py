"""May this update be released? The gate's rules over an evaluation.

A rule passes when its lower bound holds, fails when even its upper bound does not, and is
inconclusive in between: there are too few spans to tell.
"""

from dataclasses import dataclass, field
from typing import Literal

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Evaluation, FalseAlarms, Row
from ..kinds.kind import Words
from .needs import Need, advise, name_small, need_first_gold, need_no_loss, need_width, tells
from .sentence import name_labels, tell
from .thresholds import Thresholds

Verdict = Literal["pass", "fail", "inconclusive", "warn"]

# A rate of fewer false alarms says nothing.
MIN_FALSE_ALARMS = 30


@dataclass(frozen=True)
class Rule:
    """What one rule says, in a line with its figures.

    needs: what must be added before it can tell: for the group of labels that it is about, and for
    each label that is too small by itself.
    """

    name: str
    verdict: Verdict
    reason: str
    figures: dict[str, float | int | None]
    needs: list[Need] = field(default_factory=list)


@dataclass(frozen=True)
class Decision:
    """All of `training/gate.json`.

    passed: whether the update may be released. warnings: what stands in the report and the model
    card nevertheless.
    """

    verdict: Literal["pass", "fail", "inconclusive"]
    passed: bool
    sentence: str
    rules: list[Rule]
    warnings: list[str]
    thresholds: Thresholds


def decide(evaluation: Evaluation, thresholds: Thresholds) -> Decision:
    """Judge an evaluation by all rules."""
    rules = [
        judge_retained(evaluation, thresholds),
        *judge_each_retained(evaluation, thresholds),
        *judge_untested(evaluation, thresholds),
        judge_new(evaluation, thresholds),
        *judge_each_new(evaluation, thresholds),
        judge_shared(evaluation, thresholds),
        judge_false_alarms(evaluation, thresholds),
        judge_negative_text(evaluation, thresholds),
    ]
    verdicts = {rule.verdict for rule in rules}
    verdict: Literal["pass", "fail", "inconclusive"] = (
        "fail" if "fail" in verdicts else "inconclusive" if "inconclusive" in verdicts else "pass"
    )
    passed = verdict == "pass" or (
        verdict == "inconclusive" and thresholds.on_inconclusive == "pass"
    )
    return Decision(
        verdict=verdict,
        passed=passed,
        sentence=tell(evaluation, {rule.name: rule.verdict for rule in rules}, verdict, passed),
        rules=rules,
        warnings=[rule.reason for rule in rules if rule.verdict in ("warn", "inconclusive")],
        thresholds=thresholds,
    )


def judge_retained(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """Retained labels together: on gold, or by an agreement so high that it bounds the change."""
    name = "retained labels"
    agreement = evaluation.agreement.micro.get("retained")
    if evaluation.labels.from_nothing:
        return Rule(name, "pass", "The base knows no labels, so there is nothing to keep.", {})
    if agreement is None:
        return Rule(name, "pass", "The base has no label outside the label scheme.", {})
    agrees = agreement.bounds.lower >= thresholds.min_agreement
    agreeing = _agreeing(evaluation, agreement, thresholds)
    row, gold = evaluation.retained_on_gold, evaluation.retained_gold
    if row is None or gold is None or not row.support:
        figures = _figures(agreement.bounds, agreement.support)
        reason = f"No gold for the retained labels; {agreeing}."
        if agrees:
            return Rule(name, "pass", reason, figures)
        need = need_first_gold(name, agreement, evaluation.agreement, thresholds.max_loss)
        if agreement.support:
            reason += " Without gold nobody knows what of the rest was right."
        reason += advise(need)
        return Rule(name, "inconclusive", reason, figures, [need])
    need = need_no_loss(
        name, None, row, gold, test_set="retained gold", max_loss=thresholds.max_loss
    )
    rule = _not_under("the retained labels", evaluation, row, need, thresholds.max_loss)
    few = row.support < thresholds.min_label_spans
    if rule.verdict == "inconclusive" and few and agrees:  # as if there were no gold
        return Rule(name, "pass", f"{rule.reason} But {agreeing}.", rule.figures, rule.needs)
    return rule


def judge_each_retained(evaluation: Evaluation, thresholds: Thresholds) -> list[Rule]:
    """Retained labels one by one, on gold: a rule for each that lost, and one for the others."""
    gold = evaluation.retained_gold
    if evaluation.retained_on_gold is None or gold is None:
        return []
    margin, enough = thresholds.max_label_loss, thresholds.min_label_spans
    words = evaluation.kind.words
    lost = {
        label: row
        for label, row in gold.labels.items()
        if row.support and row.against_base.upper < -margin
    }
    rules = [
        Rule(
            f"retained label {label}",
            "fail" if row.support >= enough else "warn",
            f"F of {label} changes by {_change(row.against_base)} points on "
            f"{_spans(evaluation, row, 'gold ')}: "
            f"the whole interval is under -{margin:g}"
            + ("." if row.support >= enough else f", but the {words.spans} are few."),
            _figures(row.against_base, row.support),
        )
        for label, row in lost.items()
    ]
    name, others = "each retained label", {k: v for k, v in gold.labels.items() if k not in lost}
    needs = [
        need_no_loss(name, label, row, gold, test_set="retained gold", max_loss=margin)
        for label, row in others.items()
        if row.against_base.lower < -margin
    ]
    tested = sum(row.support >= enough for row in others.values())
    none = (
        f"No {'other ' if lost else ''}retained label loses more than {margin:g} points of F with "
        f"its whole interval ({tested} of {len(others)} labels have {enough} gold {words.spans} or "
        "more)."
    )
    figures: dict[str, float | int | None] = {"labels": len(others)}
    return [*rules, Rule(name, "pass", none + name_small(needs, words), figures, needs)]


def judge_untested(evaluation: Evaluation, thresholds: Thresholds) -> list[Rule]:
    """Retained labels that the gold says nothing of: agreement bounds their change, or a warning.

    They are no reason to refuse, as a label with few gold spans is none.
    """
    gold, row = evaluation.retained_gold, evaluation.agreement.micro.get("untested")
    if gold is None or evaluation.retained_on_gold is None or not gold.untested or row is None:
        return []
    agrees = row.bounds.lower >= thresholds.min_agreement
    reason = (
        f"The retained gold has no {evaluation.kind.words.span} of {name_labels(gold.untested)}. "
        f"For these labels {_agreeing(evaluation, row, thresholds)}."
    )
    figures = _figures(row.bounds, row.support)
    return [Rule("untested retained labels", "pass" if agrees else "warn", reason, figures)]


def judge_new(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """New labels together: something was learnt, as far as the test set can tell."""
    name, row = "new labels", evaluation.gold.micro.get("new")
    if row is None:
        return Rule(name, "pass", "The base knows all labels of the label scheme.", {})
    figures, found = _figures(row.bounds, row.support), _bounds(row.bounds)
    texts = evaluation.gold.size.documents
    if not tells(row, evaluation.gold, thresholds.max_new_width):
        need = need_width(name, None, row, evaluation.gold, thresholds.max_new_width)
        what = (
            f"{_spans(evaluation, row, 'test ')} of new labels in {_count(texts, 'text')} cannot "
            f"tell what was learnt: F {found}, where bounds {thresholds.max_new_width:g} points "
            "apart or less would tell."
            if row.support
            else f"No {evaluation.kind.words.span} of a new label to test with (in "
            f"{_count(texts, 'test text')}): nothing is known of what was learnt."
        )
        return Rule(name, "inconclusive", what + advise(need), figures, [need])
    if row.bounds.lower > 0:
        reason = f"F of the new labels is {found} on {_spans(evaluation, row)}: above 0."
        return Rule(name, "pass", reason, figures)
    if row.bounds.value == 0:
        reason = f"None of {_spans(evaluation, row)} of new labels is found: nothing was learnt."
        return Rule(name, "fail", reason, figures)
    reason = f"F of the new labels is {found} on {_spans(evaluation, row)}: that may be chance."
    return Rule(name, "inconclusive", reason, figures)


def judge_each_new(evaluation: Evaluation, thresholds: Thresholds) -> list[Rule]:
    """A warning for each new label of which nothing is found; which ones are too small to tell."""
    gold = evaluation.gold
    rows = {label: gold.labels[label] for label in evaluation.labels.new}
    rules = [
        Rule(
            f"new label {label}",
            "warn",
            f"Of {_spans(evaluation, row, 'test ')} of {label} none is found.",
            _figures(row.bounds, row.support),
        )
        for label, row in rows.items()
        if row.support and row.bounds.value == 0
    ]
    name = "each new label"
    needs = [
        need_width(name, label, row, gold, thresholds.max_new_width)
        for label, row in rows.items()
        if not tells(row, gold, thresholds.max_new_width)
    ]
    if needs and len(rows) > 1:  # the only one has its own rule
        rules.append(
            Rule(name, "pass", name_small(needs, evaluation.kind.words).strip(), {}, needs)
        )
    return rules


def judge_shared(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """Shared labels together: not worse than the base on the gold test set."""
    name, row = "shared labels", evaluation.gold.micro.get("shared")
    if row is None:
        return Rule(name, "pass", "No label of the label scheme is the base's.", {})
    need = need_no_loss(
        name,
        None,
        row,
        evaluation.gold,
        test_set="annotated tasks",
        max_loss=thresholds.max_loss,
    )
    return _not_under("the shared labels", evaluation, row, need, thresholds.max_loss)


def judge_false_alarms(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """New labels in general text: at most a warning, since some of them may be right."""
    alarms, where = evaluation.false_alarms, "In general text"
    limit = None if evaluation.labels.from_nothing else thresholds.max_false_alarm_ratio
    words = evaluation.kind.words
    return _judge_alarms("false alarms", where, alarms, limit, "warn", words)


def judge_negative_text(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """New labels in text that has none: all of them are wrong."""
    name, alarms = "negative text", evaluation.negative_text
    where = "In text without the new labels"
    if alarms is None:
        return Rule(name, "pass", "No text without the new labels was given.", {})
    limit = None if evaluation.labels.from_nothing else thresholds.max_false_alarm_ratio
    return _judge_alarms(name, where, alarms, limit, "fail", evaluation.kind.words)


def _judge_alarms(
    name: str,
    where: str,
    alarms: FalseAlarms,
    limit: float | None,
    worst: Verdict,
    words: Words,
) -> Rule:
    """limit: against the naive update's; None where the update is that one itself."""
    compared = alarms.specialist >= MIN_FALSE_ALARMS
    too_many = compared and limit is not None and alarms.update > limit * alarms.specialist
    if limit is None:
        told = "; without a base there is no limit"
    elif compared:
        told = f": {'' if too_many else 'not '}over {limit:g} of the naive update's"
    else:
        told = " (too few to compare)"
    figures = {"words": alarms.words, "specialist": alarms.specialist, "update": alarms.update}
    reason = f"{where} {_alarms(alarms, words)}{told}."
    return Rule(name, worst if too_many else "pass", reason, {**figures})


def _not_under(what: str, evaluation: Evaluation, row: Row, need: Need, max_loss: float) -> Rule:
    """The change of F against the base is not under -max_loss. need: what it takes to tell."""
    name, change, words = need.rule, row.against_base, evaluation.kind.words
    figures = _figures(change, row.support)
    if not row.support:
        reason = f"No gold {words.span} of {what} to test with: nothing is known of them."
        return Rule(name, "inconclusive", reason + advise(need), figures, [need])
    tested = _spans(evaluation, row, "gold ")
    reason = f"F of {what} changes by {_change(change)} points on {tested}: "
    if change.lower >= -max_loss:
        return Rule(name, "pass", f"{reason}the lower bound is not under -{max_loss:g}.", figures)
    if change.upper < -max_loss:
        return Rule(name, "fail", f"{reason}even the upper bound is under -{max_loss:g}.", figures)
    reason += f"that may be a loss of more than {max_loss:g}; too few {words.spans} to tell."
    return Rule(name, "inconclusive", reason + advise(need), figures, [need])


def _alarms(alarms: FalseAlarms, words: Words) -> str:
    return (
        f"the update finds {words.counted(alarms.update)} of new labels in {alarms.words:,} words, "
        f"{alarms.per_thousand(alarms.update):.2f} in 1,000 (naive: "
        f"{alarms.per_thousand(alarms.specialist):.2f})"
    )


def _agreeing(evaluation: Evaluation, row: Row, thresholds: Thresholds) -> str:
    """How far the update agrees with the base on raw text, in a part of a sentence."""
    if not row.support:
        return "there is no raw text in which the base finds any"
    return (
        f"the update agrees with the base at F {_bounds(row.bounds)} on "
        f"{_spans(evaluation, row)} of raw text ({thresholds.min_agreement:g} at the lower bound "
        "would bound the change by itself)"
    )


def _figures(interval: Interval, support: int) -> dict[str, float | int | None]:
    return {
        "value": interval.value,
        "lower": interval.lower,
        "upper": interval.upper,
        "support": support,
    }


def _bounds(interval: Interval) -> str:
    return f"{interval.value:.1f} [{interval.lower:.1f}, {interval.upper:.1f}]"


def _change(interval: Interval) -> str:
    # Plus 0.0: what rounds to nothing is no loss, "-0.0".
    value, lower, upper = (
        f"{round(one, 1) + 0.0:+.1f}" for one in (interval.value, interval.lower, interval.upper)
    )
    return f"{value} [{lower}, {upper}]"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _spans(evaluation: Evaluation, row: Row, which: str = "") -> str:
    """How many answers there are, as "1 gold span". which: of them."""
    return evaluation.kind.words.counted(row.support, which)
