from collections import Counter
from pathlib import Path

import pytest
import srsly

from tests.demo_tasks import PlannedTask, plan_tasks

from .make_demo_export import Annotators, make_export

pytestmark = pytest.mark.live
DEMO = Path("assets/demo")
SOME = 40  # annotated tasks; each request to the server takes about 0.1 s


def choose(tasks: list[PlannedTask]) -> list[PlannedTask]:
    """Every task out of the ordinary, and some of the others."""

    def is_ordinary(task: PlannedTask) -> bool:
        return (
            len(task.annotations) == 1 and not task.annotations[0].skipped and "\r" not in task.text
        )

    ordinary = [task for task in tasks if is_ordinary(task)]
    return ordinary[:SOME] + [task for task in tasks if not is_ordinary(task)]


def test_a_real_server_gives_back_what_the_annotators_did(annotators: Annotators) -> None:
    tasks = choose(plan_tasks(DEMO / "grammar"))
    config = (DEMO / "label_config.xml").read_text()

    export = srsly.json_loads(make_export(annotators, tasks, config).decode("utf8"))

    assert [task["data"]["text"] for task in export] == [task.text for task in tasks]
    for task, planned in zip(export, tasks, strict=True):
        assert task["meta"] == {"group": planned.group}
        assert [
            [(r["value"]["start"], r["value"]["end"], *r["value"]["labels"]) for r in a["result"]]
            for a in task["annotations"]
        ] == [list(annotation.spans) for annotation in planned.annotations]
    assert sum(len(task["drafts"]) for task in export) == sum(t.draft is not None for t in tasks)
    users = Counter(a["completed_by"] for task in export for a in task["annotations"])
    assert len(users) == 2


def test_the_committed_export_has_the_shape_of_a_fresh_one(annotators: Annotators) -> None:
    tasks = choose(plan_tasks(DEMO / "grammar"))[:2]
    config = (DEMO / "label_config.xml").read_text()

    fresh = srsly.json_loads(make_export(annotators, tasks, config).decode("utf8"))

    committed = srsly.read_json(DEMO / "export.json")
    assert committed[0].keys() == fresh[0].keys()
    annotated = next(task for task in committed if task["annotations"])
    assert annotated["annotations"][0].keys() == fresh[0]["annotations"][0].keys()
