"""Projects of a real server: made, annotated, and pulled from."""

from collections.abc import Sequence
from typing import Any

from label_studio_sdk import LabelStudio

from scripts.label_studio.connection import Address, Studio, connect

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


def make_project(
    client: LabelStudio, texts: Sequence[str], title: str, config: str = CONFIG
) -> tuple[int, list[int]]:
    """A project with a task for each text. Returns its number and those of the tasks."""
    project = client.projects.create(title=title, label_config=config)
    imported = client.projects.import_tasks(
        id=project.id, request=[{"data": {"text": text}} for text in texts], return_task_ids=True
    )
    return int(project.id), list(imported.task_ids or [])


def mark(text: str, part: str, label: str) -> dict[str, Any]:
    """A region on a part of a text."""
    start = text.index(part)
    value = {"start": start, "end": start + len(part), "text": part, "labels": [label]}
    return {
        "id": f"{label}-{start}",
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": value,
    }
