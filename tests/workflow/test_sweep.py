"""A sweep that is killed in the middle, and goes on."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import srsly

from scripts.corpora.corpus import count_docs
from scripts.project.files import hash_file
from scripts.project.locking import locked
from tests.small_sweeps import make_rehearsed

TRIALS = 4


def start(options: list[str], log: Path) -> subprocess.Popen[bytes]:
    """The command, as `spacy project run` starts it; what it prints goes to a file."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "scripts.sweep", *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )


def kill_after_a_trial(options: list[str], log: Path) -> None:
    """Kill the command's process, and no other, when one trial is done."""
    process, until = start(options, log), time.monotonic() + 600
    while "Trial 0" not in log.read_text("utf8") and "Trial 1" not in log.read_text("utf8"):
        assert process.poll() is None, log.read_text("utf8")
        assert time.monotonic() < until
        time.sleep(0.02)
    others = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(others, timeout=30)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def run(options: list[str], log: Path) -> str:
    """Run the command to its end; returns what it printed, in one line."""
    status = start(options, log).wait(timeout=600)
    printed = log.read_text("utf8")
    assert status == 0, printed
    return " ".join(printed.split())


def read_trials(folder: Path) -> list[dict[str, Any]]:
    trials: list[dict[str, Any]] = srsly.read_json(folder / "sweep.json")["trials"]
    return trials


def given(folder: Path) -> dict[str, str]:
    """All files that a sweep is given, and must leave as they are."""
    return {
        str(path.relative_to(folder)): hash_file(path)
        for name in ("base", "specialist", "corpus")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def without_seconds(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What another run of the same trials comes to again."""
    return [one | {"outcome": one["outcome"] | {"seconds": 0.0}} for one in trials]


def test_a_killed_sweep_loses_no_trial_and_does_none_twice(tmp_path: Path) -> None:
    options = [*make_rehearsed(tmp_path), "--trials", str(TRIALS), "--jobs", "2"]
    before, log = given(tmp_path), tmp_path / "log.txt"
    kill_after_a_trial(options, log)
    early = read_trials(tmp_path)
    assert 1 <= len(early) < TRIALS
    printed = run(options, log)
    assert "done already: " in printed
    trials = read_trials(tmp_path)
    assert [one["number"] for one in trials] == list(range(TRIALS))
    # The seconds of another training would be others.
    known = {one["number"]: one["outcome"] for one in early}
    assert {n: one["outcome"] for n, one in enumerate(trials) if n in known} == known
    attempts = [path.name[:4] for path in (tmp_path / "sweep/logs").iterdir()]
    assert {attempts.count(f"{number:04}") for number in known} == {1}
    assert set(attempts) == {f"{number:04}" for number in range(TRIALS)}
    # The first has all texts that rehearse has labelled.
    assert trials[0]["outcome"]["raw_texts"] == count_docs(tmp_path / "corpus/rehearsal/train")
    assert given(tmp_path) == before
    assert not list((tmp_path / "sweep").glob(".work-*"))
    assert (tmp_path / "sweep.svg").read_text("utf8").startswith("<svg")
    chosen = srsly.read_yaml(tmp_path / "sweep/chosen.yml")["vars"]
    assert chosen == srsly.read_json(tmp_path / "sweep.json")["chosen"]["vars"]
    assert " ".join(f"--vars.{name} {value}" for name, value in chosen.items()) in printed

    # And it comes to what a sweep comes to that nothing has ended.
    study, other = str(tmp_path / "sweep"), str(tmp_path / "other")
    run([word.replace(study, other) for word in options], log)
    whole = srsly.read_json(tmp_path / "other.json")["trials"]
    assert without_seconds(whole) == without_seconds(trials)


def test_two_sweeps_at_once_are_an_error_in_two_lines(tmp_path: Path) -> None:
    options = [*make_rehearsed(tmp_path), "--trials", "1"]
    with locked(tmp_path / "sweep/.lock") as held:
        assert held
        assert start(options, tmp_path / "log.txt").wait(timeout=120) == 1
    printed = (tmp_path / "log.txt").read_text("utf8")
    assert "Another process does a sweep" in printed
    assert "Traceback" not in printed


@pytest.mark.ray
def test_trials_are_tasks_of_ray(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs pip install -r requirements-ray.txt")
    options = [*make_rehearsed(tmp_path), "--trials", "2", "--jobs", "2", "--engine", "ray"]
    run(options, tmp_path / "log.txt")
    assert all(one["outcome"] for one in read_trials(tmp_path))
    for log in (tmp_path / "sweep/logs").iterdir():
        assert "Initialized pipeline" in log.read_text("utf8")
