"""The benchmark's tasks: what waits for what, what a failure stops, how long is left."""

import os
import threading
import time
from pathlib import Path

import pytest

from scripts.project.errors import UserError
from tests.benchmarks.updates.schedule import (
    Finished,
    Programs,
    Task,
    alone,
    in_words,
    run_tasks,
    time_left,
)


def run(tasks: list[Task], at_once: int = 2) -> tuple[list[str], list[Finished]]:
    reports: list[Finished] = []
    programs = Programs(os.environ)
    failed = run_tasks(tasks, at_once=at_once, programs=programs, report=reports.append)
    return failed, reports


def test_a_task_starts_when_what_it_requires_is_done() -> None:
    done: list[str] = []

    def work(name: str, seconds: float) -> None:
        time.sleep(seconds)
        done.append(name)

    tasks = [
        Task("slow", (), "", lambda: work("slow", 0.1)),
        Task("after", ("slow",), "", lambda: work("after", 0)),
        Task("other", ("not among these",), "", lambda: work("other", 0)),
    ]
    failed, reports = run(tasks)
    assert done == ["other", "slow", "after"]
    assert not failed
    assert [one.done for one in reports] == [1, 2, 3]


def test_no_more_run_at_once_than_are_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    run([Task(str(number), (), "", work) for number in range(6)], at_once=2)
    assert most == 2


def test_a_failure_stops_what_waits_for_it_and_nothing_else() -> None:
    def fail() -> None:
        raise UserError("fact", "remedy")

    done: list[str] = []
    tasks = [
        Task("bad", (), "", fail),
        Task("lost", ("bad",), "", lambda: done.append("lost")),
        Task("good", (), "", lambda: done.append("good")),
    ]
    failed, reports = run(tasks, at_once=1)
    assert (failed, done) == (["bad", "lost"], ["good"])
    assert [one.error.fact for one in reports if one.error] == ["fact"]


def test_an_interrupt_ends_the_programs_that_run(tmp_path: Path) -> None:
    programs = Programs(os.environ)
    # A background shell makes its programs ignore Ctrl-C.
    listen = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL)"
    sleep = ["-c", f"{listen}; print('here', flush=True); time.sleep(60)"]
    log = tmp_path / "log"

    def interrupt() -> None:
        while not (log.exists() and "here" in log.read_text()):
            time.sleep(0.01)
        raise KeyboardInterrupt

    tasks = [
        Task("sleeper", (), "", lambda: print(programs.run(sleep, folder=tmp_path, log=log))),
        Task("interrupt", (), "", interrupt),
    ]
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_tasks(tasks, at_once=2, programs=programs, report=lambda _: None)
    assert time.monotonic() - start < 20
    with pytest.raises(InterruptedError):
        programs.run(["-c", ""], folder=tmp_path, log=log)


def test_a_program_that_fails_names_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs/one.log"
    with pytest.raises(UserError, match="status 3") as caught:
        Programs(os.environ).run(["-c", "print('why'); exit(3)"], folder=tmp_path, log=log)
    assert str(log) in caught.value.remedy
    assert log.read_text() == "why\n"


def test_the_time_left_is_what_tasks_of_the_same_kind_took() -> None:
    def task(kind: str) -> Task:
        return Task(kind, (), kind, lambda: None)

    known = {"a": [10.0, 20.0], "b": [105.0]}
    assert time_left([task("a"), task("b")], known, at_once=1) == 15 + 105
    assert time_left([task("new")] * 2, known, at_once=2) == 60
    assert time_left([task("new")], {}, at_once=2) is None


def test_two_benchmarks_in_one_folder_are_one_too_many(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(UserError, match="Another benchmark"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


@pytest.mark.parametrize(
    ("seconds", "words"), [(12.4, "12 s"), (250, "4 min 10 s"), (12000, "3 h 20 min")]
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
