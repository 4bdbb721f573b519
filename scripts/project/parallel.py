"""Work on many items in several processes, with bounded memory and the order kept."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from types import FrameType
from typing import Any, TypeVar

from .errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")
Shared = TypeVar("Shared")


class WorkerKilledError(UserError):
    """A process was killed: what others have done is good, and a run may go on from it."""


_shared: Any = None  # in a worker process: what all its work needs


def map_in_order(
    work: Callable[[Shared, Item], Result], shared: Shared, items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """`work(shared, item)` for each item, in the order of the items.

    Close the iterator (`contextlib.closing`) where it may not be taken to its end.

    shared: goes to each process once. workers: processes, 0 for one a core; a single one, or a
    single item, is worked on in this process.
    Raises what the work raises, and WorkerKilledError when a process was killed.
    """
    workers = workers or os.cpu_count() or 1
    remaining = iter(items)
    first = list(islice(remaining, 2))
    if workers == 1 or len(first) < 2:
        for taken in (first, remaining):
            yield from (work(shared, item) for item in taken)
        return
    # Forked processes share the memory of what they do not change; where threads make forking
    # unsafe (macOS) or there is none (Windows), processes are started afresh.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, context, _start, (shared,))
    waiting: deque[Future[Any]] = deque()

    def submit(items: Iterable[Item]) -> None:
        for item in items:
            with _interrupts_held_back():
                waiting.append(pool.submit(_work, work, item))

    try:
        submit(first)
        submit(islice(remaining, 2 * workers - len(first)))
        while waiting:
            result = waiting.popleft().result()
            submit(islice(remaining, 2 * workers - len(waiting)))
            yield result
    except BaseException as error:  # Ctrl-C too: nobody waits for work that nobody wants
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        _stop_sending(pool)
        if isinstance(error, BrokenProcessPool):
            time.sleep(0.5)  # Ctrl-C ends the workers too, and may reach this process after them
            raise WorkerKilledError(
                "A worker process was killed, by the system if memory ran out.",
                "Run again with fewer processes (vars.workers 1).",
            ) from error
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Within the block Python looks for reference cycles a hundredth as often.

    Records by the hundred thousand are no cycles; looking at them again and again takes a tenth of
    the time of a conversion.
    """
    before = gc.get_threshold()
    _collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _collect_rarely() -> None:
    gc.freeze()
    gc.set_threshold(70_000)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C waits until the block's end: a pool that it stops half-started waits for ever.

    Blocking the signal in this thread would not do: another thread may take it, and Python then
    runs the handler here all the same, where a fork's callbacks swallow what it raises.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught and callable(before):
            before(*caught[0])


def _stop_sending(pool: ProcessPoolExecutor) -> None:
    """Nobody reads what a pool still sends to its workers, which are killed.

    Python before 3.11.5 (Debian 12 has 3.11.2) waits for ever then, until the pipe has no reader in
    this process either (https://github.com/python/cpython/issues/94777).
    """
    queue = getattr(pool, "_call_queue", None)
    if queue is not None and sys.version_info[:3] < (3, 11, 5):
        queue._reader.close()


def _start(shared: Any) -> None:
    global _shared  # noqa: PLW0603  (a process's own, set once)
    _shared = shared
    _collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker without a word


def _work(work: Callable[[Any, Any], Any], item: Any) -> Any:
    return work(_shared, item)
