"""The study: which trials there are, kept by Optuna in SQLite, so that a killed sweep goes on.

One process writes it, that of the command; those that train do not know it. A trial has a place in
the sweep, and one that was begun in vain has the same place as the one that is begun again for it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import optuna
from optuna.samplers import RandomSampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from .objectives import find_objectives
from .proposing import MAXIMIZE, propose
from .records import Failure, Outcome, Trial
from .space import Settings, Space, suggest

PLACE, SETTINGS, OUTCOME, FAILURE = "place", "settings", "outcome", "failure"
BASE = "base_annotated_f"


class Plan(NamedTuple):
    """How a study goes on.

    trials: that there are to be. lag: of the last so many trials a new one does not know what they
    came to, whether they have ended or not: so what is tried does not depend on which ends first.
    """

    space: Space
    trials: int
    lag: int
    seed: int


class Started(NamedTuple):
    """A trial that was begun. number: the study's. place: in the sweep, from 0."""

    number: int
    place: int
    settings: Settings


class Study:
    """Trials that were made from the same things, by the key of those."""

    def __init__(self, path: Path, key: str, plan: Plan) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        # In seconds, for those who look at it meanwhile (optuna-dashboard).
        waiting = {"connect_args": {"timeout": 60}}
        self._study = optuna.create_study(
            storage=RDBStorage(f"sqlite:///{path}", engine_kwargs=waiting),
            study_name=key,
            directions=MAXIMIZE,
            sampler=RandomSampler(),  # all values stand in the queue (`proposing.propose`)
            load_if_exists=True,
        )
        self._plan = plan
        self._running: dict[int, optuna.Trial] = {}

    @property
    def base_annotated_f(self) -> float | None:
        """F of the annotated labels by the untouched base, None before it is known."""
        known = self._study.user_attrs.get(BASE)
        return None if known is None else float(known)

    @base_annotated_f.setter
    def base_annotated_f(self, value: float) -> None:
        self._study.set_user_attr(BASE, value)

    def take_up(self) -> int:
        """Put trials into the queue again that have died or failed; returns how many."""
        for trial in self._trials(TrialState.RUNNING):
            self._study.tell(trial.number, state=TrialState.FAIL)
        known = self._by_place(self._trials(TrialState.COMPLETE, TrialState.WAITING))
        ended = self._by_place(self._trials(TrialState.FAIL))
        again = [place for place in ended if place not in known and place < self._plan.trials]
        for place in sorted(again):
            self._enqueue(place, ended[place].user_attrs[SETTINGS])
        return len(again)

    def start_next(self) -> Started | None:
        """Begin a trial: one of the queue, or the next; None when there is none for now."""
        if not self._trials(TrialState.WAITING):
            by_place = self._by_place(self._trials())
            place = len(by_place)
            if place >= self._plan.trials or not self._may_start(place, by_place):
                return None
            self._enqueue(place, self._propose(place, by_place))
        trial = self._study.ask()
        suggest(trial, self._plan.space)
        self._running[trial.number] = trial
        place, settings = (trial.user_attrs[name] for name in (PLACE, SETTINGS))
        return Started(trial.number, place, settings)

    def finish(self, started: Started, ended: Outcome | Failure) -> None:
        """Write down what a trial came to."""
        trial = self._running.pop(started.number)
        attribute = OUTCOME if isinstance(ended, Outcome) else FAILURE
        trial.set_user_attr(attribute, msgspec.to_builtins(ended))
        if isinstance(ended, Failure):
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            objectives = find_objectives(ended.scores, self.base_annotated_f or 0.0)
            self._study.tell(trial, list(objectives))

    def known(self, settings: Settings) -> Outcome | None:
        """What a trial with just these settings came to, if there was one."""
        for trial in self._trials(TrialState.COMPLETE):
            if trial.user_attrs[SETTINGS] == settings:
                return _outcome(trial)
        return None

    def ended(self) -> list[Trial]:
        """All trials that have ended, by their places; not those that died with a former run."""
        best = {trial.number for trial in self._study.best_trials}
        return [
            _make_trial(trial, front=trial.number in best)
            for _, trial in sorted(self._by_place(self._trials()).items())
            if trial.state == TrialState.COMPLETE or FAILURE in trial.user_attrs
        ]

    def _may_start(self, place: int, by_place: dict[int, FrozenTrial]) -> bool:
        last = place - self._plan.lag
        return all(trial.state.is_finished() for at, trial in by_place.items() if at <= last)

    def _propose(self, place: int, by_place: dict[int, FrozenTrial]) -> Settings:
        before = sorted(by_place.items())
        last = place - self._plan.lag
        done = [t for at, t in before if at <= last and t.state == TrialState.COMPLETE]
        pending = [trial for at, trial in before if at > last]
        return propose(self._plan.space, done, pending, place, self._plan.seed)

    def _enqueue(self, place: int, settings: Settings) -> None:
        self._study.enqueue_trial(settings, user_attrs={PLACE: place, SETTINGS: settings})

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _by_place(self, trials: Iterable[FrozenTrial]) -> dict[int, FrozenTrial]:
        """The last trial at each place."""
        return {int(trial.user_attrs[PLACE]): trial for trial in trials}


def _make_trial(trial: FrozenTrial, *, front: bool) -> Trial:
    place, settings = int(trial.user_attrs[PLACE]), trial.user_attrs[SETTINGS]
    if trial.state == TrialState.FAIL:
        failure = msgspec.convert(trial.user_attrs[FAILURE], Failure)
        return Trial(place, settings, failure=failure)
    retention, gain = trial.values
    return Trial(place, settings, gain, retention, front=front, outcome=_outcome(trial))


def _outcome(trial: FrozenTrial) -> Outcome:
    return msgspec.convert(trial.user_attrs[OUTCOME], Outcome)
