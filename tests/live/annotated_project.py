"""A project of a real Label Studio server in which each case is annotated, and its exports."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from label_studio_sdk import LabelStudio

from .cases import LABEL_CONFIG, Annotator, Case, Format, Submission

EXPORT_SECONDS = 60
Clients = Mapping[Annotator, LabelStudio]
FULL = {"only_id": False}
EVERYTHING = {"usual": True, "ground_truth": True, "skipped": True}
# Name of a snapshot: what it is asked to hold of drafts, predictions and people.
SNAPSHOTS: dict[str, dict[str, Any]] = {
    "snapshot JSON": {},
    "snapshot JSON, drafts in full": {"drafts": FULL},
    "snapshot JSON, predictions in full": {"predictions": FULL},
    "snapshot JSON, everything in full": {
        "drafts": FULL,
        "predictions": FULL,
        "annotations__completed_by": FULL,
    },
}
JSON = "JSON"
TABLES = ("JSON_MIN", "CSV", "TSV")


def make_project(clients: Clients, cases: list[Case]) -> tuple[int, dict[str, list[int]]]:
    """Import the tasks and do what the cases say. Returns the project and its tasks by case."""
    manager = clients["first"]
    project = manager.projects.create(title="All the cases", label_config=LABEL_CONFIG)
    texts = [(case, submissions) for case in cases for submissions in case.submitted]
    imported = manager.projects.import_tasks(
        id=project.id,
        request=[{"data": {"text": case.text}} for case, _ in texts],
        return_task_ids=True,
    )
    tasks: dict[str, list[int]] = {case.name: [] for case in cases}
    for (case, submissions), task in zip(texts, imported.task_ids or [], strict=True):
        tasks[case.name].append(task)
        annotate(clients, task, case, submissions)
    return int(project.id), tasks


def import_for_review(
    client: LabelStudio, tasks: list[dict[str, Any]], config: str = LABEL_CONFIG
) -> int:
    """A project of tasks with all that they hold. Returns the project."""
    project = client.projects.create(title="To decide", label_config=config)
    client.projects.import_tasks(id=project.id, request=tasks)
    return int(project.id)


def annotate(clients: Clients, task: int, case: Case, submissions: tuple[Submission, ...]) -> None:
    """Predict, draft and submit what the case says for one of its tasks."""
    manager = clients["first"]
    prediction = None
    if case.prediction is not None:
        prediction = manager.predictions.create(
            task=task, model_version="a model", result=list(case.prediction)
        ).id
    if case.draft is not None:
        # The SDK has no call for drafts; this is the editor's.
        manager._client_wrapper.httpx_client.request(
            f"api/tasks/{task}/drafts",
            method="POST",
            json={"result": list(case.draft), "lead_time": 4.0},
        ).raise_for_status()
    for submission in submissions:
        accepted = {"parent_prediction": prediction} if submission.accepted else {}
        clients[submission.annotator].annotations.create(
            id=task,
            result=list(submission.results),
            was_cancelled=submission.skipped,
            ground_truth=submission.ground_truth,
            **accepted,
        )


def export_all(client: LabelStudio, project: int, folder: Path) -> Iterator[tuple[Format, Path]]:
    """Every export of the project that holds offsets, each as a file in the folder."""
    for kind in (JSON, *TABLES):
        for all_tasks in (False, True):
            name = f"{kind}, all tasks" if all_tasks else kind
            yield (
                Format(name, kind in TABLES, all_tasks),
                download(client, project, kind, folder / name, all_tasks=all_tasks),
            )
    for name, options in SNAPSHOTS.items():
        snapshot = take_snapshot(client, project, options)
        path = download_snapshot(client, project, snapshot, JSON, folder / name)
        yield Format(name, False, True), path
    for kind in TABLES:
        name = f"snapshot {kind}, everything in full"
        convert_snapshot(client, project, snapshot, kind)
        path = download_snapshot(client, project, snapshot, kind, folder / name)
        yield Format(name, True, True), path


def offered_formats(client: LabelStudio, project: int) -> list[str]:
    """The formats that the server offers for the project's configuration."""
    # The SDK's annotation says strings, the server gives objects.
    formats: list[Any] = list(client.projects.exports.list_formats(id=project))
    return [found["name"] for found in formats if not found.get("disabled")]


def download(
    client: LabelStudio, project: int, kind: str, path: Path, *, all_tasks: bool = False
) -> Path:
    """An export as the UI's button gives it."""
    content = client.projects.exports.download_sync(
        id=project, export_type=kind, download_all_tasks=all_tasks
    )
    path.write_bytes(b"".join(content))
    return path


def take_snapshot(client: LabelStudio, project: int, options: dict[str, Any]) -> int:
    """A snapshot of all tasks and all annotations. Raises RuntimeError when it is not made."""
    exports = client.projects.exports
    snapshot = exports.create(
        id=project,
        title="all cases",
        serialization_options=options,
        annotation_filter_options=EVERYTHING,
    )
    _wait(lambda: str(exports.get(id=project, export_pk=snapshot.id).status))
    return int(snapshot.id)


def convert_snapshot(client: LabelStudio, project: int, snapshot: int, kind: str) -> None:
    """Have the server make another format of a snapshot. Raises RuntimeError when it does not."""
    exports = client.projects.exports
    exports.convert(id=project, export_pk=snapshot, export_type=kind)

    def status() -> str:
        found = exports.get(id=project, export_pk=snapshot).converted_formats or []
        return next((str(c.status) for c in found if c.export_type == kind), "unknown")

    _wait(status)


def download_snapshot(
    client: LabelStudio, project: int, snapshot: int, kind: str, path: Path
) -> Path:
    """A snapshot in one of the formats that it was converted to."""
    content = client.projects.exports.download(id=project, export_pk=snapshot, export_type=kind)
    path.write_bytes(b"".join(content))
    return path


def _wait(status: Callable[[], str]) -> None:
    limit = time.monotonic() + EXPORT_SECONDS
    while (now := status()) != "completed":
        if now == "failed" or time.monotonic() > limit:
            raise RuntimeError(f"The export is {now}.")
        time.sleep(0.2)
