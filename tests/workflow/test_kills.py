"""kill -9 at random moments of convert and rehearse: what comes out is as without.

`KILLS=20` (make nightly) for more moments than the few of a usual run.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_lines import convert_line, finish, rehearse_line, write_raw
from tests.small_conversions import written

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "2"))


def run(line: list[str]) -> float:
    """Run a command to its end; returns the seconds."""
    begin = time.monotonic()
    done = finish(line)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - begin


def kill_at(line: list[str], seconds: float) -> bool:
    """Run a command and kill all its processes after some time. Whether it was still running."""
    process = subprocess.Popen(
        [sys.executable, "-m", *line],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def check_kills(lines: list[list[str]], folders: list[Path], seed: int) -> None:
    """Run the first line to its end; kill the second several times, then let it end.

    What one run has made the next one takes over: units of work are there whole, or not at all.
    """
    seconds = run(lines[0])
    expected, rng = written(folders[0]), random.Random(seed)
    killed = [kill_at(lines[1], rng.uniform(0, seconds)) for _ in range(KILLS)]
    assert any(killed)
    run(lines[1])
    assert written(folders[1]) == expected


def test_rehearse(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, 1500)
    names = ("whole", "killed")
    lines = [rehearse_line(tmp_path / name, raw) for name in names]
    check_kills(lines, [tmp_path / name / "corpus" for name in names], seed=1)


def test_convert(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("whole", "killed")]
    lines = [convert_line(tmp_path / "inputs", folder) for folder in folders]
    check_kills(lines, folders, seed=2)
