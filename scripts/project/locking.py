"""Locks among processes, which end with the process that holds them, however it ends."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, go_on: Callable[[], bool] = lambda: True) -> Iterator[bool]:
    """Hold the lock of a file, which is made; waits for it as long as `go_on` says so.

    Gives whether the lock is held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        while not (held := _try(file.fileno())) and go_on():
            time.sleep(0.05)
        yield held


def _try(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
