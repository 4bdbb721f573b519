"""Runs of the trainer, for tests of how their configs are completed."""

from pathlib import Path

import srsly

from scripts.training.pipelines import BaseRecord
from scripts.training.runs import TrainingRun


def training_run(
    folder: Path, base: BaseRecord, *, annotated: list[str], precedence: str = "update"
) -> TrainingRun:
    """A run whose base and annotated labels are written to a folder."""
    srsly.write_json(folder / "base.json", base._asdict())
    srsly.write_json(folder / "conversion.json", {"labels": {"annotated": annotated}})
    return TrainingRun(
        template=Path("configs/update.cfg"),
        base=folder / "base",
        specialist=folder / "specialist",
        conversion=folder / "conversion.json",
        corpus=folder,
        sizing=None,
        seed=0,
        gpu_id=-1,
        max_steps=0,
        precedence=precedence,
    )
