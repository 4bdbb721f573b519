"""Train the update by the chosen strategy and put it together with the base."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from spacy.util import load_config
from wasabi import msg

from .project.errors import run
from .project.files import new_directory
from .training.pipelines import BaseRecord, add_recognizer, replace_recognizers
from .training.runs import UPDATE_SIZING, TrainingRun, read_scores, trained_pipeline

CONFIGS = {
    "double": Path("configs/update.cfg"),
    "two-teacher": Path("configs/two-teacher.cfg"),
    "pseudo": Path("configs/pseudo.cfg"),
    "replay": Path("configs/replay.cfg"),
}


def main(
    base: Annotated[Path, typer.Option(help="folder of the base; its record stands beside it")],
    specialist: Annotated[Path, typer.Option(help="folder of the specialist")],
    corpus: Annotated[Path, typer.Option(help="folder with merged/ and rehearsal/")],
    strategy: Annotated[str, typer.Option(help="double, two-teacher, pseudo, replay or naive")],
    output: Annotated[Path, typer.Option(help="folder of the model to write")],
    config: Annotated[str, typer.Option(help="a config of your own, null for the strategy's")],
    precedence: Annotated[str, typer.Option(help="of double: whose entities win")] = "update",
    seed: Annotated[int, typer.Option(help="seed of the training")] = 0,
    gpu_id: Annotated[int, typer.Option(help="-1 for the CPU")] = -1,
    max_steps: Annotated[int, typer.Option(help="0 for a length from the data")] = 0,
) -> None:
    """Train the update from base, specialist and corpora by the chosen strategy."""
    if strategy == "naive":
        copy_specialist(specialist, output)
        msg.good("Update: the specialist as it is (strategy naive)", str(output))
        return
    own = None if config == "null" else Path(config)
    training = TrainingRun(
        template=own or CONFIGS[strategy],
        base=base,
        specialist=specialist,
        conversion=corpus / "conversion.json",
        corpus=corpus,
        sizing=None if own else UPDATE_SIZING,
        seed=seed,
        gpu_id=gpu_id,
        max_steps=max_steps,
        precedence=precedence,
    )
    scores = train_update(training, BaseRecord.read(base.with_suffix(".json")), output)
    shown = ", ".join(f"{name} {100 * score:.1f}" for name, score in scores.items())
    msg.good(f"Update ({strategy}) on dev: {shown}", str(output))


def copy_specialist(specialist: Path, output: Path) -> None:
    """The naive update is the specialist."""
    with new_directory(output) as folder:
        shutil.copytree(specialist, folder, dirs_exist_ok=True)


def train_update(run: TrainingRun, base: BaseRecord, output: Path) -> dict[str, float]:
    """Train, put the ner into the base's pipeline, write that; returns dev scores."""
    with trained_pipeline(run, base, output.parent / ".work") as trained:
        component, frozen = trained_components(trained)
        if frozen:
            nlp = add_recognizer(run.base, trained)
        else:
            nlp = replace_recognizers(run.base, trained, component)
        with new_directory(output) as folder:
            nlp.to_disk(folder)
        return read_scores(trained)


def trained_components(trained: Path) -> tuple[str, list[str]]:
    """The component of a trained pipeline that was trained, and those that were frozen."""
    config = load_config(trained / "config.cfg", interpolate=False)
    frozen = config["training"]["frozen_components"]
    (component,) = [name for name in config["nlp"]["pipeline"] if name not in frozen]
    return str(component), frozen


if __name__ == "__main__":
    run(main)
