"""What a sweep may try: strategies and ranges, from a YAML file and what there is to train on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import srsly

from ..project.errors import UserError
from ..project.settings import parse_value
from ..training.rehearsal import Dose

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

STRATEGY, RATE, ALPHA = "strategy", "update_learning_rate", "alpha"
DOCS, RATIO = "rehearsal_docs", "rehearsal_ratio"
SWEPT = (DOCS, RATIO, RATE, ALPHA)  # vars that have a range
STRATEGIES = ("double", "two-teacher", "interpolate", "pseudo", "replay")
WITHOUT_RAW = ("pseudo",)  # strategies without a dose of raw text
REMEDY = "Correct it: docs/sweep.md says what may stand there."

Value = str | int | float
Settings = dict[str, Value]  # vars of one trial


class Range(NamedTuple):
    """Numbers from `low` to `high`, both included. log: equal factors count alike."""

    low: float
    high: float
    log: bool

    @property
    def middle(self) -> float:
        """What lies between: by equal factors where these count."""
        return (self.low * self.high) ** 0.5 if self.log else (self.low + self.high) / 2


@dataclass(frozen=True)
class Texts:
    """How much there is to train on: annotated texts, and raw ones that `rehearse` has labelled."""

    annotated: int
    raw: int


@dataclass(frozen=True)
class Space:
    """What may be tried. ranges: by the name of the var."""

    strategies: tuple[str, ...]
    ranges: Mapping[str, Range]


def read_space(path: Path, strategy: str, texts: Texts) -> Space:
    """Read a space. strategy: vars.strategy, for a space that names none.

    Without raw text there is no dose. Raises UserError for what cannot be tried.
    """
    try:
        content = srsly.read_yaml(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as YAML: {error}.", REMEDY) from error
    if not isinstance(content, dict) or set(content) - {STRATEGY, *SWEPT}:
        raise UserError(
            f"{path} may have {', '.join((STRATEGY, *SWEPT))}, and nothing else.", REMEDY
        )
    if DOCS in content and RATIO in content:
        raise UserError(f"{path} has both {DOCS} and {RATIO}, which are one dose.", REMEDY)
    named = content.pop(STRATEGY, [strategy])
    if not isinstance(named, list) or not named or any(name not in STRATEGIES for name in named):
        raise UserError(
            f"{path}: strategy is {named!r}; it can be some of {', '.join(STRATEGIES)}.", REMEDY
        )
    without = () if texts.raw else (DOCS, RATIO)
    ranges = {
        name: _read_range(path, name, block, texts)
        for name, block in content.items()
        if name not in without
    }
    return Space(tuple(named), ranges)


def _read_range(path: Path, name: str, block: Any, texts: Texts) -> Range:
    most = {DOCS: float(texts.raw), RATIO: texts.raw / max(texts.annotated, 1)}.get(name)
    try:
        high = block["high"]
        low, high = float(block["low"]), float(most if most and high == "all" else high)
        log = bool(block.get("log", False))
        for value in (low, high):
            parse_value("rehearsal_ratio" if name == DOCS else name, str(value))
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise UserError(f"{path}: {name} is {block!r}, which is no range.", REMEDY) from error
    if most and high > most:
        given = round(high) if name == DOCS else high  # as the var takes it
        raise UserError(
            f"{path}: {name} goes up to {given}, but rehearse has labelled {texts.raw:,} texts to "
            f"train on, which is {most:g}.",
            f"Run rehearse with --vars.{name} {given} first, or lower it.",
        )
    low = min(low, most) if most else low
    if low > high or (log and low <= 0):
        raise UserError(f"{path}: {name} is {block!r}, which holds no number.", REMEDY)
    return Range(low, high, log)


def swept(space: Space, strategy: str) -> list[str]:
    """The vars that mean something to a strategy, among those that have a range."""
    without = {*((DOCS, RATIO) if strategy in WITHOUT_RAW else ())}
    without |= set() if strategy == "interpolate" else {ALPHA}
    return [name for name in space.ranges if name not in without]


def suggest(trial: "BaseTrial", space: Space) -> Settings:
    """The settings of a trial, as its sampler or what stands in the queue says."""
    strategy = trial.suggest_categorical(STRATEGY, space.strategies)
    settings: Settings = {STRATEGY: str(strategy)}
    for name in swept(space, str(strategy)):
        low, high, log = space.ranges[name]
        settings[name] = (
            trial.suggest_int(name, max(1, round(low)), max(1, round(high)), log=log)
            if name == DOCS
            else trial.suggest_float(name, low, high, log=log)
        )
    return settings


def first_settings(space: Space) -> list[Settings]:
    """What is tried first: each strategy with all raw text, and else the middle of the ranges."""
    return [
        {
            STRATEGY: strategy,
            **{name: _first_value(name, space.ranges[name]) for name in swept(space, strategy)},
        }
        for strategy in space.strategies
    ]


def _first_value(name: str, of: Range) -> Value:
    if name == DOCS:
        return max(1, round(of.high))
    return round_value(of.high if name == RATIO else of.middle, of)


def round_settings(settings: Settings, space: Space) -> Settings:
    """Three digits say as much, and can be typed."""
    return {
        name: round_value(value, space.ranges[name]) if isinstance(value, float) else value
        for name, value in settings.items()
    }


def round_value(value: float, of: Range) -> float:
    """A number with three significant digits, within its range."""
    return max(of.low, min(of.high, float(f"{value:.3g}")))


def count_raw(settings: Settings, texts: Texts) -> int:
    """Raw texts that a trial trains on; as many as `rehearse` would choose by these settings."""
    if settings[STRATEGY] in WITHOUT_RAW:
        return 0
    if DOCS in settings:
        return min(texts.raw, int(settings[DOCS]))
    if RATIO in settings:
        return min(texts.raw, Dose(0, float(settings[RATIO])).texts(texts.annotated))
    return texts.raw
