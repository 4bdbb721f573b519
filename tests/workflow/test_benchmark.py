"""The benchmark from its command line: with few steps and texts, and where there are no data."""

import subprocess
import sys
from pathlib import Path

import pytest
import srsly

from tests.benchmarks.updates.data import BASE, DATA

from .conftest import ROOT, copy_project, environment

REAL = (ROOT / DATA).resolve()
COMMAND = [sys.executable, "-m", "tests.benchmarks.updates", "--quick", "--jobs", "1"]


def benchmark(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark in a copy of the project."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
        env=environment(),
    )


def test_without_data_it_ends_with_two_lines(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    done = project.run("benchmark")
    assert done.status == 1
    assert "The benchmark's data are not there" in done.output
    assert "Traceback" not in done.output


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.skipif(
    not (REAL / BASE).exists(), reason=f"needs real data in {REAL}, see CONTRIBUTING.md"
)
def test_jobs_are_measured_once_and_their_specialist_is_shared(tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project").folder
    work = folder / "training/benchmark/quick"
    chosen = ("--data", str(REAL), "--only", "ner_drugs/naive/0")
    first = benchmark(folder, *chosen)
    assert first.returncode == 0, first.stdout
    result = srsly.read_json(work / "results/ner_drugs.naive.0.json")
    assert result["new"]["DRUG"]["spans"] == 160  # in the first 200 texts
    assert result["recognizers"] == 1
    assert 0.5 < result["speed"]["ner_ratio"] < 2
    assert "| `naive` | 1 |" in (work / "benchmark.md").read_text()

    shared = {path.name: path.stat().st_mtime_ns for path in (work / "shared").iterdir()}
    more = benchmark(folder, *chosen, "--only", "ner_drugs/double/0")
    assert more.returncode == 0, more.stdout
    assert "2 jobs, 1 of them done before" in more.stdout
    assert {path.name: path.stat().st_mtime_ns for path in (work / "shared").iterdir()} == shared
    update = srsly.read_json(work / "results/ner_drugs.double.0.json")
    assert update["shared_seconds"] == result["shared_seconds"]
    assert update["recognizers"] == 2
    assert update["megabytes"]["update"] > update["megabytes"]["base"]
