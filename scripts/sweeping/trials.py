"""One trial: an update by some settings, scored on dev, and removed. Done by a worker."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ..evaluation.bootstrap import Sampling
from ..evaluation.held_out import RetainedGold, read_retained_gold
from ..project.errors import UserError
from ..project.files import remove
from ..training.dev import (
    DevSet,
    find_spans,
    load_entities_only,
    read_dev,
    score_examples,
    score_pipeline,
)
from ..training.doses import write_corpora
from ..training.pipelines import use_gpu
from ..training.records import DevScores
from ..training.strategies import MODEL, Recipe, make_update
from .records import Failure, Outcome
from .space import ALPHA, RATE, STRATEGY, Settings


@dataclass(frozen=True)
class Means:
    """What all trials share, under paths that hold for all workers.

    recipe: with the settings that are not swept. gold: what `inputs` wrote about the gold for
    retained labels on dev. project: the folder of the project. work, logs: folders for trials.
    """

    recipe: Recipe
    gold: Path
    project: Path
    work: Path
    logs: Path

    def read_gold(self) -> RetainedGold | None:
        """The gold for retained labels by which trials are judged."""
        return read_retained_gold(self.gold)

    def read_dev(self) -> DevSet:
        """The dev set, the same for all trials."""
        recipe = self.recipe
        return read_dev(recipe.corpus, self.read_gold(), recipe.base, recipe.scheme)


class Task(NamedTuple):
    """A trial to do. name: of its folder and its log. raw_texts: to train on."""

    name: str
    settings: Settings
    raw_texts: int


def run_trial(means: Means, task: Task) -> Outcome | Failure:
    """Make the update and score it. An error of the user's is given back, not raised."""
    start, work, log = time.monotonic(), means.work / task.name, means.logs / f"{task.name}.log"
    try:
        with chdir(means.project), output_to(log):
            scores = make_and_score(means, task, work)
    except UserError as error:
        return Failure(error.fact, f"{error.remedy} What it printed: {log}.")
    finally:
        remove(work)
    return Outcome(scores, task.raw_texts, time.monotonic() - start)


def make_and_score(means: Means, task: Task, work: Path) -> DevScores:
    """Make the update in a folder of its own, from corpora of its own; returns its scores."""
    own, corpus = recipe_of(task.settings, means.recipe, work), means.recipe.corpus
    write_corpora(corpus, own.corpus, corpus / "rehearsal" / "train", task.raw_texts)
    model = work / MODEL
    make_update(str(task.settings[STRATEGY]), own, model)
    return score_pipeline(load_entities_only(model), means.read_dev(), Sampling())


def recipe_of(settings: Settings, recipe: Recipe, work: Path) -> Recipe:
    """The recipe of a trial: where a var is not swept, it keeps its value."""
    rate = float(settings[RATE]) if RATE in settings else recipe.learning.learning_rate
    return replace(
        recipe,
        corpus=work / "corpus",
        candidates=work,
        learning=replace(recipe.learning, learning_rate=rate),
        alpha=float(settings[ALPHA]) if ALPHA in settings else recipe.alpha,
    )


def score_base(means: Means, _item: None) -> float:
    """F of the annotated labels by the untouched base, on dev, in percent."""
    with chdir(means.project):
        use_gpu(means.recipe.gpu_id)
        dev = means.read_dev()
        found = find_spans(load_entities_only(means.recipe.base), dev)
    return 100 * score_examples(dev, found)["annotated_f"]


@contextmanager
def output_to(log: Path) -> Iterator[None]:
    """Put what this process and those that it starts print into a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    streams = (sys.stdout, sys.stderr)
    for stream in streams:
        stream.flush()
    kept = [os.dup(number) for number in (1, 2)]
    try:
        with log.open("wb") as file:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
        yield
    finally:
        for stream in streams:
            stream.flush()
        for number, old in zip((1, 2), kept, strict=True):
            os.dup2(old, number)
            os.close(old)
