"""Where trainings are tracked: the `[training.logger]` of a config, MLflow or Weights & Biases too.

Address, experiment and key come from the trackers' own variables of the environment (as
MLFLOW_TRACKING_URI, WANDB_API_KEY), which stand in no config. The loggers are spacy-loggers':
https://github.com/explosion/spacy-loggers
"""

import importlib.util
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from ..project.errors import UserError

Tracker = Literal["none", "mlflow", "wandb"]
TrackerOption = Annotated[Tracker, typer.Option(help="what trainings are tracked with")]
PROJECT = "label-studio-updates"  # of Weights & Biases, where WANDB_PROJECT names no other


def make_logger(
    tracker: Tracker, name: str, tags: Mapping[str, str], *, progress_bar: str | None
) -> dict[str, Any]:
    """The block of a config: the console's logger, and behind it that of a tracker.

    name: of the run. tags: what MLflow keeps beside it. progress_bar: as the console's logger
    takes it. Raises UserError when the tracker is not installed.
    """
    console = {"@loggers": "spacy.ConsoleLogger.v3", "progress_bar": progress_bar}
    if tracker == "none":
        return console
    found = importlib.util.find_spec(tracker)
    # A folder of that name, as W&B leaves one (wandb/), is a package without a file of its own.
    if found is None or found.origin is None:
        raise UserError(
            f"vars.tracking is {tracker}, but {tracker} is not installed.",
            "pip install -r requirements-tracking.txt, or take --vars.tracking none.",
        )
    return {
        "@loggers": "spacy.ChainLogger.v1",
        "logger1": console,
        "logger2": _mlflow(name, tags) if tracker == "mlflow" else _wandb(name),
    }


def _mlflow(name: str, tags: Mapping[str, str]) -> dict[str, Any]:
    return {"@loggers": "spacy.MLflowLogger.v2", "run_name": name, "tags": dict(tags)}


def _wandb(name: str) -> dict[str, Any]:
    project = os.environ.get("WANDB_PROJECT") or PROJECT
    return {"@loggers": "spacy.WandbLogger.v5", "project_name": project, "run_name": name}
