"""Ctrl-C and kill -9 while a command works: nothing half-written, nobody left, and on it goes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from .conftest import TINY, Done, Project, command, environment, state, without_work

if sys.platform == "win32":
    pytest.skip("process groups are POSIX's", allow_module_level=True)

pytestmark = pytest.mark.slow
Finished = tuple[Project, Done]
Copy = Callable[[Project], Project]
CTRL_C = signal.SIGINT


class Running(NamedTuple):
    """A run of one command in a session of its own, as a terminal gives it."""

    project: Project
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf8")

    def members(self) -> list[psutil.Process]:
        """All processes of the session that are alive."""
        found = []
        for process in psutil.process_iter():
            try:
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and os.getsid(process.pid) == self.process.pid:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def seconds(self) -> float:
        """CPU time of the command's own process, 0 before there is one."""
        for process in self.members():
            try:
                if f"scripts.{self.name}" in process.cmdline():
                    return float(process.cpu_times().user)
            except psutil.Error:
                continue
        return 0.0

    def has(self, pattern: str) -> bool:
        return any(self.project.folder.glob(pattern))

    def stop(self, how: signal.Signals) -> int:
        """Send a signal to the whole group, as a terminal does; returns the exit status."""
        os.killpg(self.process.pid, how)
        return self.process.wait(timeout=30)


def start(
    project: Project, name: str, folder: Path, values: Mapping[str, object] = TINY
) -> Running:
    """Start a command that has to run; its temporary files go to a folder."""
    (folder / "tmp").mkdir(exist_ok=True)
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command(name, dict(values)), "--force"],
            cwd=project.folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment() | {"PYTHONUNBUFFERED": "1", "TMPDIR": str(folder / "tmp")},
        )
    return Running(project, name, process, log)


def wait_until(there: Callable[[], bool], running: Running, timeout: float = 90) -> None:
    end = time.monotonic() + timeout
    while not there():
        assert running.process.poll() is None, f"ended before it was stopped:\n{running.output}"
        assert time.monotonic() < end, running.output
        time.sleep(0.01)


def nobody_is_left(running: Running) -> None:
    end = time.monotonic() + 2
    while running.members() and time.monotonic() < end:
        time.sleep(0.05)
    left = running.members()
    for process in left:
        process.kill()
    assert left == []


TRAINS = "  ------  "  # the head of spacy train's table
WORKS: dict[str, Callable[[Running], bool]] = {
    "base": lambda run: TRAINS in run.output,
    "convert": lambda run: run.has("corpus/.convert/texts/*"),
    "specialist": lambda run: TRAINS in run.output,
    "rehearse": lambda run: run.has("corpus/.rehearse/merged/train/*.spacy"),
    "train": lambda run: TRAINS in run.output,
    "evaluate": lambda run: run.seconds() > 4,
    "report": lambda run: run.seconds() > 0.3,
    "package": lambda run: run.has("packages/.*.partial/work/package"),
    "verify": lambda run: any((run.log.parent / "tmp").glob("verify-*/pip-*")),
}


@pytest.fixture(scope="module")
def project(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished project that each interrupted command leaves as it was."""
    folder = tmp_path_factory.mktemp("interrupted") / "project"
    shutil.copytree(finished[0].folder, folder)
    return Project(folder)


def check_interrupted(
    project: Project, name: str, folder: Path, works: Callable[[Running], bool]
) -> None:
    """Ctrl-C ends a command with two lines and leaves everything as it was."""
    (project.folder / "training/verify.json").unlink(missing_ok=True)  # as verify does
    # What an interrupted command goes on from would look as if this one were at work already.
    for work in (".convert", ".rehearse"):
        shutil.rmtree(project.folder / "corpus" / work, ignore_errors=True)
    before = without_work(state(project))
    running = start(project, name, folder)
    try:
        wait_until(lambda: works(running), running)
        status = running.stop(CTRL_C)
    finally:
        nobody_is_left(running)
    assert status != 0
    assert "Traceback" not in running.output, running.output
    assert "Interrupted: nothing" in running.output, running.output
    assert without_work(state(project)) == before
    left = [path.name for path in (folder / "tmp").iterdir()]
    assert all(path.startswith("verify-") for path in left)  # verify removes it the next time


@pytest.mark.parametrize("name", WORKS)
def test_ctrl_c_while_it_works(project: Project, tmp_path: Path, name: str) -> None:
    check_interrupted(project, name, tmp_path, WORKS[name])


@pytest.mark.parametrize("name", ["convert", "train"])
def test_ctrl_c_while_it_starts(project: Project, tmp_path: Path, name: str) -> None:
    check_interrupted(project, name, tmp_path, lambda running: running.seconds() > 0.2)


def test_after_ctrl_c_a_run_finds_everything_as_it_was(project: Project, tmp_path: Path) -> None:
    check_interrupted(project, "rehearse", tmp_path, WORKS["rehearse"])
    done = project.run("rehearse", **TINY)
    assert done.status == 0, done.output
    assert "Skipping 'rehearse': nothing changed" in done.output


@pytest.mark.parametrize("name", ["convert", "rehearse", "train", "package"])
def test_after_a_kill_the_same_command_makes_all_of_it(
    finished: Finished, copy_of: Copy, tmp_path: Path, name: str
) -> None:
    project = copy_of(finished[0])
    before = state(project)
    running = start(project, name, tmp_path)
    wait_until(lambda: WORKS[name](running), running)
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    nobody_is_left(running)
    after = state(project)
    assert set(after) - set(before), "killed too late or too early to leave anything"
    assert {path: after.get(path) for path in before} == before
    again = start(project, name, tmp_path)
    assert again.process.wait(timeout=120) == 0, again.output
    assert set(state(project)) == set(before)
