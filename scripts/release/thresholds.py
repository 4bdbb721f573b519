"""From where on a loss is too much: the gate's thresholds, and the options that set them."""

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

# What becomes of an update when the test sets are too small to tell.
OnInconclusive = Literal["pass", "fail"]


@dataclass(frozen=True)
class Thresholds:
    """Losses and widths in points of F, agreement in percent; see docs/gate.md."""

    max_loss: float = 1.0
    max_label_loss: float = 3.0
    min_label_spans: int = 50
    max_new_width: float = 30.0
    min_agreement: float = 98.5
    max_false_alarm_ratio: float = 0.5
    on_inconclusive: OnInconclusive = "pass"


# Typer reads the options of a command from its parameters: both that judge share them.
MaxLoss = Annotated[
    float, typer.Option(min=0, help="points that a kept score may lose, at its lower bound")
]
MaxLabelLoss = Annotated[
    float, typer.Option(min=0, help="points that no label may lose with its whole interval")
]
MinLabelSpans = Annotated[
    int, typer.Option(min=1, help="gold spans from which one label's loss refuses a release")
]
MaxNewWidth = Annotated[
    float,
    typer.Option(min=1, help="points between the bounds of F of new labels that still tell"),
]
MinAgreement = Annotated[
    float, typer.Option(min=0, max=100, help="agreement that passes without gold")
]
MaxFalseAlarmRatio = Annotated[
    float, typer.Option(min=0, help="false alarms against the naive update's")
]
Inconclusive = Annotated[OnInconclusive, typer.Option(help="when the test sets are too small")]
