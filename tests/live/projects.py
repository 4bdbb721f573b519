"""Projects of a real server: made, annotated, and pulled from."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from label_studio_sdk import LabelStudio

from scripts.label_studio.configuration import CHOICES
from scripts.label_studio.connection import Address, Studio, connect
from tests.small_components import choices

from .server import Server

CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="PLANT" background="#3a7d44"/>
    <Label value="Town" predicted_values="PLACE" background="#3b6fb6"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>"""


def address(server: Server, *, url: str | None = None, token: str | None = None) -> Address:
    """Where the server is and who we are, as the environment would say it."""
    values = {"LABEL_STUDIO_URL": url or server.url}
    return Address.model_validate(values | {"LABEL_STUDIO_API_KEY": token or server.token})


def studio(server: Server, *, url: str | None = None) -> Studio:
    """A client as the commands have it."""
    return connect(address(server, url=url))


def settings_with(server: Server, values: Mapping[str, object]) -> dict[str, object]:
    """Settings of a backend that is to update from a server, with vars for its updates."""
    return {
        "label_studio_host": server.url,
        "label_studio_api_key": server.token,
        "weasel_config_overrides": " ".join(f"--vars.{name} {values[name]}" for name in values),
    }


def make_project(
    client: LabelStudio, texts: Sequence[str], title: str, config: str = CONFIG
) -> tuple[int, list[int]]:
    """A project with a task for each text. Returns its number and those of the tasks."""
    project = client.projects.create(title=title, label_config=config)
    imported = client.projects.import_tasks(
        id=project.id, request=[{"data": {"text": text}} for text in texts], return_task_ids=True
    )
    return int(project.id), list(imported.task_ids or [])


def mark(text: str, part: str, *labels: str) -> dict[str, Any]:
    """A region on a part of a text."""
    start = text.index(part)
    value = {"start": start, "end": start + len(part), "text": part, "labels": list(labels)}
    return {
        "id": f"{labels[0]}-{start}",
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": value,
    }


def choose(*names: str) -> list[dict[str, Any]]:
    """What the editor sends for a choice: nothing where nothing is chosen."""
    return [choices(*names) | {"from_name": CHOICES}] if names else []


def predicted(client: LabelStudio, task: int) -> tuple[float, list[Any]]:
    """The score and the results of a task's only prediction."""
    (one,) = client.predictions.list(task=task)
    return float(one.score or 0), list(one.result or [])


def predictions(server: Server, project: int) -> dict[int, list[dict[str, Any]]]:
    """All predictions of a project by task, as the task's page gets them."""
    headers = {"Authorization": f"Token {server.token}"}
    parameters = {"project": project, "page_size": 1000, "fields": "all"}
    answer = httpx.get(f"{server.url}/api/tasks", headers=headers, params=parameters, timeout=120)
    answer.raise_for_status()
    found = answer.json()
    return {
        task["id"]: [{**one, "text": task["data"]["text"]} for one in task["predictions"]]
        for task in (found["tasks"] if isinstance(found, dict) else found)
    }


def next_task(server: Server, project: int) -> dict[str, Any]:
    """What a person gets next in the labelling stream."""
    headers = {"Authorization": f"Token {server.token}"}
    answer = httpx.get(f"{server.url}/api/projects/{project}/next", headers=headers, timeout=60)
    return dict(answer.raise_for_status().json())


def retrieve_predictions(server: Server, project: int, tasks: Sequence[int]) -> None:
    """Have the backend predict for some tasks, as the button of the data manager does it."""
    answer = httpx.post(
        f"{server.url}/api/dm/actions",
        params={"id": "retrieve_tasks_predictions", "project": project},
        json={"selectedItems": {"all": False, "included": list(tasks)}},
        headers={"Authorization": f"Token {server.token}"},
        timeout=600,
    )
    assert answer.status_code == 200, answer.text
