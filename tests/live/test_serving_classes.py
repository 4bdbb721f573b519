"""The ML backend with `component: textcat`: annotated choices lead to a release that knows them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from label_studio_sdk import LabelStudio

from scripts.label_studio.configuration import write_label_config
from scripts.label_studio.projects import connect_backend
from tests.serving import Backend, running_backend
from tests.small_components import NEW, OLD, sentences, train_classifier, write_raw
from tests.workflow.conftest import copy_project

from .annotated_project import import_for_review
from .projects import choose, retrieve_predictions, settings_with, studio
from .server import Server

pytestmark = [pytest.mark.live, pytest.mark.slow]
VARS = {
    **{"component": "textcat", "raw_text": "assets/raw.txt", "workers": 1},
    **{"max_steps": 60, "rehearsal_docs": 150},
}
CHANGES = 3  # annotations that lead to an update
UPDATE_SECONDS = 600


class Live(NamedTuple):
    """A project that is connected with a backend. waiting: topics of tasks without annotation."""

    server: Server
    backend: Backend
    project: int
    waiting: Mapping[int, str]

    def right(self, version: str) -> list[str]:
        """Have the tasks predicted; gives the topics of those whose choice is the right one."""
        retrieve_predictions(self.server, self.project, list(self.waiting))
        client, right = self.server.client(), []
        for task, topic in self.waiting.items():
            made = client.predictions.list(task=task)
            (one,) = [one for one in made if one.model_version == version]
            (result,) = one.result or []
            assert result["type"] == "choices"
            right += [topic] * (result["value"]["choices"] == [topic])
        return right


@pytest.fixture
def live(label_studio: Server, tmp_path: Path) -> Iterator[Live]:
    """Choices of 150 sentences of two new topics are annotated before the backend is there."""
    project = copy_project(tmp_path / "project")
    train_classifier("textcat").to_disk(project.folder / "assets/base")
    write_raw(project.folder / "assets/raw.txt", 500)
    number, waiting = make_project(label_studio.client())
    with running_backend(
        project.folder,
        tmp_path / "models",
        spacy_model="assets/base",
        **settings_with(label_studio, VARS),
        start_training_each_n_updates=CHANGES,
        debounce_seconds=0.5,
        learning_rate=0.01,
        finetuned_model_name="topics",
    ) as backend:
        connect_backend(studio(label_studio), number, backend.url, None)
        yield Live(label_studio, backend, number, waiting)


def make_project(client: LabelStudio) -> tuple[int, dict[int, str]]:
    """The project, and the tasks that nobody has annotated with their topics."""
    annotated = [
        {"data": {"text": text}, "annotations": [{"result": choose(topic)}]}
        for text, topic in sentences(1, 150, NEW)
    ]
    others = dict(sentences(9, 20, [*OLD, *NEW]))
    waiting = [{"data": {"text": text}} for text in others]
    config = write_label_config([], choices=[*OLD, *NEW])
    project = import_for_review(client, [*annotated, *waiting], config)
    there = {task.id: task.data["text"] for task in client.tasks.list(project=project)}
    return project, {task: others[text] for task, text in there.items() if text in others}


def test_choices_lead_to_a_release_that_knows_the_new_classes(live: Live) -> None:
    base = live.backend.client.get("/health").json()["model_version"]
    assert {*live.right(base)} == {*OLD}
    new = [(task, topic) for task, topic in live.waiting.items() if topic in NEW]
    for task, topic in new[:CHANGES]:
        live.server.client().annotations.create(id=task, result=choose(topic))
    version = live.backend.wait_for_release(1, UPDATE_SECONDS)
    assert version.startswith("en_topics-0.1.0-")
    right = live.right(version)
    assert {*right} == {*OLD, *NEW}
    assert len(right) > 17
    kept = live.backend.models / "versions" / version
    assert {"report.html", "gate.json", "evaluation.json"} <= {path.name for path in kept.iterdir()}
