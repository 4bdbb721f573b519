"""Sides of a comparison that take turns, so that what else a machine does slows both alike.

Each side is a process, or several that work at once. It loads what it needs and works once before
the first turn; while the others work, it waits.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

Prepare = Callable[[Any], Callable[[int], object]]

END_SECONDS = 10  # after which a process that should end is killed


class Side(NamedTuple):
    """Work, the same in each turn.

    prepare: gives the work for a job, which is then called with the number of each turn; what it
        does itself is not measured. jobs: one a process.
    """

    name: str
    prepare: Prepare
    jobs: Sequence[Any]


class Measured(NamedTuple):
    """Seconds of a turn: until the last process was done, and of processors, of all together."""

    wall: float
    processor: float


def take_turns(sides: Sequence[Side], rounds: int) -> list[dict[str, Measured]]:
    """What each side needed in each round. The first goes last in every other round.

    Raises RuntimeError when a process of a side has ended; its traceback went to stderr.
    """
    with ExitStack() as stack:
        ready = {side.name: stack.enter_context(_waiting(side)) for side in sides}
        names = [side.name for side in sides]
        measured = []
        for number in range(rounds + 1):
            order = names if number % 2 else names[::-1]
            turns = {name: _turn(name, ready[name], number) for name in order}
            measured.append({name: turns[name] for name in names})
    return measured[1:]  # the first one fills caches


def _turn(name: str, processes: Sequence[Connection], number: int) -> Measured:
    for connection in processes:
        connection.send(number)
    done = [_receive(name, connection) for connection in processes]
    return Measured(max(one.wall for one in done), sum(one.processor for one in done))


@contextmanager
def _waiting(side: Side) -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    started: list[tuple[BaseProcess, Connection]] = []
    try:
        for job in side.jobs:
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(side.prepare, job, theirs))
            process.start()
            theirs.close()
            started.append((process, ours))
        for _, connection in started:
            _receive(side.name, connection)
        yield [connection for _, connection in started]
    finally:
        for _, connection in started:
            connection.close()
        for process, _ in started:
            process.join(END_SECONDS)
            process.kill()


def _receive(name: str, connection: Connection) -> Any:
    try:
        return connection.recv()
    except EOFError:
        raise RuntimeError(f"A process of {name!r} has ended.") from None


def _work(prepare: Prepare, job: Any, connection: Connection) -> None:
    work = prepare(job)
    connection.send(True)
    while True:
        try:
            number = connection.recv()
        except EOFError:  # nobody wants another turn
            return
        before, start = processor_seconds(), time.perf_counter()
        work(number)
        connection.send(Measured(time.perf_counter() - start, processor_seconds() - before))


def processor_seconds() -> float:
    """Processor time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_memory(prepare: Prepare, job: Any) -> float:
    """Do a work once in a process of its own; the most resident memory in MB that it had.

    Of the process alone. Not getrusage's: that one inherits the peak of who started the process.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_peak, args=(prepare, job, theirs))
    process.start()
    theirs.close()
    peak: float = _receive(prepare.__name__, ours)
    process.join()
    return peak


def _peak(prepare: Prepare, job: Any, connection: Connection) -> None:
    prepare(job)(0)
    connection.send(high_water_mark())


def high_water_mark() -> float:
    """The most resident memory in MB that this process has had since its program began."""
    with open("/proc/self/status", encoding="utf8") as status:
        (line,) = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
