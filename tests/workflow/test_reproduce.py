"""A wheel that is made again from a folder with its inputs."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import srsly

from .conftest import Done, Project

pytestmark = pytest.mark.slow
DEMO = Path("assets/demo")

Copy = Callable[[Project], Project]


def test_a_wheel_is_made_again_to_the_byte(
    finished: tuple[Project, Done], copy_of: Copy, tmp_path: Path
) -> None:
    project = copy_of(finished[0])
    inputs = tmp_path / "inputs"
    (inputs / "old").mkdir(parents=True)
    shutil.copy(DEMO / "export.json", inputs / "what they annotated")
    shutil.copy(DEMO / "raw_text.txt", inputs / "old" / "news")
    lacking = project.run("reproduce", reproduce_from=inputs)
    assert lacking.status != 0
    assert "Traceback" not in lacking.output
    assert "1 of 3 input files are not in" in lacking.output
    assert "retained_gold.jsonl (vars.retained_gold" in lacking.output
    shutil.copy(DEMO / "retained_gold.jsonl", inputs / "gold.jsonl")
    done = project.run("reproduce", reproduce_from=inputs)
    assert done.status == 0, done.output
    assert "identical to the byte" in " ".join(done.output.split())
    record = srsly.read_json(project.folder / "training/reproduce.json")
    assert record["identical"] is True
    assert record["largest_difference"] == 0
    assert record["texts"] > 100
    assert record["texts_with_other_entities"] == 0
    assert record["environment"] == []
    assert list((project.folder / "training/reproduction").iterdir()) == []
