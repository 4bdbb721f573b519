"""Try many settings of an update on dev, and choose: what is gained against what is kept."""

import importlib.util
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from wasabi import msg

from .project.engines import EngineName
from .project.errors import UserError, run
from .project.overrides import given_overrides
from .project.settings import parse_value
from .reporting.sweep_tables import TRY_AGAIN, VALUES, setting_names, show_values
from .sweeping.picking import command_line
from .sweeping.publishing import CHOSEN, Outputs
from .sweeping.records import Sweep
from .training.learning import (
    LearningRate,
    MaxEpochs,
    UpdateLearningRate,
    WeightDecay,
    read_learning,
)
from .training.options import (
    Alpha,
    BaseFolder,
    ConfigFile,
    CorpusFolder,
    Encoder,
    GpuId,
    MaxSteps,
    Precedence,
    SpecialistFolder,
)
from .training.pipelines import BaseRecord, refuse_others
from .training.strategies import Recipe, refuse_teacher

if TYPE_CHECKING:
    from .sweeping.sweeps import Step  # what it imports may be missing


def main(
    base: BaseFolder,
    specialist: SpecialistFolder,
    corpus: CorpusFolder,
    dev_gold: Annotated[Path, typer.Option(help="what inputs wrote about retained gold on dev")],
    space: Annotated[Path, typer.Option(help="YAML: strategies and ranges")],
    output: Annotated[Path, typer.Option(help="sweep.json to write, with .svg and .html beside")],
    study: Annotated[Path, typer.Option(help="folder of the study, with what is chosen")],
    strategy: Annotated[str, typer.Option(help="where the space names none")] = "double",
    trials: Annotated[int, typer.Option(help="how many in all")] = 30,
    jobs: Annotated[int, typer.Option(help="trials at a time, 0 for one a core")] = 1,
    engine: Annotated[EngineName, typer.Option(help="what runs them")] = "local",
    max_loss: Annotated[float, typer.Option(help="points that retained labels may lose")] = 1.0,
    min_agreement: Annotated[float, typer.Option(help="with the base, in percent")] = 98.5,
    config: ConfigFile = "null",
    precedence: Precedence = "update",
    encoder: Encoder = "full",
    seed: Annotated[int, typer.Option(help="seed of the trainings and of the sweep")] = 0,
    gpu_id: GpuId = -1,
    max_steps: MaxSteps = 0,
    learning_rate: LearningRate = "null",
    update_learning_rate: UpdateLearningRate = "null",
    alpha: Alpha = "null",
    max_epochs: MaxEpochs = 0,
    weight_decay: WeightDecay = "null",
) -> None:
    """Train and score many updates on dev; write sweep.json, a figure, a page and the choice."""
    refuse_others(BaseRecord.read(base.with_suffix(".json")), "sweep")
    refuse_teacher(strategy, "sweep")
    require_optuna()
    from .sweeping.sweeps import Order, run_sweep  # noqa: PLC0415  (what it imports may be missing)

    recipe = Recipe(
        base=base,
        specialist=specialist,
        corpus=corpus,
        candidates=study,
        config=None if config == "null" else Path(config),
        precedence=precedence,
        encoder=encoder,
        seed=seed,
        gpu_id=gpu_id,
        max_steps=max_steps,
        learning=read_learning(learning_rate, max_epochs, weight_decay, update_learning_rate),
        alpha=parse_value("alpha", alpha),
    )
    order = Order(
        recipe=recipe,
        space=space,
        strategy=strategy,
        dev_gold=dev_gold,
        trials=trials,
        jobs=jobs,
        engine=engine,
        max_loss=max_loss,
        min_agreement=min_agreement,
        overrides=given_overrides(),
    )
    with closing(run_sweep(order, Outputs(output, study))) as steps:
        show_end(show_steps(steps), study)


def require_optuna() -> None:
    """Raises UserError where what a sweep needs is not installed."""
    if importlib.util.find_spec("optuna") is None:
        raise UserError(
            "The package optuna is not installed, which a sweep needs.",
            "pip install -r requirements-sweep.txt, then run again.",
        )


def show_steps(steps: Iterable["Step"]) -> Sweep:
    """Print what happens; returns the sweep at its end."""
    for step in steps:
        if step.started is None or step.ended is None:
            show_start(step.sweep, step.again)
        else:
            show_trial(step.started.place, step.sweep, step.left)
    return step.sweep


def show_start(sweep: Sweep, again: int) -> None:
    """Print what there is to do."""
    told = f"{sweep.planned} trials of {', '.join(sweep.strategies)}"
    done = sum(trial.outcome is not None for trial in sweep.trials)
    if done:
        told += f"; done already: {done}"
    if again:
        told += f"; ended before they were done, and done again: {again}"
    msg.info(told)
    if not sweep.retained_gold:
        msg.warn(
            "There is no retained gold on dev: retention is agreement with the base.",
            "Give vars.retained_gold for a condition like the gate's.",
        )


def show_trial(number: int, sweep: Sweep, left: str) -> None:
    """Print what a trial came to."""
    (trial,) = (one for one in sweep.trials if one.number == number)
    told = ", ".join(f"{name} {value}" for name, value in trial.settings.items())
    if trial.failure:
        msg.warn(f"Trial {number} failed ({told})", trial.failure.fact)
        return
    values = ", ".join(
        f"{name} {value}" for name, value in zip(VALUES[:2], show_values(trial), strict=False)
    )
    msg.info(f"Trial {number}: {told}: {values}, keeps: {trial.keeps}", left)


def show_end(sweep: Sweep, study: Path) -> None:
    """Print the trials that no other beats, and the one that is chosen."""
    names = setting_names(sweep.trials)
    rows = [
        (
            trial.number,
            trial.settings["strategy"],
            *(trial.settings.get(name, "") for name in names),
            *show_values(trial),
            trial.keeps,
        )
        for trial in sorted(sweep.trials, key=lambda trial: -(trial.gain or 0.0))
        if trial.front
    ]
    header = ("trial", "strategy", *names, *VALUES, "keeps")
    msg.table(rows, header=header, divider=True)
    failed = sum(trial.failure is not None for trial in sweep.trials)
    if failed:
        msg.warn(f"{failed} trials failed", TRY_AGAIN)
    if sweep.chosen:
        msg.good(sweep.chosen.why, str(study / CHOSEN))
        print(f"python -m spacy project run all . {command_line(sweep.chosen, sweep.overrides)}")


if __name__ == "__main__":
    run(main)
