"""A project with Labels and Choices: pulled, updated into one wheel, which predicts both there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import srsly
from label_studio_sdk import LabelStudio

from scripts.label_studio.configuration import write_label_config
from scripts.label_studio.projects import connect_backend
from scripts.pull import CONFIG, EXPORT, pull
from scripts.push import push
from scripts.training.finding import pipeline_folder
from scripts.training.pipelines import load_pipeline
from tests.serving import running_backend
from tests.small_components import NEW, OLD, TOPICS, sentences, write_raw
from tests.small_parts import PARTS, SIZES, make_base, things
from tests.workflow.conftest import Project, copy_project

from .annotated_project import import_for_review
from .projects import choose, mark, predicted, retrieve_predictions, settings_with, studio
from .server import Server

pytestmark = [pytest.mark.live, pytest.mark.slow]
PULLED = "assets/label_studio"
VARS = {"parts": "assets/parts.yml", "raw_text": "assets/raw.txt", "workers": 1}
UPDATE_SECONDS = 600


class Waiting(NamedTuple):
    """A task that nobody has annotated."""

    text: str
    topic: str


Tasks = Mapping[int, Waiting]


def make_project(client: LabelStudio) -> tuple[int, Tasks]:
    """A project with 150 sentences whose topic is chosen and whose words are marked."""
    annotated = [
        {
            "data": {"text": text},
            "annotations": [
                {
                    "result": [
                        *choose(topic),
                        *(mark(text, word, "THING") for word in things(text, topic)),
                    ]
                }
            ],
        }
        for text, topic in sentences(1, 150, NEW)
    ]
    others = {text: Waiting(text, topic) for text, topic in sentences(9, 20, [*OLD, *NEW])}
    config = write_label_config(["ACT", "THING"], choices=[*OLD, *NEW])
    waiting = [{"data": {"text": text}} for text in others]
    project = import_for_review(client, [*annotated, *waiting], config)
    there = {task.id: task.data["text"] for task in client.tasks.list(project=project)}
    return project, {task: others[text] for task, text in there.items() if text in others}


def prepare(project: Project) -> None:
    """The base, the parts and general text."""
    assets = project.folder / "assets"
    make_base().to_disk(assets / "base")
    write_raw(assets / "raw.txt", 500)
    srsly.write_yaml(assets / "parts.yml", PARTS)


def check_predicted(found: Mapping[int, Sequence[dict[str, Any]]], waiting: Tasks) -> None:
    """Topics, the words of new topics and verbs stand in the results of the tasks."""
    right = {"topic": 0, "things": 0, "verb": 0}
    for task, (text, topic) in waiting.items():
        (chosen,) = [one["value"]["choices"] for one in found[task] if one["type"] == "choices"]
        marked = {
            (region["value"]["text"], *region["value"]["labels"])
            for region in found[task]
            if region["type"] == "labels"
        }
        right["topic"] += chosen == [topic]
        right["things"] += {word for word, label in marked if label == "THING"} == {
            word for word in text.rstrip(".").split() if topic in NEW and word in TOPICS[topic]
        }
        right["verb"] += (text.split()[1], "ACT") in marked
    assert min(right.values()) >= 0.8 * len(waiting), right


def test_regions_and_choices_come_back_from_one_wheel(label_studio: Server, tmp_path: Path) -> None:
    client = label_studio.client()
    number, waiting = make_project(client)
    project = copy_project(tmp_path / "project")
    prepare(project)
    pull(studio(label_studio), number, project.folder / PULLED)
    given = {"export": f"{PULLED}/{EXPORT}", "label_config": f"{PULLED}/{CONFIG}"}
    done = project.run("parts", base_model="assets/base", **given, **SIZES, **VARS)
    assert done.status == 0, done.output
    (wheel,) = project.folder.glob("packages/*/dist/*.whl")
    with pipeline_folder(str(wheel), name="", version="") as folder:
        nlp = load_pipeline(folder)
        pushed = push(studio(label_studio), number, nlp, "both-0.1.0", output=tmp_path / "pushed")
    assert (pushed.refused, pushed.unknown) == ([], {})
    check_predicted({task: predicted(client, task)[1] for task in waiting}, waiting)


def test_the_backend_updates_both_parts(label_studio: Server, tmp_path: Path) -> None:
    client = label_studio.client()
    number, waiting = make_project(client)
    project = copy_project(tmp_path / "project")
    prepare(project)
    given = {name: value for name, value in SIZES.items() if name != "name"} | VARS
    with running_backend(
        project.folder,
        tmp_path / "models",
        spacy_model="assets/base",
        **settings_with(label_studio, given),
        finetuned_model_name="both",
        debounce_seconds=0.1,
    ) as backend:
        connect_backend(studio(label_studio), number, backend.url, None)
        backend.webhook("START_TRAINING", number)
        version = backend.wait_for_release(1, UPDATE_SECONDS)
        retrieve_predictions(label_studio, number, list(waiting))
        check_predicted({task: predicted(client, task)[1] for task in waiting}, waiting)
        kept = backend.models / "versions" / version
        for part in ("1-ner", "2-textcat"):
            names = {path.name for path in (kept / part).iterdir()}
            assert names == {"report.html", "gate.json", "evaluation.json"}
