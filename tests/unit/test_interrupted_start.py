"""Ctrl-C while a command's own imports run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

# What is imported may turn a KeyboardInterrupt into an error of its own, as pydantic does.
IMPORTED = """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt as error:
    raise ValueError("interrupted") from error
"""


def start(place: Path) -> subprocess.CompletedProcess[str]:
    place.joinpath("typer.py").write_text(IMPORTED, encoding="utf8")
    return subprocess.run(
        [sys.executable, "-m", "scripts.report"],
        env=os.environ | {"PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_lines_whatever_is_being_imported(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 130
    assert done.stderr == ("\nInterrupted: nothing was written.\nRun the same command again.\n")
    assert done.stdout == ""


def test_a_shell_that_ignores_it_for_a_job_is_obeyed(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the command inherits
    try:
        done = start(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert "Interrupted" not in done.stderr
    assert "typer" in done.stderr  # the stand-in has nothing that a command needs
