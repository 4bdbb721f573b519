"""Processes that end with the one that started them."""

import os
import threading
import time
from collections.abc import Callable

LOOK_SECONDS = 0.5


def when_parent_ends(parent: int, end: Callable[[], None]) -> None:
    """Call a function when the process that started ours has ended, however it did (POSIX).

    parent: its id, which we cannot ask for any more when it has ended by now.
    """

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        end()

    threading.Thread(target=look, name="parent", daemon=True).start()


def end_with_parent(parent: int) -> None:
    """End this process when the one that started it has ended, as `when_parent_ends`."""
    when_parent_ends(parent, lambda: os._exit(1))
