"""A project with Labels and Choices: pulled, updated into one wheel, which predicts both there."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import srsly
from label_studio_sdk import LabelStudio

from scripts.label_studio.configuration import write_label_config
from scripts.pull import CONFIG, EXPORT, pull
from scripts.push import push
from scripts.training.finding import pipeline_folder
from scripts.training.pipelines import load_pipeline
from tests.small_components import NEW, OLD, TOPICS, sentences, write_raw
from tests.small_parts import PARTS, SIZES, make_base, things
from tests.workflow.conftest import copy_project

from .annotated_project import import_for_review
from .projects import choose, mark, predicted, studio
from .server import Server

pytestmark = [pytest.mark.live, pytest.mark.slow]
PULLED = "assets/label_studio"


class Waiting(NamedTuple):
    """A task that nobody has annotated."""

    text: str
    topic: str


def make_project(client: LabelStudio) -> tuple[int, Mapping[int, Waiting]]:
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


def test_regions_and_choices_come_back_from_one_wheel(label_studio: Server, tmp_path: Path) -> None:
    number, waiting = make_project(label_studio.client())
    project = copy_project(tmp_path / "project")
    pull(studio(label_studio), number, project.folder / PULLED)
    assets = project.folder / "assets"
    make_base().to_disk(assets / "base")
    write_raw(assets / "raw.txt", 500)
    srsly.write_yaml(assets / "parts.yml", PARTS)
    done = project.run(
        "parts",
        parts="assets/parts.yml",
        base_model="assets/base",
        raw_text="assets/raw.txt",
        export=f"{PULLED}/{EXPORT}",
        label_config=f"{PULLED}/{CONFIG}",
        **SIZES,
    )
    assert done.status == 0, done.output
    (wheel,) = project.folder.glob("packages/*/dist/*.whl")
    with pipeline_folder(str(wheel), name="", version="") as folder:
        nlp = load_pipeline(folder)
        pushed = push(studio(label_studio), number, nlp, "both-0.1.0", output=tmp_path / "pushed")
    assert (pushed.refused, pushed.unknown) == ([], {})
    right = {"topic": 0, "things": 0, "verb": 0}
    for task, (text, topic) in waiting.items():
        _, results = predicted(label_studio.client(), task)
        (chosen,) = [one["value"]["choices"] for one in results if one["type"] == "choices"]
        marked = {
            (region["value"]["text"], *region["value"]["labels"])
            for region in results
            if region["type"] == "labels"
        }
        right["topic"] += chosen == [topic]
        right["things"] += {word for word, label in marked if label == "THING"} == {
            word for word in text.rstrip(".").split() if topic in NEW and word in TOPICS[topic]
        }
        right["verb"] += (text.split()[1], "ACT") in marked
    assert min(right.values()) >= 16, right
