"""Predictions that a command has prepared, in a file, for tasks of a project that are there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..conversion.json_stream import json_elements
from ..project.errors import UserError
from ..project.files import remove
from .connection import Studio, explain_errors
from .sending import Prediction, Recipient, Refused, Sent, send
from .snapshots import SnapshotRequest, fetch_snapshot


class PreparedTask(msgspec.Struct, frozen=True):
    """A prediction for a task, as `Prediction`."""

    task: int
    score: float
    result: list[dict[str, Any]]


class Prepared(msgspec.Struct, frozen=True):
    """All of a file."""

    model_version: str
    predictions: list[PreparedTask]


class _Prediction(msgspec.Struct):
    model_version: str | None = None


class _Task(msgspec.Struct):
    id: int
    predictions: list[_Prediction] = msgspec.field(default_factory=list)


def read_prepared(path: Path) -> Prepared:
    """The predictions of a file. Raises UserError when it is none of ours."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Prepared)
    except FileNotFoundError:
        raise UserError(
            f"There is no file {path}.", "Make it: spacy project run insight ."
        ) from None
    except msgspec.DecodeError as error:
        raise UserError(
            f"{path} is no file to push ({error}).",
            "Those are called *_push.json; the others are for Label Studio's import.",
        ) from error


def send_prepared(
    studio: Studio, project: int, prepared: Prepared, *, limit: int, work: Path
) -> tuple[list[Sent], int]:
    """Send the first predictions of a file, and count the tasks that held one of its version.

    limit: 0 for all. work: a folder for the snapshot of the project, removed afterwards.
    Tasks that are no longer there are refused. Raises UserError as `send` does.
    """
    with explain_errors(studio.url, f"a project {project}"):
        xml = studio.client.projects.get(id=project).label_config or ""
    there = {task.id: task for task in _tasks(studio, project, work)}
    wanted = prepared.predictions[: limit or None]
    done = {
        task.id
        for task in there.values()
        if any(one.model_version == prepared.model_version for one in task.predictions)
    }
    new = [Prediction(*one) for one in map(msgspec.structs.astuple, wanted)]
    gone = [Refused(one.task, "there is no such task now") for one in new if one.task not in there]
    to = Recipient(studio, project, xml, prepared.model_version)
    fit = [one for one in new if one.task in there and one.task not in done]
    sent = list(send(to, fit))
    return [*sent, Sent(0, gone)], sum(one.task in done for one in new)


def _tasks(studio: Studio, project: int, work: Path) -> Iterator[_Task]:
    request = SnapshotRequest(studio.url, project, predictions=True)
    with fetch_snapshot(studio, request, work).open("rb") as file:
        for element in json_elements(file):
            yield msgspec.json.decode(element.lstrip(b" \t\r\n,"), type=_Task)
    # Before anything is sent: the next run must see what this one sends.
    remove(work)
