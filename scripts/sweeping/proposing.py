"""Which settings to try next: a multi-objective tree-structured Parzen estimator.

Ozaki et al., "Multiobjective Tree-structured Parzen Estimator" (JAIR 73, 2022), as in Optuna.
Trials that others are still at count as bad ones near theirs ("constant liar"), so that processes
do not try the same.
"""

import warnings
from collections.abc import Sequence

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from ..project.files import hash_text
from .space import Settings, Space, first_settings, round_settings, suggest

MAXIMIZE = (StudyDirection.MAXIMIZE, StudyDirection.MAXIMIZE)  # retention and gain
RANDOM = 10  # trials before the estimator has something to learn from


def propose(
    space: Space, done: Sequence[FrozenTrial], pending: Sequence[FrozenTrial], place: int, seed: int
) -> Settings:
    """The settings of the trial at a place of the sweep.

    They follow from what is given: so a sweep that was killed goes on as if it had not been.
    done: trials before it whose values are known. pending: those that are to be known later.
    """
    first = first_settings(space)
    if place < len(first):
        return first[place]
    sampler = TPESampler(
        n_startup_trials=RANDOM, constant_liar=True, seed=int(hash_text(f"{seed} {place}")[:8], 16)
    )
    study = optuna.create_study(directions=MAXIMIZE, sampler=sampler)
    study.add_trials(done)
    for trial in pending:
        study.add_trial(_running(trial.params, trial.distributions))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return round_settings(suggest(study.ask(), space), space)


def _running(params: dict[str, object], distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    return create_trial(state=TrialState.RUNNING, params=params, distributions=distributions)
