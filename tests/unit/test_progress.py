"""The progress bar: what it shows, and that it leaves the process fit to be forked."""

import os
import pty
import select
import sys
import threading
import warnings
from contextlib import closing

import pytest

from scripts.project.parallel import map_in_order
from scripts.project.progress import track


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> int:
    """Put a terminal in place of stderr; returns its other end. (A fixture's would be pytest's.)"""
    ours, its = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", os.fdopen(its, "w"))
    return ours


def read_all(terminal: int) -> str:
    """What was written to a terminal. It comes in pieces; half a second without one is its end."""
    shown = b""
    while select.select([terminal], [], [], 0.5)[0]:
        shown += os.read(terminal, 100_000)
    return shown.decode("utf8", "replace")


def add(shared: int, item: int) -> int:
    return shared + item


def test_a_bar_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    assert list(track(iter(range(3)), "counting", 3)) == [0, 1, 2]
    sys.stderr.flush()
    shown = read_all(terminal)
    assert "counting" in shown
    assert "0/3" in shown


def test_nothing_is_shown_where_nobody_watches(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(track([1, 2], "counting", 2)) == [1, 2]
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="no processes are forked there")
def test_processes_are_forked_while_no_thread_draws_the_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A forked process has the locks of threads that it does not have (Python 3.12 warns)."""
    open_terminal(monkeypatch)
    before = threading.active_count()
    at_fork: list[int] = []
    os.register_at_fork(before=lambda: at_fork.append(threading.active_count()))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with closing(map_in_order(add, 1, range(6), 2)) as work:
            assert list(track(work, "adding", 6)) == [1, 2, 3, 4, 5, 6]
    assert at_fork[:2] == [before, before]
    assert not [one for one in told if "fork" in str(one.message)]
