"""The ML backend with a real Label Studio: predictions, annotations, updates, new predictions."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import srsly
from label_studio_sdk import LabelStudio

from scripts.label_studio.connection import Studio
from scripts.label_studio.projects import Login, connect_backend, set_up_project
from tests.serving import Backend, running_backend, wait_for
from tests.workflow.conftest import OPEN_GATE, copy_project

from .projects import retrieve_predictions, settings_with
from .server import Server

pytestmark = [pytest.mark.live, pytest.mark.slow]

TASKS, FIRST, MORE = 320, 300, 20
EMOJI = "\N{HERB}\N{BUG} "  # before the text of each third task
LOGIN = Login("ada", "lovelace-1843")
VARS = {"max_steps": 120, "rehearsal_docs": 300, "raw_text": "assets/demo/raw_text.txt"}
OPEN = VARS | OPEN_GATE | {"max_new_width": 100, "workers": 1}
UPDATE_SECONDS = 1200


class Live(NamedTuple):
    """A project of Label Studio that is connected with the backend.

    regions: for each task in order what a person annotates in it. ml: the number of the connection.
    """

    server: Server
    client: LabelStudio
    backend: Backend
    project: int
    ml: int
    tasks: list[int]
    regions: list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def live(label_studio: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    project = copy_project(folder / "project")
    for name in ("inputs", "base"):
        done = project.run(name, max_steps=150)
        assert done.status == 0, done.output
    shutil.move(project.folder / "training" / "base", folder / "base")
    with running_backend(
        project.folder,
        folder / "models",
        spacy_model=folder / "base",
        basic_auth_user=LOGIN.user,
        basic_auth_pass=LOGIN.password,
        **settings_with(label_studio, OPEN),
        start_training_each_n_updates=FIRST,
        debounce_seconds=1,
        finetuned_model_name="live",
    ) as backend:
        yield connect(label_studio, backend)


def connect(server: Server, backend: Backend) -> Live:
    """Make the project, import the tasks, connect the backend with its credentials."""
    client = server.client()
    studio = Studio(client, server.url)
    config = Path("assets/demo/label_config.xml").read_text(encoding="utf8")
    project = set_up_project(studio, None, f"Live {time.time_ns()}", config).id
    texts, regions = annotated_tasks()
    client.projects.import_tasks(
        id=project, request=[{"data": {"text": text}} for text in texts], return_task_ids=True
    )
    tasks = sorted(task.id for task in client.tasks.list(project=project))
    _, ml = connect_backend(studio, project, backend.url, LOGIN)
    return Live(server, client, backend, project, ml.id, tasks, regions)


def annotated_tasks() -> tuple[list[str], list[list[dict[str, Any]]]]:
    """Texts of the demonstration and what was annotated in them, some with emoji in front."""
    export = json.loads(Path("assets/demo/export.json").read_text(encoding="utf8"))
    usable = [task for task in export if usable_annotations(task)][:TASKS]
    texts, regions = [], []
    for number, task in enumerate(usable):
        before = EMOJI if number % 3 == 0 else ""
        texts.append(before + task["data"]["text"])
        shifted = []
        for region in usable_annotations(task)[0]["result"]:
            value = dict(region["value"])
            value |= {key: value[key] + len(before) for key in ("start", "end")}
            shifted.append(region | {"value": value})
        regions.append(shifted)
    return texts, regions


def usable_annotations(task: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in task["annotations"] if not one["was_cancelled"]]


def predictions(live: Live, task: int) -> list[Any]:
    return list(live.client.predictions.list(task=task))


def annotate(live: Live, number: int, **more: Any) -> Any:
    return live.client.annotations.create(
        id=live.tasks[number], result=live.regions[number], **more
    )


def test_predictions_annotations_updates_and_new_predictions(live: Live) -> None:
    """The whole loop. Its steps are printed with their seconds."""
    started, steps = time.monotonic(), {}

    def step(name: str) -> None:
        steps[name] = round(time.monotonic() - started, 1)

    first = live.backend.version("Roses.")
    retrieve_predictions(live.server, live.project, live.tasks[:FIRST])
    step("300 predictions")
    check_predictions(live, live.tasks[:FIRST], first)
    for number in range(FIRST):
        annotate(live, number)
    step("300 annotations")
    wait_for(live.backend.updates, 30)
    second = live.backend.wait_for_release(1, UPDATE_SECONDS)
    step("first release")
    assert second != first
    retrieve_predictions(live.server, live.project, live.tasks[:MORE])
    found = check_predictions(live, live.tasks[:MORE], second)
    assert found & {"PLANT", "PEST"}, found
    for number in range(FIRST, FIRST + MORE):
        annotate(live, number)
    assert len(live.backend.updates()) == 1  # twenty are too few
    live.client.ml.train(id=live.ml)
    step("START_TRAINING")
    third = live.backend.wait_for_release(2, UPDATE_SECONDS)
    step("second release")
    assert len({first, second, third}) == 3
    retrieve_predictions(live.server, live.project, live.tasks[:2])
    check_predictions(live, live.tasks[:2], third)
    pulled = srsly.read_json(live.backend.models / "versions" / third / "evaluation.json")
    assert pulled["pipelines"]["base"]
    print(json.dumps(steps))


def check_predictions(live: Live, tasks: list[int], version: str) -> set[str]:
    """Each task has a prediction of this version with the right offsets; gives their labels."""
    labels: set[str] = set()
    for task in tasks[:40]:
        text = live.client.tasks.get(id=str(task)).data["text"]
        (one,) = [one for one in predictions(live, task) if one.model_version == version]
        for region in one.result or []:
            value = region["value"]
            assert text[value["start"] : value["end"]] == value["text"]
            labels |= set(value["labels"])
    assert labels <= {"PLANT", "PEST", "PERSON"}
    return labels


def test_changes_skips_and_deletions_are_counted(live: Live) -> None:
    def counted() -> float:
        text = live.backend.client.get("/metrics").text
        lines = [line for line in text.splitlines() if "webhook_events_total{" in line]
        return sum(float(line.split()[-1]) for line in lines if 'action="ANNOTATION' in line)

    before = counted()
    one = annotate(live, FIRST + 1)
    live.client.annotations.update(id=one.id, result=[])
    annotate(live, FIRST + 2, was_cancelled=True)
    live.client.annotations.delete(id=one.id)
    wait_for(lambda: counted() >= before + 4, 10, counted)
    assert counted() >= before + 4


def test_the_key_of_label_studio_is_in_no_file_of_the_backend(live: Live) -> None:
    token = live.server.token
    assert token not in live.backend.log.read_text()
    for path in live.backend.models.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path
