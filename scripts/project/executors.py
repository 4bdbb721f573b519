"""What runs a few long pieces of work at a time: processes of this machine, or a Ray cluster.

Unlike an engine (`engines`), which is given all items at once, it is given the next one when there
is room: what that is may depend on what the others came to.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol, TypeVar

from .engines import EngineName
from .parents import end_with_parent
from .ray_engine import RayTasks

Item = TypeVar("Item")
Result = TypeVar("Result")
Shared = TypeVar("Shared")


class Executor(Protocol):
    """Runs pieces of work.

    jobs: how many at a time. lost: the errors of work whose process was killed.
    """

    jobs: int
    lost: tuple[type[Exception], ...]

    def submit(
        self, work: Callable[[Shared, Item], Result], shared: Shared, item: Item
    ) -> "Future[Result]":
        """Start `work(shared, item)`."""
        ...

    def close(self) -> None:
        """End, with all that still runs."""
        ...


class LocalJobs:
    """Processes of this machine, which end with ours, however it ends.

    What they start must end with them (`parents.end_with_parent`): a process that is killed, by the
    system too, cannot end others. jobs: 0 for one a core.
    """

    lost: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs or os.cpu_count() or 1
        self._others = set(multiprocessing.active_children())
        # Started afresh: a forked process would have our connection to a database, which SQLite
        # forbids (https://www.sqlite.org/howtocorrupt.html, 2.6).
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self.jobs, context, _start, (os.getpid(),))

    def submit(
        self, work: Callable[[Shared, Item], Result], shared: Shared, item: Item
    ) -> "Future[Result]":
        """See `Executor.submit`."""
        return self._pool.submit(work, shared, item)

    def close(self) -> None:
        """See `Executor.close`."""
        for process in set(multiprocessing.active_children()) - self._others:
            process.kill()
        self._pool.shutdown(cancel_futures=True)


def make_executor(engine: EngineName, *, jobs: int, gpu_id: int) -> Executor:
    """The executor of an engine. On this machine a GPU serves one job."""
    if engine == "ray":
        return RayTasks(jobs=jobs, gpu=gpu_id >= 0)
    return LocalJobs(1 if gpu_id >= 0 else jobs)


def _start(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is our parent's, which ends us
    end_with_parent(parent)
