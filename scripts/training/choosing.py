"""Which of several updates to keep: the best on dev among those that keep the old labels.

The condition is the gate's (`release/gate_rules.py`), asked on dev: a strategy is never chosen by
what it is tested on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import srsly

from ..evaluation.bootstrap import Interval
from ..evaluation.held_out import RetainedGold, read_retained_gold
from ..project.files import write_json
from .records import Candidate, Choice, DevScores, Keeps


@dataclass(frozen=True)
class Condition:
    """When the old labels count as kept on dev; points of F, agreement in percent.

    gold: gold for retained labels that is set apart for this, if there is any.
    """

    max_loss: float
    min_agreement: float
    gold: RetainedGold | None


def read_condition(path: Path) -> Condition:
    """What `inputs` wrote for the strategy auto."""
    record = srsly.read_json(path)
    return Condition(record["max_loss"], record["min_agreement"], read_retained_gold(path))


def judge_keeping(scores: DevScores, condition: Condition) -> tuple[Keeps, str]:
    """Whether an update keeps the old labels, by gold if there is any, else by agreement."""
    agreement, change = scores.agreement, scores.retained_gold
    agrees = agreement is None or agreement.lower >= condition.min_agreement
    told = (
        "the base finds no retained label in general text"
        if agreement is None
        else f"agreement with the base {_bounds(agreement)}"
    )
    if change is None:
        return ("pass" if agrees else "inconclusive"), told
    told = f"retained labels on gold {_bounds(change, sign='+')} points, {told}"
    if change.upper < -condition.max_loss:
        return "fail", told
    if change.lower >= -condition.max_loss or agrees:
        return "pass", told
    return "inconclusive", told


def choose(candidates: Sequence[Candidate]) -> tuple[str, str]:
    """The best on dev (update_score) of those that keep the old labels for sure, and why.

    Where none does for sure, the one that is nearest to it: that agrees most with the base. One
    that learnt nothing (score 0) agrees best, and is taken only where no other is.
    """
    learnt = [one for one in candidates if one.scores.update_score > 0] or candidates
    keeping = [one for one in learnt if one.keeps == "pass"]
    if not keeping:
        safest = max(learnt, key=lambda one: _least_agreement(one.scores))
        return safest.strategy, (
            f"No candidate surely keeps the retained labels on dev; {safest.strategy} agrees most "
            f"with the base."
        )
    best = max(keeping, key=lambda one: one.scores.update_score)
    score = f"{best.scores.update_score:.1f} on dev"
    if len(keeping) == 1:
        return best.strategy, (
            f"{best.strategy} ({score}) alone of {len(candidates)} candidates keeps the retained "
            "labels there."
        )
    return best.strategy, (
        f"{best.strategy} has the best score ({score}) of the {len(keeping)} candidates, of "
        f"{len(candidates)}, that keep the retained labels there."
    )


def _least_agreement(scores: DevScores) -> float:
    return scores.agreement.lower if scores.agreement else 100.0


def write_choice(path: Path, choice: Choice) -> None:
    """Write `training/strategy.json`."""
    write_json(path, msgspec.to_builtins(choice))


def _bounds(interval: Interval, sign: str = "") -> str:
    return f"{interval.value:{sign}.1f} [{interval.lower:{sign}.1f}, {interval.upper:{sign}.1f}]"
