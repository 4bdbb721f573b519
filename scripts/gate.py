"""Release the update or refuse it: the last word before it is packaged."""

from pathlib import Path
from typing import Annotated

import typer

from .evaluation.records import Evaluation, read_record, write_record
from .project.errors import UserError, run
from .release.gate_rules import Decision, decide
from .release.thresholds import (
    Inconclusive,
    MaxFalseAlarmRatio,
    MaxLabelLoss,
    MaxLoss,
    MaxNewWidth,
    MinAgreement,
    MinLabelSpans,
    Thresholds,
)


def main(
    evaluation: Annotated[Path, typer.Option(help="evaluation.json, from evaluate")],
    report: Annotated[Path, typer.Option(help="the report, to point to")],
    output: Annotated[Path, typer.Option(help="gate.json to write")],
    max_loss: MaxLoss = Thresholds.max_loss,
    max_label_loss: MaxLabelLoss = Thresholds.max_label_loss,
    min_label_spans: MinLabelSpans = Thresholds.min_label_spans,
    max_new_width: MaxNewWidth = Thresholds.max_new_width,
    min_agreement: MinAgreement = Thresholds.min_agreement,
    max_false_alarm_ratio: MaxFalseAlarmRatio = Thresholds.max_false_alarm_ratio,
    on_inconclusive: Inconclusive = Thresholds.on_inconclusive,
) -> None:
    """Judge the evaluation, write gate.json, and stop the workflow when the update is refused."""
    thresholds = Thresholds(
        max_loss=max_loss,
        max_label_loss=max_label_loss,
        min_label_spans=min_label_spans,
        max_new_width=max_new_width,
        min_agreement=min_agreement,
        max_false_alarm_ratio=max_false_alarm_ratio,
        on_inconclusive=on_inconclusive,
    )
    decision = decide(read_record(evaluation, Evaluation), thresholds)
    write_record(output, decision)
    if not decision.passed:
        raise refusal(decision, report)
    print(decision.sentence, *decision.warnings, sep="\n")


def refusal(decision: Decision, report: Path) -> UserError:
    """The error that stops the workflow: a line for each reason, and where to read more."""
    reasons = [
        f"{rule.verdict}: {rule.reason}"
        for rule in decision.rules
        if rule.verdict in ("fail", "inconclusive")
    ]
    if decision.verdict == "inconclusive":
        remedy = "Add what the reasons ask for, or release it as it is with on_inconclusive: pass."
    else:
        remedy = (
            "Annotate more, add raw text of the base's domain, or, if this loss is acceptable, "
            "change the thresholds in the vars."
        )
    return UserError(
        "\n".join([decision.sentence, *reasons]), f"{report} shows what changed. {remedy}"
    )


if __name__ == "__main__":
    run(main)
