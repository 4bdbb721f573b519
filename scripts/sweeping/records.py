"""What a sweep writes down (`training/sweep.json`; docs/sweep.md has its fields)."""

from dataclasses import dataclass

from ..training.records import DevScores, Keeps
from .space import Range, Settings


@dataclass(frozen=True)
class Outcome:
    """What a trial came to. raw_texts: that it was trained on. seconds: to train and to score."""

    scores: DevScores
    raw_texts: int
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Why a trial came to nothing: the fact and the remedy of its error."""

    fact: str
    remedy: str


@dataclass(frozen=True)
class Trial:
    """A trial that has ended.

    number: its place in the sweep, from 0. gain, retention: its objectives (`objectives.py`), None
    like all that follows from scores where it failed. keeps, why: the gate's condition, on dev.
    front: whether no other trial is better in one objective and as good in the other.
    """

    number: int
    settings: Settings
    gain: float | None = None
    retention: float | None = None
    keeps: Keeps | None = None
    why: str = ""
    front: bool = False
    outcome: Outcome | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class Chosen:
    """The trial that is taken, and the vars that make it again."""

    number: int
    why: str
    vars: Settings


@dataclass(frozen=True)
class Sweep:
    """All of `training/sweep.json`.

    planned: trials that there are to be. annotated_texts, raw_texts: to train on. retained_gold:
    texts of gold for retained labels on dev. base_annotated_f: of the untouched base, on dev.
    overrides: vars that were given for the run.
    """

    seed: int
    planned: int
    strategies: tuple[str, ...]
    ranges: dict[str, Range]
    annotated_texts: int
    raw_texts: int
    retained_gold: int
    max_loss: float
    min_agreement: float
    base_annotated_f: float
    overrides: dict[str, str]
    trials: list[Trial]
    chosen: Chosen | None
