"""May this update be released? The gate's rules over an evaluation.

A rule passes when its lower bound holds, fails when even its upper bound does not, and is
inconclusive in between: there are too few spans to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Evaluation, FalseAlarms, Row
from .thresholds import Thresholds

Verdict = Literal["pass", "fail", "inconclusive", "warn"]

# A rate of fewer false alarms says nothing.
MIN_FALSE_ALARMS = 30
# Where none of so many new spans was found, nothing was learnt: recall is under 0.26 (95 %).
MIN_UNLEARNT_SPANS = 10
MAX_NAMES = 5  # of labels in the sentence


@dataclass(frozen=True)
class Rule:
    """What one rule says, in a line with its figures."""

    name: str
    verdict: Verdict
    reason: str
    figures: dict[str, float | int | None]


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
        judge_new(evaluation),
        *judge_each_new(evaluation),
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
        sentence=_sentence(evaluation, rules[0], verdict, passed),
        rules=rules,
        warnings=[rule.reason for rule in rules if rule.verdict in ("warn", "inconclusive")],
        thresholds=thresholds,
    )


def judge_retained(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """Retained labels together: on gold, or by an agreement so high that it bounds the change."""
    name = "retained labels"
    agreement = evaluation.agreement.micro.get("retained")
    if agreement is None:
        return Rule(name, "pass", "The base has no label outside the label scheme.", {})
    agrees = agreement.bounds.lower >= thresholds.min_agreement
    agreeing = (
        f"the update agrees with the base at F {_bounds(agreement.bounds)} on "
        f"{agreement.support:,} spans of raw text ({thresholds.min_agreement:g} at the lower bound "
        "would bound the change by itself)"
    )
    row = evaluation.retained_on_gold
    if row is None or not row.support:
        return Rule(
            name,
            "pass" if agrees else "inconclusive",
            f"No gold for the retained labels; {agreeing}."
            + ("" if agrees else " There is no control student to compare that with."),
            _figures(agreement.bounds, agreement.support),
        )
    rule = _not_under(name, "the retained labels", row, thresholds.max_loss)
    few = row.support < thresholds.min_label_spans
    if rule.verdict == "inconclusive" and few and agrees:  # as if there were no gold
        return Rule(name, "pass", f"{rule.reason} But {agreeing}.", rule.figures)
    return rule


def judge_each_retained(evaluation: Evaluation, thresholds: Thresholds) -> list[Rule]:
    """Retained labels one by one, on gold: a rule for each that lost, or one that none did."""
    if evaluation.retained_on_gold is None or evaluation.retained_gold is None:
        return []
    rows, margin = evaluation.retained_gold.labels, thresholds.max_label_loss
    lost = [
        Rule(
            f"retained label {label}",
            "fail" if row.support >= thresholds.min_label_spans else "warn",
            f"{label} loses {_change(row.against_base)} points of F on {row.support:,} spans: the "
            f"whole interval is under -{margin:g}"
            + ("." if row.support >= thresholds.min_label_spans else ", but the spans are few."),
            _figures(row.against_base, row.support),
        )
        for label, row in rows.items()
        if row.support and row.against_base.upper < -margin
    ]
    tested = sum(row.support >= thresholds.min_label_spans for row in rows.values())
    none = (
        f"No retained label loses more than {margin:g} points of F with its whole interval "
        f"({tested} of {len(rows)} labels have {thresholds.min_label_spans} gold spans or more)."
    )
    return lost or [Rule("each retained label", "pass", none, {"labels": len(rows)})]


def judge_new(evaluation: Evaluation) -> Rule:
    """New labels together: something was learnt."""
    name, row = "new labels", evaluation.gold.micro.get("new")
    if row is None:
        return Rule(name, "pass", "The base knows all labels of the label scheme.", {})
    figures = _figures(row.bounds, row.support)
    if row.bounds.lower > 0:
        reason = f"F of the new labels is {_bounds(row.bounds)} on {row.support:,} spans: above 0."
        return Rule(name, "pass", reason, figures)
    if row.bounds.value == 0 and row.support >= MIN_UNLEARNT_SPANS:
        reason = f"None of the {row.support:,} spans of new labels is found: nothing was learnt."
        return Rule(name, "fail", reason, figures)
    reason = (
        f"{row.support:,} test spans of new labels are too few to tell (F {_bounds(row.bounds)})."
    )
    return Rule(name, "inconclusive", reason, figures)


def judge_each_new(evaluation: Evaluation) -> list[Rule]:
    """A warning for each new label of which nothing is found."""
    return [
        Rule(
            f"new label {label}",
            "warn",
            f"None of the {row.support:,} test spans of {label} is found.",
            _figures(row.bounds, row.support),
        )
        for label in evaluation.labels.new
        if (row := evaluation.gold.labels[label]).support and row.bounds.value == 0
    ]


def judge_shared(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """Shared labels together: not worse than the base on the gold test set."""
    name, row = "shared labels", evaluation.gold.micro.get("shared")
    if row is None:
        return Rule(name, "pass", "No label of the label scheme is the base's.", {})
    return _not_under(name, "the shared labels", row, thresholds.max_loss)


def judge_false_alarms(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """New labels in general text: at most a warning, since some of them may be right."""
    name, alarms = "false alarms", evaluation.false_alarms
    too_many = _too_many(alarms, thresholds)
    return Rule(
        name,
        "warn" if too_many else "pass",
        f"In general text {_alarms(alarms)}{_limit(too_many, alarms, thresholds)}.",
        _alarm_figures(alarms),
    )


def judge_negative_text(evaluation: Evaluation, thresholds: Thresholds) -> Rule:
    """New labels in text that has none: all of them are wrong."""
    name, alarms = "negative text", evaluation.negative_text
    if alarms is None:
        return Rule(name, "pass", "No text without the new labels was given.", {})
    too_many = _too_many(alarms, thresholds)
    return Rule(
        name,
        "fail" if too_many else "pass",
        f"In text without the new labels {_alarms(alarms)}{_limit(too_many, alarms, thresholds)}.",
        _alarm_figures(alarms),
    )


def _not_under(name: str, what: str, row: Row, max_loss: float) -> Rule:
    """The change of F against the base is not under -max_loss."""
    change = row.against_base
    reason = f"F of {what} changes by {_change(change)} points on {row.support:,} gold spans: "
    figures = _figures(change, row.support)
    if not row.support:
        return Rule(name, "inconclusive", f"No gold span of {what} to test with.", figures)
    if change.lower >= -max_loss:
        return Rule(name, "pass", f"{reason}the lower bound is not under -{max_loss:g}.", figures)
    if change.upper < -max_loss:
        return Rule(name, "fail", f"{reason}even the upper bound is under -{max_loss:g}.", figures)
    reason += f"that may be a loss of more than {max_loss:g}; too few spans to tell"
    needed = spans_needed(row, max_loss)
    advice = f" (about {needed:,} would, if the change stays as it is)." if needed else "."
    return Rule(name, "inconclusive", reason + advice, figures)


def spans_needed(row: Row, max_loss: float) -> int | None:
    """Gold spans with which the lower bound would reach -max_loss, if the value stayed.

    The interval shrinks with the root of the spans. None when the value itself is too low.
    """
    change = row.against_base
    room = change.value + max_loss
    if room <= 0:
        return None
    return round(row.support * ((change.value - change.lower) / room) ** 2)


def _too_many(alarms: FalseAlarms, thresholds: Thresholds) -> bool:
    limit = thresholds.max_false_alarm_ratio * alarms.specialist
    return alarms.specialist >= MIN_FALSE_ALARMS and alarms.update > limit


def _limit(too_many: bool, alarms: FalseAlarms, thresholds: Thresholds) -> str:
    if alarms.specialist < MIN_FALSE_ALARMS:
        return " (too few to compare)"
    share = f"{thresholds.max_false_alarm_ratio:g} of the naive update's"
    return f": over {share}" if too_many else f": not over {share}"


def _alarms(alarms: FalseAlarms) -> str:
    return (
        f"the update finds {alarms.update:,} spans of new labels in {alarms.words:,} words, "
        f"{alarms.per_thousand(alarms.update):.2f} in 1,000 (naive: "
        f"{alarms.per_thousand(alarms.specialist):.2f})"
    )


def _alarm_figures(alarms: FalseAlarms) -> dict[str, float | int | None]:
    return {"words": alarms.words, "specialist": alarms.specialist, "update": alarms.update}


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
    return f"{interval.value:+.1f} [{interval.lower:+.1f}, {interval.upper:+.1f}]"


def _sentence(evaluation: Evaluation, retained: Rule, verdict: Verdict, passed: bool) -> str:
    """The whole in a sentence, for someone who reads nothing else."""
    rows, labels = evaluation.gold.labels, evaluation.labels
    learnt = [label for label in labels.new if rows[label].update.f > 0]
    parts = []
    if labels.new:
        parts.append(f"learns {_names(learnt)}" if learnt else "learns no new label")
    if labels.retained:
        keeps = {"pass": "keeps", "fail": "does not keep"}.get(retained.verdict, "may not keep")
        parts.append(f"{keeps} {_names(labels.retained)}")
    if not parts:
        parts.append(f"corrects {_names(labels.shared)}")
    if verdict == "inconclusive":
        release = "pass, with a warning" if passed else "refused: the tests are too small to tell"
    else:
        release = "pass" if passed else "refused"
    return f"This update {' and '.join(parts)}. Release: {release}."


def _names(labels: Sequence[str]) -> str:
    if len(labels) > MAX_NAMES:
        return f"{len(labels)} labels ({', '.join(labels[:MAX_NAMES])} and others)"
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)
