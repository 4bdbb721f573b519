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
import spacy
import srsly

from scripts.project.files import hash_file
from tests.small_rehearsals import make_means, sentence, write_gold

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "2"))
DEMO = Path("assets/demo")


def start(line: list[str]) -> subprocess.Popen[bytes]:
    """A command in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *line],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def run(line: list[str]) -> float:
    """Run a command to its end; returns the seconds."""
    begin = time.monotonic()
    process = start(line)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors.decode()
    return time.monotonic() - begin


def kill_at(line: list[str], seconds: float) -> bool:
    """Run a command and kill all its processes after some time. Whether it was still running."""
    process = start(line)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def made(corpus: Path) -> dict[str, str]:
    """All files of a corpus folder, hidden ones too, but for those that hold times."""
    return {
        str(path.relative_to(corpus)): hash_file(path)
        for path in sorted(corpus.rglob("*"))
        if path.is_file() and path.name != "shards.json"
    }


def check_kills(lines: list[list[str]], folders: list[Path], seed: int) -> None:
    """Run the first line to its end; kill the second several times, then let it end."""
    seconds = run(lines[0])
    expected, rng = made(folders[0]), random.Random(seed)
    killed = [kill_at(lines[1], rng.uniform(0, seconds)) for _ in range(KILLS)]
    assert any(killed)
    run(lines[1])
    assert made(folders[1]) == expected


def test_rehearse(tmp_path: Path) -> None:
    lines, folders = [], []
    for name in ("whole", "killed"):
        means = make_means(tmp_path / name)
        corpus = means.work.parent
        write_gold(corpus, 3)
        srsly.write_json(corpus / "conversion.json", {"labels": {"annotated": ["PLANT"]}})
        raw = [tmp_path / f"{number}.txt" for number in range(3)]
        for number, path in enumerate(raw):
            first = number * 1500
            path.write_text("\n".join(map(sentence, range(first, first + 1500))), "utf8")
        files = [
            {"path": str(path), "sha256": hash_file(path), "bytes": path.stat().st_size}
            for path in raw
        ]
        inputs = tmp_path / name / "raw_text.json"
        srsly.write_json(inputs, {"raw_text": {"paths": list(map(str, raw)), "files": files}})
        srsly.write_json(tmp_path / name / "replay.json", {"replay_gold": None})
        options = {
            "inputs": inputs,
            "base": means.base,
            "specialist": means.specialist,
            "replay-gold": tmp_path / name / "replay.json",
            "corpus": corpus,
            "rehearsal-docs": 3500,
            "workers": 2,
        }
        given = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        lines.append(["scripts.rehearse", *given])
        folders.append(corpus)
    check_kills(lines, folders, seed=1)


def test_convert(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "base")
    inputs = tmp_path / "export.json"
    srsly.write_json(inputs, {"export": {"paths": [str(DEMO / "export.json")]}})
    folders = [tmp_path / name for name in ("whole", "killed")]
    given = ["--inputs", str(inputs), "--base", str(tmp_path / "base"), "--workers", "2"]
    lines = [["scripts.convert", *given, "--output", str(folder)] for folder in folders]
    check_kills(lines, folders, seed=2)
