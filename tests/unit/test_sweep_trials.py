"""A trial's recipe, and what is done where trials are."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

from scripts.project.files import write_json
from scripts.sweeping.space import Settings, Space
from scripts.sweeping.study import Plan, Study
from scripts.sweeping.sweeps import find_base_f
from scripts.sweeping.trials import Means, recipe_of, score_base
from scripts.training.learning import Learning
from scripts.training.strategies import Recipe

RECIPE = Recipe(
    base=Path("base"),
    specialist=Path("specialist"),
    corpus=Path("corpus"),
    candidates=Path("study"),
    config=None,
    precedence="update",
    encoder="full",
    seed=0,
    gpu_id=0,
    max_steps=0,
    learning=Learning(0.002, 3),
    alpha=0.3,
)


def test_what_is_not_swept_keeps_its_value() -> None:
    own = recipe_of({"strategy": "interpolate"}, RECIPE, Path("work"))
    assert (own.learning, own.alpha) == (RECIPE.learning, 0.3)
    assert (own.corpus, own.candidates) == (Path("work/corpus"), Path("work"))
    settings: Settings = {"strategy": "interpolate", "update_learning_rate": 0.01, "alpha": 0.0}
    own = recipe_of(settings, RECIPE, Path("work"))
    assert (own.learning, own.alpha) == (Learning(0.01, 3), 0.0)


class Elsewhere:
    """An executor of other machines, which keeps what it is given."""

    jobs = 1
    lost: tuple[type[Exception], ...] = ()

    def __init__(self) -> None:
        self.given: list[Any] = []

    def submit(self, work: Any, shared: Any, item: Any) -> "Future[Any]":
        self.given.append((work, shared))
        future: Future[Any] = Future()
        future.set_result(12.5)
        return future

    def close(self) -> None:
        """Nothing to end."""


def test_the_base_is_scored_once_and_where_trials_are_done(tmp_path: Path) -> None:
    write_json(tmp_path / "gold.json", {})
    study = Study(tmp_path / "study.db", "key", Plan(Space(("double",), {}), 1, 1, 0))
    means = Means(RECIPE, tmp_path / "gold.json", tmp_path, tmp_path, tmp_path)
    executor = Elsewhere()
    assert [find_base_f(study, executor, means) for _ in range(2)] == [12.5, 12.5]
    assert executor.given == [(score_base, means)]
