"""Measure how much raw text the update needs: the strategy at several doses, on dev."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import srsly
import typer
from wasabi import msg

from .evaluation.held_out import read_retained_gold, take_part
from .project.errors import UserError, run
from .project.files import scratch_directory, write_text
from .project.progress import time_left
from .project.settings import parse_value
from .reporting.dose_chart import SERIES, AlarmPoint, DosePoint, draw_doses
from .training.dev import DevSet, read_dev
from .training.doses import (
    Curve,
    Measured,
    choose_raw,
    doses_up_to,
    label_raw,
    measure_dose,
    merge_doses,
    read_curve,
    write_curve,
)
from .training.learning import (
    LearningRate,
    MaxEpochs,
    UpdateLearningRate,
    WeightDecay,
    read_learning,
)
from .training.merging import SharedOnRaw
from .training.options import (
    Alpha,
    BaseFolder,
    ConfigFile,
    CorpusFolder,
    Encoder,
    GpuId,
    MaxSteps,
    Precedence,
    Seed,
    SpecialistFolder,
)
from .training.pipelines import BaseRecord, refuse_others
from .training.records import DevScores
from .training.strategies import Recipe, refuse_teacher
from .training.teachers import load_teachers

WITHOUT_DOSE = ("pseudo", "naive", "auto")


def main(
    inputs: Annotated[Path, typer.Option(help="what the command inputs wrote about raw text")],
    base: BaseFolder,
    specialist: SpecialistFolder,
    corpus: CorpusFolder,
    retained_gold: Annotated[Path, typer.Option(help="what inputs wrote about the retained gold")],
    strategy: Annotated[str, typer.Option(help="one that trains on raw text")],
    output: Annotated[Path, typer.Option(help="dose.json to write")],
    figure: Annotated[Path, typer.Option(help="SVG to write")],
    config: ConfigFile,
    precedence: Precedence = "update",
    encoder: Encoder = "full",
    shared_on_raw: Annotated[
        SharedOnRaw, typer.Option(help="whose word counts for shared labels in raw text")
    ] = "base",
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    max_steps: MaxSteps = 0,
    learning_rate: LearningRate = "null",
    update_learning_rate: UpdateLearningRate = "null",
    alpha: Alpha = "null",
    max_epochs: MaxEpochs = 0,
    weight_decay: WeightDecay = "null",
) -> None:
    """Train at several doses of raw text and score each on dev; write dose.json and a figure."""
    files = srsly.read_json(inputs)["raw_text"]
    record = BaseRecord.read(base.with_suffix(".json"))
    refuse_others(record, "dose")
    refuse_teacher(strategy, "dose")
    check_dose(strategy, has_raw_text=files is not None, has_base=bool(record.labels))
    work = output.parent / ".dose"
    recipe = Recipe(
        base=base,
        specialist=specialist,
        corpus=corpus,
        candidates=work,
        config=None if config == "null" else Path(config),
        precedence=precedence,
        encoder=encoder,
        seed=seed,
        gpu_id=gpu_id,
        max_steps=max_steps,
        learning=read_learning(learning_rate, max_epochs, weight_decay, update_learning_rate),
        alpha=parse_value("alpha", alpha),
    )
    gold = read_retained_gold(retained_gold)
    gold = gold and take_part(gold, "dev")
    dev = read_dev(corpus, gold, base, recipe.scheme)
    curve = Curve(strategy, seed, len(gold.references) if gold else 0, [])
    with scratch_directory(work):
        texts = choose_raw([Path(path) for path in files["paths"]], corpus)
        teachers = load_teachers(base, specialist, recipe.record, gpu_id=gpu_id)
        label_raw(teachers, recipe, texts, shared_on_raw, work / "raw")
        measure_doses(recipe, curve, len(texts), work / "raw", dev, output)
    write_curve(output, curve)
    write_text(figure, draw_curve(curve.doses))
    show(curve.doses)
    msg.good(f"Doses measured on dev: {output}", str(figure))


def measure_doses(
    recipe: Recipe, curve: Curve, texts: int, raw: Path, dev: DevSet, output: Path
) -> None:
    """Append each dose to the curve; an interrupted run goes on where it was."""
    known = read_curve(output)
    doses, start = doses_up_to(texts), time.monotonic()
    for number, dose in enumerate(doses, start=1):
        left = time_left(number - 1, len(doses), time.monotonic() - start)
        msg.info(f"Dose {number} of {len(doses)}: {dose:,} raw texts", left)
        curve.doses.append(measure_dose(recipe, curve.strategy, dose, raw, dev, known))
        # What is known of later doses stays.
        write_curve(output, replace(curve, doses=merge_doses(curve.doses, known)))


def check_dose(strategy: str, *, has_raw_text: bool, has_base: bool) -> None:
    """Raises UserError when there is no dose to measure."""
    if not has_base:
        raise UserError(
            "There is no base, so there is nothing to rehearse, and no dose of it.",
            "Measure doses with a base; what is learnt from nothing learns from gold alone.",
        )
    if strategy in WITHOUT_DOSE:
        raise UserError(
            f"vars.strategy is {strategy}, which has no dose of raw text of its own.",
            "Measure the dose of another strategy, as double.",
        )
    if not has_raw_text:
        raise UserError("There is no raw text to measure doses of.", "Give vars.raw_text.")


def draw_curve(doses: list[Measured]) -> str:
    """The figure as SVG."""
    points = []
    for one in doses:
        values = (one.scores.annotated_f, one.scores.retained_f, one.scores.retained_gold_f)
        points += [
            DosePoint(one.texts, series, value)
            for series, value in zip(SERIES, values, strict=True)
            if value is not None
        ]
    return draw_doses(points, [AlarmPoint(one.texts, one.scores.false_alarms) for one in doses])


def show(doses: list[Measured]) -> None:
    """Print a row for each dose."""
    header = ("raw texts", "dev score", "annotated F", "retained F", "on gold", "false alarms")
    rows = [(f"{one.texts:,}", *(_cell(value) for value in _values(one.scores))) for one in doses]
    msg.table(rows, header=header, divider=True, aligns=("r",) * len(header))


def _values(scores: DevScores) -> tuple[float | None, ...]:
    return (
        *(scores.update_score, scores.annotated_f, scores.retained_f),
        *(scores.retained_gold_f, scores.false_alarms),
    )


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    run(main)
