"""Make the update by the chosen strategy and put it together with the base."""

import time
from dataclasses import astuple, replace
from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .corpora.corpus import MIN_DEV_SPANS
from .project.errors import run
from .project.files import hash_file
from .project.progress import time_left
from .project.settings import parse_value
from .training.choosing import choose, read_condition, write_choice
from .training.extent import describe_dev, describe_texts
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
    Seed,
    SpecialistFolder,
    TeacherFolder,
)
from .training.pipelines import BaseRecord, copy_pipeline, has_teacher
from .training.records import Candidate, Choice, TrainingConfig
from .training.strategies import (
    MODEL,
    TRIED,
    Made,
    Recipe,
    config_of,
    make_candidate,
    make_update,
    score_candidate,
)
from .training.tracking import TrackerOption

ALONE = "specialist"  # what is written in the place of a strategy where the base knows nothing
SAID = "vars.strategy says so."
NOTHING_TO_KEEP = "The base knows no labels: the update is the specialist alone, trained on gold."


def main(
    base: BaseFolder,
    teacher: TeacherFolder,
    specialist: SpecialistFolder,
    corpus: CorpusFolder,
    strategy: Annotated[str, typer.Option(help="one of settings.STRATEGIES")],
    output: Annotated[Path, typer.Option(help="folder of the model to write")],
    record: Annotated[Path, typer.Option(help="strategy.json to write: what was chosen, and why")],
    candidates: Annotated[Path, typer.Option(help="folder of updates made on the way")],
    condition: Annotated[Path, typer.Option(help="what inputs wrote for the strategy auto")],
    config: ConfigFile,
    precedence: Precedence = "update",
    encoder: Encoder = "full",
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    max_steps: MaxSteps = 0,
    learning_rate: LearningRate = "null",
    update_learning_rate: UpdateLearningRate = "null",
    alpha: Alpha = "null",
    max_epochs: MaxEpochs = 0,
    weight_decay: WeightDecay = "null",
    tracking: TrackerOption = "none",
) -> None:
    """Make the update from base, specialist and corpora by the chosen strategy."""
    recipe = Recipe(
        base=base,
        specialist=specialist,
        corpus=corpus,
        candidates=candidates,
        config=None if config == "null" else Path(config),
        precedence=precedence,
        encoder=encoder,
        seed=seed,
        gpu_id=gpu_id,
        max_steps=max_steps,
        learning=read_learning(learning_rate, max_epochs, weight_decay, update_learning_rate),
        alpha=parse_value("alpha", alpha),
        tracking=tracking,
        teacher=teacher if has_teacher(teacher) else None,
    )
    choice = update_by(strategy, recipe, condition, output)
    write_choice(record, replace(choice, config=find_config(recipe, choice.chosen)))
    msg.good(f"Update: {choice.chosen}. {choice.why}", str(output))


def update_by(strategy: str, recipe: Recipe, condition: Path, output: Path) -> Choice:
    """Write the update and say how it came about."""
    if not recipe.scheme.base:
        copy_pipeline(recipe.specialist, output)
        return Choice(strategy, ALONE, NOTHING_TO_KEEP, [], [])
    msg.info(f"Texts to train on: {describe_texts(recipe.corpus)}")
    if strategy == "auto":
        return choose_update(recipe, condition, output)
    made = make_update(strategy, recipe, output)
    show_made(made, describe_dev(recipe.corpus))
    why = explain(recipe)
    return Choice(strategy, strategy, why, [], made.shares, made.shared, made.boldness)


def explain(recipe: Recipe) -> str:
    """Why a strategy was taken, where nothing was compared, and who is called the base."""
    if recipe.teacher is None:
        return SAID
    teacher = BaseRecord.read(recipe.teacher.with_suffix(".json"))
    return (
        f"{SAID} What is said of the base is said of the teacher {teacher.name} {teacher.version}, "
        f"which speaks in its place for {', '.join(teacher.taught)}."
    )


def choose_update(recipe: Recipe, condition: Path, output: Path) -> Choice:
    """Make all candidates of the strategy auto and write the one that is chosen on dev."""
    judged: list[Candidate] = []
    made: dict[str, Made] = {}
    kept = read_condition(condition)
    dev, start = recipe.dev(kept), time.monotonic()
    tried = [*TRIED, "replay"] if recipe.replays else [*TRIED]
    for number, strategy in enumerate(tried, start=1):
        left = time_left(len(judged), len(tried), time.monotonic() - start)
        msg.info(f"Candidate {number} of {len(tried)}: {strategy}", left)
        made[strategy] = make_candidate(strategy, recipe)
        judged.append(score_candidate(made[strategy], recipe, dev, kept))
    show_candidates(judged)
    chosen, why = choose(judged)
    copy_pipeline(recipe.candidates / chosen / MODEL, output)
    taken = made[chosen]
    return Choice("auto", chosen, why, judged, taken.shares, taken.shared, taken.boldness)


def find_config(recipe: Recipe, strategy: str) -> TrainingConfig | None:
    """The config that was trained for a strategy, None where there was no training."""
    if strategy in ("naive", ALONE):
        return None
    template = recipe.run(config_of(strategy)).template
    return TrainingConfig(template.name, hash_file(template), template.stat().st_size)


def show_made(made: Made, dev: str) -> None:
    """Print what an update reaches on dev, and how long it was trained. dev: what that is."""
    if made.shares:
        rows = [tuple(f"{value:.1f}" for value in astuple(one)) for one in made.shares]
        header = ("share of the base", "dev score", "annotated F", "retained F")
        msg.table(rows, header=header, divider=True, aligns=("r",) * 4)
    shown = ", ".join(f"{name} {score:.1f}" for name, score in made.scores.items())
    if shown:
        msg.text(f"On {dev}: {shown}" + (f"; {made.length}" if made.length else ""))
    if made.boldness:
        one = made.boldness[-1]
        msg.text(
            f"Dev has under {MIN_DEV_SPANS} gold spans, so general text says how bold the second "
            f"ner may be: by {one.nats} nats, with {one.false_alarms} false alarms there, where "
            f"the specialist has {one.specialist}."
        )


def show_candidates(candidates: list[Candidate]) -> None:
    """Print what dev says of each candidate."""
    header = ("candidate", "dev score", "annotated F", "retained F", "keeps", "why")
    rows = [
        (
            one.strategy,
            *(
                f"{value:.1f}"
                for value in (
                    one.scores.update_score,
                    one.scores.annotated_f,
                    one.scores.retained_f,
                )
            ),
            one.keeps,
            one.why,
        )
        for one in candidates
    ]
    msg.table(rows, header=header, divider=True)


if __name__ == "__main__":
    run(main)
