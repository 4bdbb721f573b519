"""What runs units of work: processes of this machine, or a Ray cluster."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal, Protocol, TypeVar

from .parallel import map_in_order
from .ray_engine import RayActors

Item = TypeVar("Item")
Result = TypeVar("Result")
Shared = TypeVar("Shared")

EngineName = Literal["local", "ray"]


class Engine(Protocol):
    """Runs the same work on many items; what it is called by does not see where."""

    def run(
        self,
        work: Callable[[Shared, Item], Result],
        shared: Shared,
        items: Sequence[Item],
        prepare: Callable[[Shared], object] = bool,
    ) -> Generator[Result, None, None]:
        """`work(shared, item)` for each item, in the order of the items.

        The work may be done twice when a process or a machine is lost, so it must be idempotent.

        prepare: is called before the first item of a process, to load what all of them need.
        """
        ...


class LocalProcesses:
    """Processes of this machine. workers: how many, 0 for one a core."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(
        self,
        work: Callable[[Any, Item], Result],
        shared: Any,
        items: Sequence[Item],
        prepare: Callable[[Any], object] = bool,
    ) -> Generator[Result, None, None]:
        """See `Engine.run`. Forked processes share what was loaded before."""
        prepare(shared)
        yield from map_in_order(work, shared, items, self._workers)


def make_engine(name: EngineName, *, workers: int, gpu_id: int) -> Engine:
    """The engine of that name. On this machine a GPU serves one process."""
    if name == "ray":
        return RayActors(workers=workers, gpu=gpu_id >= 0)
    return LocalProcesses(1 if gpu_id >= 0 else workers)
