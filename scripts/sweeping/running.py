"""Trials done one after another, several at a time."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

from ..project.errors import UserError
from ..project.executors import Executor
from .records import Failure, Outcome
from .space import Texts, count_raw
from .study import Started, Study
from .trials import Means, Task, run_trial

Result = TypeVar("Result")

FAILURES = 3  # one after another that end a sweep: what lets all trials fail is no setting


def lag_for(jobs: int) -> int:
    """How many of the last trials a new one does not wait for (`study.Plan`).

    Twice the jobs, so that they seldom wait for a long trial.
    """
    return 1 if jobs == 1 else 2 * jobs


def run_trials(
    study: Study, executor: Executor, means: Means, texts: Texts
) -> Iterator[tuple[Started, Outcome | Failure]]:
    """Do all trials that are still to be done; gives each when it has ended and is written down.

    Raises UserError when trials fail one after another, or a process was killed.
    """
    running: dict[Future[Outcome | Failure], Started] = {}
    failed = 0
    while True:
        while len(running) < executor.jobs and (started := study.start_next()):
            known = study.known(started.settings)
            if known:
                study.finish(started, known)
                yield started, known
            else:
                running[submit(executor, means, started, texts)] = started
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            started, ended = running.pop(future), result(future, executor)
            study.finish(started, ended)
            yield started, ended
            failed = failed + 1 if isinstance(ended, Failure) else 0
            if failed == FAILURES and isinstance(ended, Failure):
                raise UserError(
                    f"{FAILURES} trials in succession failed, the last by: {ended.fact}",
                    f"{ended.remedy} Run the same command again: it goes on.",
                )


def submit(
    executor: Executor, means: Means, started: Started, texts: Texts
) -> Future[Outcome | Failure]:
    """Let a worker do a trial."""
    raw = count_raw(started.settings, texts)
    name = f"{started.place:04}-{started.number:04}"  # which no other attempt at the trial has
    return executor.submit(run_trial, means, Task(name, started.settings, raw))


def result(future: Future[Result], executor: Executor) -> Result:
    """What work came to. Raises UserError when its process was killed."""
    try:
        return future.result()
    except executor.lost as error:
        raise UserError(
            "A process of the sweep was killed, by the system if memory ran out.",
            "Run the same command again, with fewer at a time (vars.sweep_jobs): it goes on.",
        ) from error
