"""Which trial to take, and which vars make it again."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..training.choosing import Condition, judge_keeping
from .records import Chosen, Trial
from .space import DOCS, RATIO

# The gold on dev, by which it was chosen, is then left out of the test.
TESTED = {"retained_test": "rest"}


def judge(trial: Trial, condition: Condition) -> Trial:
    """The trial with what the gate's condition says of it, on dev."""
    if trial.outcome is None:
        return trial
    keeps, why = judge_keeping(trial.outcome.scores, condition)
    return replace(trial, keeps=keeps, why=why)


def pick(trials: Sequence[Trial]) -> tuple[Trial, str] | None:
    """The trial that gains most of those that surely keep the old labels, and why.

    Where none surely does, the one with the best retention that has learnt something. None where
    there is no trial. Of equal ones the first.
    """
    ended = [trial for trial in trials if trial.outcome is not None]
    learnt = [trial for trial in ended if _learnt(trial)] or ended
    if not learnt:
        return None
    keeping = [trial for trial in learnt if trial.keeps == "pass"]
    if not keeping:
        safest = max(learnt, key=lambda trial: (trial.retention or 0.0, trial.gain or 0.0))
        return safest, (
            f"No trial surely keeps the retained labels on dev; trial {safest.number} has the best "
            f"retention ({safest.retention:.1f} %)."
        )
    best = max(keeping, key=lambda trial: (trial.gain or 0.0, trial.retention or 0.0))
    return best, (
        f"Trial {best.number} gains most ({best.gain:+.1f} points of F) of the {len(keeping)} "
        f"trials, of {len(ended)}, that keep the retained labels on dev."
    )


def _learnt(trial: Trial) -> bool:
    return trial.outcome is not None and trial.outcome.scores.update_score > 0


def choose(trials: Sequence[Trial], *, has_gold: bool) -> Chosen | None:
    """`pick`, with the vars. has_gold: whether gold for retained labels took part in it."""
    picked = pick(trials)
    if picked is None:
        return None
    trial, why = picked
    values = dict(trial.settings)
    if RATIO in values:
        values[DOCS] = 0  # a number of texts would win over the ratio
    if has_gold:
        values |= TESTED
    return Chosen(trial.number, why, values)


def command_line(chosen: Chosen, overrides: Mapping[str, str]) -> str:
    """The overrides as one types them behind `spacy project run all .`.

    overrides: those of the sweep's own run, which hold for that one, too.
    """
    values = {**overrides, **chosen.vars}
    return " ".join(f"--vars.{name} {shlex.quote(str(value))}" for name, value in values.items())


def yaml(chosen: Chosen, overrides: Mapping[str, str]) -> str:
    """What is chosen as lines for the vars of project.yml, and as `command_line`."""
    lines = [f"  {name}: {value}" for name, value in chosen.vars.items()]
    command = f"python -m spacy project run all . {command_line(chosen, overrides)}"
    return f"# {chosen.why}\n# {command}\n" + "vars:\n" + "\n".join(lines) + "\n"
