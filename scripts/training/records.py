"""What is written down of strategies: what dev says of each, and which one was taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..evaluation.bootstrap import Interval

Keeps = Literal["pass", "inconclusive", "fail"]


@dataclass(frozen=True)
class DevScores:
    """What a pipeline reaches on the dev set (`functions.create_scorer`), in percent.

    false_alarms: spans of new labels in 1,000 words of general text.
    agreement: F against the base in general text, None where it finds no retained label there.
    retained_gold: the change of F against the base on gold for retained labels, in points; None
        without such gold. retained_gold_f: the F itself.
    """

    update_score: float
    annotated_f: float
    retained_f: float
    false_alarms: float
    agreement: Interval | None
    retained_gold_f: float | None
    retained_gold: Interval | None


@dataclass(frozen=True)
class Scored:
    """A share of the base's weights and what it reaches on dev, in percent."""

    alpha: float
    update_score: float
    annotated_f: float
    retained_f: float


@dataclass(frozen=True)
class SharedTrial:
    """A way of merging labels that base and annotators share, and what it comes to on dev.

    dropped: those of which the base's own entities are left out; of the others they fill what the
    second ner leaves free. wins: whether the second ner's also replace the base's of other labels.
    shared_f: micro F of the shared labels on gold, in percent. retained_f: of the retained labels
    on general text, against the base, in percent. taken: whether the update does so.
    """

    dropped: list[str]
    wins: bool
    shared_f: float
    retained_f: float
    taken: bool


@dataclass(frozen=True)
class BoldnessTrial:
    """How far a second ner's "outside" was held back, and what it then does in general text.

    false_alarms: spans of new labels. specialist: those of the specialist in the same text.
    agreement: F against the base there, in percent. gold: F on the gold that dev has, in percent.
    """

    nats: int
    false_alarms: int
    specialist: int
    agreement: float
    gold: float


@dataclass(frozen=True)
class Candidate:
    """An update that was trained, and what dev says of it.

    keeps, why: whether it keeps the old labels. seconds: how long it took to make.
    """

    strategy: str
    scores: DevScores
    keeps: Keeps
    why: str
    seconds: float


@dataclass(frozen=True)
class TrainingConfig:
    """A training config as it was before it was completed, as a file."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Choice:
    """All of `training/strategy.json`: what vars.strategy says, which one was packaged, and why.

    candidates: those among which auto chose. shares: of the base's weights that interpolate tried,
    if it is the one. shared: the ways of merging labels that base and annotators share, which a
    second ner beside the base's allows. boldness: of it, what was tried where dev has little gold,
    the one that was taken last. config: what was trained; None where nothing was (naive).
    """

    strategy: str
    chosen: str
    why: str
    candidates: list[Candidate]
    shares: list[Scored]
    shared: Sequence[SharedTrial] = ()
    boldness: Sequence[BoldnessTrial] = ()
    config: TrainingConfig | None = None
