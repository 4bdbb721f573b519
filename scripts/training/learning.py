"""What a user may say of how a training learns, and the options of the commands for it."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ..project.settings import parse_value

LearningRate = Annotated[
    str, typer.Option(help="of the optimizer, at its highest; null for the config's")
]
UpdateLearningRate = Annotated[
    str, typer.Option(help="in its place, of the update alone; null for the same")
]
MaxEpochs = Annotated[int, typer.Option(help="passes over the corpus; 0 for as many as it needs")]
WeightDecay = Annotated[str, typer.Option(help="of the optimizer; null for the config's")]


@dataclass(frozen=True)
class Learning:
    """What takes the place of the config's; None, and 0 for the epochs, where nothing does.

    weight_decay: decoupled from the gradient (Loshchilov and Hutter, arXiv:1711.05101).
    """

    learning_rate: float | None = None
    max_epochs: int = 0
    weight_decay: float | None = None


def read_learning(
    learning_rate: str, max_epochs: int, weight_decay: str, update_learning_rate: str = "null"
) -> Learning:
    """From the options of a command; those of an update may have a rate of its own.

    Raises UserError for a value that is impossible.
    """
    rate = parse_value("learning_rate", learning_rate)
    own_rate = parse_value("update_learning_rate", update_learning_rate)
    return Learning(
        rate if own_rate is None else own_rate,
        parse_value("max_epochs", str(max_epochs)),
        parse_value("weight_decay", weight_decay),
    )


def set_optimizer(optimizer: dict[str, Any], learning: Learning) -> None:
    """Put rate and decay into the `[training.optimizer]` of a config.

    A rate that rises and falls (`warmup_linear.v1`) keeps its course, with another height.
    """
    rate = learning.learning_rate
    if rate is not None:
        course = optimizer.get("learn_rate")
        if isinstance(course, dict) and "initial_rate" in course:
            course["initial_rate"] = rate
        else:
            optimizer["learn_rate"] = rate
    if learning.weight_decay is not None:
        optimizer.update(L2=learning.weight_decay, L2_is_weight_decay=True)
