"""Progress with the time left, on a terminal; nothing where nobody watches."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")
REFRESH_SECONDS = 0.1


def track(items: Iterable[Item], description: str, total: int) -> Iterator[Item]:
    """The items, with a progress bar on stderr while they are taken.

    The bar is drawn between items, by no thread of its own: items may come from processes that are
    forked when the first is taken, and one that is forked while a thread draws has its locks held
    for ever (Python 3.12 and later warn of it).
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from items
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(description, total=total)
        bar.refresh()
        drawn = time.monotonic()
        for item in items:
            yield item
            bar.advance(task)
            if time.monotonic() - drawn >= REFRESH_SECONDS:
                bar.refresh()
                drawn = time.monotonic()


def time_left(done: int, total: int, seconds: float) -> str:
    """How long the rest of some equal parts will take, as "about 3 min left"; nothing at first.

    seconds: what the parts that are done have taken.
    """
    if not done:
        return ""
    left = seconds / done * (total - done)
    return f"about {left / 60:.0f} min left" if left >= 90 else f"about {left:.0f} s left"
