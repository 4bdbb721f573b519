"""A sweep as a whole: what it is made from, and how it goes on."""

import shutil
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ..corpora.corpus import count_docs
from ..project.engines import EngineName
from ..project.errors import UserError
from ..project.executors import Executor, make_executor
from ..project.files import hash_file
from ..project.locking import locked
from ..project.progress import time_left
from ..project.units import make_key
from ..training.choosing import Condition
from ..training.strategies import Recipe, candidate_key
from .publishing import Outputs, Terms, make_record, write_record
from .records import Failure, Outcome, Sweep
from .running import lag_for, result, run_trials
from .space import Space, Texts, read_space
from .study import Plan, Started, Study
from .trials import Means, score_base

STUDY, LOGS, WORK = "study.db", "logs", ".work-"  # in the folder of the study


@dataclass(frozen=True)
class Order:
    """What is asked for.

    recipe: with all settings that are not swept. strategy: where the space names none. dev_gold:
    what `inputs` wrote about the gold for retained labels on dev. trials: how many in all. jobs: at
    a time, 0 for one a core. max_loss, min_agreement: as in `choosing.Condition`. overrides: vars
    that were given for this run.
    """

    recipe: Recipe
    space: Path
    strategy: str
    dev_gold: Path
    trials: int
    jobs: int
    engine: EngineName
    max_loss: float
    min_agreement: float
    overrides: Mapping[str, str]


class Step(NamedTuple):
    """Where a sweep stands: at its start, and after each trial.

    again: trials that were taken up again, which had died or failed. started, ended: the trial and
    what it came to, None at the start. left: the time that the others may take, in words.
    """

    sweep: Sweep
    again: int
    started: Started | None
    ended: Outcome | Failure | None
    left: str


def run_sweep(order: Order, outputs: Outputs) -> Generator[Step, None, None]:
    """Do all trials that are still to be done, and write what they come to after each.

    Raises UserError for what cannot be tried, and when another process does a sweep here.
    """
    texts = count_texts(order.recipe.corpus)
    space = read_space(order.space, order.strategy, texts)
    check_space(space, order.recipe)
    with alone(outputs.study), work_folder(outputs.study) as work:
        means = make_means(order, work, outputs.study / LOGS)
        executor = make_executor(order.engine, jobs=order.jobs, gpu_id=order.recipe.gpu_id)
        with closing(executor):
            plan = Plan(space, order.trials, lag_for(executor.jobs), order.recipe.seed)
            study = Study(outputs.study / STUDY, sweep_key(space, means), plan)
            base_f = find_base_f(study, executor, means)
            terms = make_terms(order, space, texts, means, base_f)
            again = study.take_up()
            sweep = publish(study, terms, outputs)
            yield Step(sweep, again, None, None, "")
            before, start = count_done(sweep), time.monotonic()
            for started, ended in run_trials(study, executor, means, texts):
                sweep = publish(study, terms, outputs)
                done, seconds = count_done(sweep) - before, time.monotonic() - start
                left = time_left(done, order.trials - before, seconds)
                yield Step(sweep, again, started, ended, left)
    check_done(sweep)


def count_texts(corpus: Path) -> Texts:
    """How much there is to train on."""
    return Texts(count_docs(corpus / "gold" / "train"), count_docs(corpus / "rehearsal" / "train"))


def check_space(space: Space, recipe: Recipe) -> None:
    """Raises UserError for a strategy that cannot be tried here."""
    if "replay" in space.strategies and not recipe.replays:
        raise UserError(
            "The strategy replay is to be tried, but there is no gold to replay.",
            "Give vars.replay_gold and run rehearse, or leave the strategy out.",
        )
    if recipe.config and len(space.strategies) > 1:
        raise UserError(
            f"{recipe.config} is a training config of one strategy, and "
            f"{', '.join(space.strategies)} are to be tried.",
            "Leave vars.config null, or name its strategy alone.",
        )


@contextmanager
def alone(study: Path) -> Iterator[None]:
    """Keep other processes from the study. Raises UserError when one has it."""
    with locked(study / ".lock", go_on=lambda: False) as held:
        if not held:
            raise UserError(
                f"Another process does a sweep in {study}.",
                "Wait for it, or end it, then run again.",
            )
        yield


@contextmanager
def work_folder(study: Path) -> Iterator[Path]:
    """A folder for trials that are being done; what a killed sweep left goes first.

    A new one, since trials of a killed sweep may write for half a second yet.
    """
    for left in study.glob(f"{WORK}*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(dir=study, prefix=WORK))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def make_means(order: Order, work: Path, logs: Path) -> Means:
    """What all trials share, under paths that hold in other working directories, as on nodes."""
    recipe = replace(
        order.recipe,
        base=order.recipe.base.resolve(),
        specialist=order.recipe.specialist.resolve(),
        corpus=order.recipe.corpus.resolve(),
        config=order.recipe.config and order.recipe.config.resolve(),
    )
    return Means(recipe, order.dev_gold.resolve(), Path.cwd(), work.resolve(), logs.resolve())


def make_terms(order: Order, space: Space, texts: Texts, means: Means, base_f: float) -> Terms:
    """The terms of a sweep. base_f: of the annotated labels by the untouched base."""
    condition = Condition(order.max_loss, order.min_agreement, means.read_gold())
    seed = order.recipe.seed
    return Terms(space, texts, condition, order.trials, seed, base_f, order.overrides)


def find_base_f(study: Study, executor: Executor, means: Means) -> float:
    """F of the annotated labels by the untouched base, on dev, in percent: once in a study.

    Where trials are done, too: this machine may have no GPU.
    """
    known = study.base_annotated_f
    if known is None:
        known = result(executor.submit(score_base, means, None), executor)
        study.base_annotated_f = known
    return known


def sweep_key(space: Space, means: Means) -> str:
    """A hash of all that decides what trials come to, but for their settings."""
    return make_key(
        space.strategies,
        sorted((name, tuple(one)) for name, one in space.ranges.items()),
        [candidate_key(strategy, means.recipe) for strategy in space.strategies],
        hash_file(means.gold),
    )


def publish(study: Study, terms: Terms, outputs: Outputs) -> Sweep:
    """Write what has been tried until now."""
    sweep = make_record(study.ended(), terms)
    write_record(sweep, outputs)
    return sweep


def count_done(sweep: Sweep) -> int:
    """Trials that were trained and scored."""
    return sum(trial.outcome is not None for trial in sweep.trials)


def check_done(sweep: Sweep) -> None:
    """Raises UserError when no trial has come to anything."""
    failures = [trial.failure for trial in sweep.trials if trial.failure]
    if failures and not count_done(sweep):
        raise UserError(f"All trials failed: {failures[-1].fact}", failures[-1].remedy)
