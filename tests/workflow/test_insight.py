"""insight on the demonstration: ended and gone on with, and what it says."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import srsly

from .conftest import TINY, Done, Project
from .test_interrupt import CTRL_C, start, wait_until

pytestmark = pytest.mark.slow

Copy = Callable[[Project], Project]
SHORT = TINY | {"max_steps": 10, "workers": 2}
KEPT = "training/.insight/*.json"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")
def test_ended_it_goes_on_where_it_was(
    finished: tuple[Project, Done], copy_of: Copy, tmp_path: Path
) -> None:
    project = copy_of(finished[0])
    assert project.run("inputs", **SHORT).status == 0
    running = start(project, "insight", tmp_path, SHORT)
    wait_until(lambda: running.has(KEPT), running)
    running.stop(CTRL_C)
    wait_until(lambda: not running.members(), running)
    assert "Traceback" not in running.output
    assert not (project.folder / "training/insight.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in project.folder.glob(KEPT)}

    done = project.run("insight", **SHORT)
    assert done.status == 0, done.output
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list(project.folder.glob(KEPT))) == 16
    check(project)


def check(project: Project) -> None:
    """The findings fit the corpora, and the files fit the findings."""
    training = project.folder / "training"
    found = srsly.read_json(training / "insight.json")
    examples = srsly.read_json(project.folder / "corpus/conversion.json")["examples"]["gold"]
    assert found["texts"] == sum(examples[split] for split in ("train", "dev", "test"))
    assert [use["label"] for use in found["labels"]]
    assert len(found["curve"]["points"]) == 4
    assert found["curve"]["sentence"] in (training / "insight.html").read_text(encoding="utf8")
    scores = [one["score"] for one in found["disagreements"]]
    assert scores == sorted(scores, reverse=True)

    tasks = json.loads((project.folder / "assets/demo/export.json").read_text(encoding="utf8"))
    texts = {task["id"]: task["data"]["text"] for task in tasks}
    annotated = {
        task["id"] for task in tasks if any(not a["was_cancelled"] for a in task["annotations"])
    }
    for name, of_people in (("errors", True), ("next", False)):
        for task in srsly.read_json(training / f"insight/{name}_import.json"):
            (prediction,) = task["predictions"]
            for part in (prediction, *task.get("annotations", [])):
                for value in (region["value"] for region in part["result"]):
                    assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
            assert {texts[number] for number in task["meta"]["tasks"]} == {task["data"]["text"]}
            assert all((number in annotated) is of_people for number in task["meta"]["tasks"])
    assert srsly.read_json(training / "insight/next_import.json")
