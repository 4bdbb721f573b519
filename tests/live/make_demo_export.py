"""Make assets/demo/export.json: tasks go to a real Label Studio, are annotated, and exported."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import srsly
from label_studio_sdk import LabelStudio

from scripts.project.files import write_bytes
from tests.demo_tasks import Annotator, PlannedTask, plan_tasks, to_result

from .server import Server, add_user, find_command, running_server

DEMO = Path("assets/demo")
EXPORT_SECONDS = 120

Annotators = Mapping[Annotator, LabelStudio]  # clients that act as them


def sign_up_annotators(server: Server) -> Annotators:
    """The server's first user, who owns the project, and a second one."""
    return {"first": server.client(), "second": add_user(server, "second@example.com")}


def make_export(annotators: Annotators, tasks: list[PlannedTask], label_config: str) -> bytes:
    """Import tasks, do what the plan says with each of them, and download a snapshot as JSON."""
    manager = annotators["first"]
    project = manager.projects.create(title="Garden club notes", label_config=label_config)
    request = [{"data": {"text": task.text}, "meta": {"group": task.group}} for task in tasks]
    imported = manager.projects.import_tasks(id=project.id, request=request, return_task_ids=True)
    ids = imported.task_ids or []
    if len(ids) != len(tasks):
        raise RuntimeError(f"{len(tasks)} tasks were sent and {len(ids)} arrived.")
    for task, task_id in zip(tasks, ids, strict=True):
        annotate(annotators, task, task_id)
    predict(manager, project.id, dict(zip(ids, tasks, strict=True)))
    return download(manager, project.id)


def annotate(annotators: Annotators, task: PlannedTask, task_id: int) -> None:
    """Submit, skip or draft what the plan says for one task."""
    for annotation in task.annotations:
        annotators[annotation.annotator].annotations.create(
            id=task_id,
            result=to_result(task.text, annotation.spans),
            was_cancelled=annotation.skipped,
            ground_truth=annotation.ground_truth,
            lead_time=float(3 + 2 * len(annotation.spans)),
        )
    if task.draft is not None:
        # The SDK has no call for drafts; this is the editor's.
        annotators["first"]._client_wrapper.httpx_client.request(
            f"api/tasks/{task_id}/drafts",
            method="POST",
            json={"result": to_result(task.text, task.draft), "lead_time": 4.0},
        ).raise_for_status()


def predict(manager: LabelStudio, project: int, tasks: dict[int, PlannedTask]) -> None:
    """Import the predictions of the plan. Raises RuntimeError when the server drops one."""
    request = [
        {"task": task_id, "model_version": "word list", "result": to_result(task.text, spans)}
        for task_id, task in tasks.items()
        if (spans := task.prediction) is not None
    ]
    answer = manager.projects.import_predictions(id=project, request=request)
    if answer.created != len(request):
        raise RuntimeError(f"{len(request)} predictions were sent, {answer.created} arrived.")


def download(manager: LabelStudio, project: int) -> bytes:
    """A snapshot of all tasks as JSON, drafts and predictions as whole objects."""
    exports = manager.projects.exports
    snapshot = exports.create(
        id=project,
        title="demo",
        serialization_options={
            "drafts": {"only_id": False},
            "predictions": {"only_id": False},
            "annotations__completed_by": {"only_id": True},
        },
        annotation_filter_options={"usual": True, "ground_truth": True, "skipped": True},
    )
    limit = time.monotonic() + EXPORT_SECONDS
    while (status := exports.get(id=project, export_pk=snapshot.id).status) != "completed":
        if status == "failed" or time.monotonic() > limit:
            raise RuntimeError(f"The export is {status}.")
        time.sleep(0.5)
    return b"".join(exports.download(id=project, export_pk=snapshot.id, export_type="JSON"))


def main() -> None:
    """Start a server, make the export, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=DEMO / "export.json")
    output = parser.parse_args().output
    command = find_command()
    if command is None:
        raise SystemExit("No Label Studio found. Install it: make live-env")
    tasks = plan_tasks(DEMO / "grammar")
    config = (DEMO / "label_config.xml").read_text()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_server(command, Path(folder)) as server,
    ):
        export = make_export(sign_up_annotators(server), tasks, config)
    write_bytes(output, export)
    counts = Counter(len(task["annotations"]) for task in srsly.json_loads(export.decode("utf8")))
    print(f"{output}: tasks by number of annotations {dict(sorted(counts.items()))}")


if __name__ == "__main__":
    main()
