"""Run tasks that wait for each other, several at a time, and end all of them on Ctrl-C."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from scripts.project.errors import UserError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other benchmarks out of a folder. Raises UserError when one is at work there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Another benchmark is at work in {folder}.", "Wait for its end, or end it."
            ) from None
        yield


class Task(NamedTuple):
    """Something to do once the tasks that it requires are done. kind: takes about as long."""

    name: str
    requires: tuple[str, ...]
    kind: str
    work: Callable[[], None]


class Programs:
    """Programs that threads run; all of them are ended together."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock, self._ending = Lock(), False

    def run(self, command: Sequence[str], *, folder: Path, log: Path) -> float:
        """Run a program, its output appended to a log; returns its seconds of CPU time.

        CPU time, with that of the programs it ran itself: what else the machine does counts less.

        Raises UserError when it fails.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            with self._lock:
                if self._ending:
                    raise InterruptedError
                process = subprocess.Popen(
                    [sys.executable, *command],
                    cwd=folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
                self._running.add(process)
            _, status, usage = os.wait4(process.pid, 0)
            with self._lock:
                self._running.discard(process)
                process.returncode = os.waitstatus_to_exitcode(status)
        if self._ending:
            raise InterruptedError
        if process.returncode:
            raise UserError(
                f"python {' '.join(command[:2])} ended with exit status {process.returncode}.",
                f"Its output is in {log}.",
            )
        return round(usage.ru_utime + usage.ru_stime, 1)

    def end(self) -> None:
        """End all that run, as Ctrl-C would, and start no more."""
        with self._lock:
            self._ending = True
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGINT)


class Finished(NamedTuple):
    """A task that is done, or has failed with an error, and what is left."""

    task: Task
    seconds: float
    error: UserError | None
    done: int
    waiting: list[Task]


def run_tasks(
    tasks: Sequence[Task], *, at_once: int, programs: Programs, report: Callable[[Finished], None]
) -> list[str]:
    """Run the tasks in their order, a few at a time; returns the names of those not done.

    A task that requires one that failed is not done. report: called after each.
    """
    names = {task.name for task in tasks}
    waiting, failed = list(tasks), set[str]()
    running: dict[Future[float], Task] = {}
    done = 0
    with ThreadPoolExecutor(at_once) as pool:
        try:
            while waiting or running:
                lost = [task for task in waiting if failed & set(task.requires)]
                failed |= {task.name for task in lost}
                waiting = [task for task in waiting if task not in lost]
                unfinished = names & {task.name for task in (*waiting, *running.values())}
                ready = [task for task in waiting if not unfinished & set(task.requires)]
                for task in ready[: at_once - len(running)]:
                    running[pool.submit(_timed, task.work)] = task
                    waiting.remove(task)
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    task, error, seconds = running.pop(future), None, 0.0
                    try:
                        seconds = future.result()
                        done += 1
                    except UserError as fault:
                        error = fault
                        failed.add(task.name)
                    report(Finished(task, seconds, error, done, [*waiting, *running.values()]))
        except BaseException:
            programs.end()
            raise
    return [task.name for task in tasks if task.name in failed]


def _timed(work: Callable[[], None]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def time_left(
    waiting: Sequence[Task], known: Mapping[str, Sequence[float]], at_once: int
) -> float | None:
    """Seconds that tasks will take: as long as those of their kind took, or else as the mean.

    known: kind -> seconds of each that is done; None when there is none.
    """
    if not known:
        return None
    means = {kind: sum(seconds) / len(seconds) for kind, seconds in known.items()}
    other = sum(means.values()) / len(means)
    return sum(means.get(task.kind, other) for task in waiting) / at_once


def in_words(seconds: float | None) -> str:
    """As 3 h 20 min, 4 min 10 s, 12 s, or an unknown time."""
    if seconds is None:
        return "an unknown time"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def one_core_each(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for programs that run beside each other, a thread each."""
    return {**environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


CORES = os.cpu_count() or 1
