"""Push a pipeline's predictions to the tasks of a Label Studio project that wait for a person."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
from spacy.language import Language
from wasabi import msg

from .conversion.json_stream import json_elements
from .conversion.label_config import parse_label_configs
from .conversion.label_map import Target, read_label_map
from .kinds.known import kinds_in
from .label_studio.confidence import Judged, judge
from .label_studio.connection import Studio, connect, explain_errors
from .label_studio.options import LabelMapFile, PackageName, PackageVersion, PipelineName
from .label_studio.prepared import Prepared, read_prepared, send_prepared
from .label_studio.regions import (
    Labelling,
    find_labellings,
    kinds_of_results,
    task_text,
    write_regions,
)
from .label_studio.sending import Prediction, Recipient, Refused, send
from .label_studio.snapshots import SnapshotRequest, fetch_snapshot
from .project.errors import UserError, run
from .project.files import write_json
from .project.progress import track
from .project.settings import parse_path, parse_value
from .serving.loading import found_labels, load_for_prediction
from .serving.versions import describe
from .training.finding import pipeline_folder

RECORD = "push.json"
_WORK = ".push"
# Tasks that a person has annotated, or looked at and skipped, need no prediction.
_WAITING = {"annotated": "exclude", "skipped": "exclude"}


class Task(NamedTuple):
    """A task that waits for a person."""

    id: int
    text: str


class Waiting(NamedTuple):
    """tasks: to predict for. done: how many hold a prediction of this version already.

    without_text: ids of tasks whose data have no text in the field of the configuration.
    """

    tasks: list[Task]
    done: int
    without_text: list[int]


class Choice(NamedTuple):
    """What the user has chosen in the vars."""

    label_map: dict[str, Target] | None = None
    control: str | None = None
    text_field: str | None = None
    limit: int = 0


PLAIN = Choice()


class Pushed(NamedTuple):
    """What a push did. unknown: answers left out, by label: the configuration lacks theirs."""

    model_version: str
    created: int
    refused: list[Refused]
    done_before: int
    left: int
    without_text: list[int]
    unknown: dict[str, int]


def main(
    project: Annotated[str, typer.Option(help="number of the project, as in its address")],
    output: Annotated[Path, typer.Option(help="folder of push.json")],
    pipeline: PipelineName,
    name: PackageName,
    version: PackageVersion,
    label_map: LabelMapFile = "null",
    control: Annotated[str, typer.Option(help="name of the Labels tag, null for any")] = "null",
    text_field: Annotated[str, typer.Option(help="field of the text, null for any")] = "null",
    limit: Annotated[int, typer.Option(help="tasks to push for, 0 for all")] = 0,
    file: Annotated[
        str, typer.Option(help="what insight prepared, in place of a pipeline")
    ] = "null",
) -> None:
    """Push predictions for the tasks that nobody has annotated, the least certain ones first.

    Those of a file go to the tasks that it names, annotated or not.
    """
    number = parse_value("project", project)
    if number is None:
        raise UserError("vars.project is null.", "Give the project's number: --vars.project 7.")
    prepared = parse_path("push_file", file)
    if prepared:
        pushed = push_prepared(connect(), number, read_prepared(prepared), output, limit)
        write_json(output / RECORD, pushed._asdict())
        _report(pushed, output / RECORD)
        return
    names = parse_path("label_map", label_map)
    choice = Choice(
        read_label_map(names) if names else None,
        parse_value("control", control),
        parse_value("text_field", text_field),
        limit,
    )
    where = parse_value("pipeline", pipeline)
    studio = connect()
    with pipeline_folder(where, name=name, version=version) as folder:
        nlp = load_for_prediction(folder)
        model_version = describe(folder, update=None).id
    pushed = push(studio, number, nlp, model_version, output=output, choice=choice)
    write_json(output / RECORD, pushed._asdict())
    _report(pushed, output / RECORD)


def push(
    studio: Studio,
    project: int,
    nlp: Language,
    model_version: str,
    *,
    output: Path,
    choice: Choice = PLAIN,
) -> Pushed:
    """Predict for a project's waiting tasks and send what was found, the least certain first.

    Tasks that hold a prediction of this version are left alone, so that a push that was ended
    goes on where it was. Raises UserError when the project does not fit or is not there.
    """
    with explain_errors(studio.url, f"a project {project}"):
        xml = studio.client.projects.get(id=project).label_config or ""
    labellings = _labellings(xml, project, nlp, choice)
    key = labellings[0].tags.key
    waiting = _waiting(studio, project, key, model_version, output / _WORK)
    labels = {label for one in labellings for label in one.labels}
    judged = judge(nlp, (task.text for task in waiting.tasks), labels, kinds_in(nlp))
    found = list(zip(waiting.tasks, track(judged, "predicting", len(waiting.tasks)), strict=True))
    found.sort(key=lambda pair: pair[1].certainty)
    chosen = found[: choice.limit or None]
    to = Recipient(studio, project, xml, model_version)
    sent = list(send(to, _predictions(chosen, labellings)))
    _show(studio, project, model_version)
    unknown = Counter(
        one.label for _, text in chosen for one in text.found if one.label not in labels
    )
    return Pushed(
        model_version,
        sum(batch.created for batch in sent),
        [one for batch in sent for one in batch.refused],
        waiting.done,
        len(found) - len(chosen),
        waiting.without_text,
        dict(unknown),
    )


def push_prepared(
    studio: Studio, project: int, prepared: Prepared, output: Path, limit: int
) -> Pushed:
    """Send the predictions of a file. Raises UserError as `push` does."""
    sent, done = send_prepared(studio, project, prepared, limit=limit, work=output / _WORK)
    refused = [one for batch in sent for one in batch.refused]
    left = max(0, len(prepared.predictions) - limit) if limit else 0
    created = sum(batch.created for batch in sent)
    if created or done:
        _show(studio, project, prepared.model_version)
    return Pushed(prepared.model_version, created, refused, done, left, [], {})


def _labellings(xml: str, project: int, nlp: Language, choice: Choice) -> list[Labelling]:
    """Where the project wants results. Raises UserError when no label fits."""
    labels = found_labels(nlp)
    configs = parse_label_configs(
        xml,
        f"The labelling configuration of project {project}",
        kinds_of_results(labels),
        control=choice.control,
        text_field=choice.text_field,
    )
    labellings = find_labellings(configs, choice.label_map, labels)
    if not any(one.labels for one in labellings):
        ours = ", ".join(label for some in labels.values() for label in some)
        theirs = ", ".join(label.name for config in configs for label in config.labels)
        raise UserError(
            f"Project {project} has none of the pipeline's labels ({ours}).",
            f"It has {theirs}. Give a label map (vars.label_map), or another pipeline "
            "(vars.pipeline).",
        )
    return labellings


def _predictions(
    found: list[tuple[Task, Judged]], labellings: list[Labelling]
) -> Iterator[Prediction]:
    for task, judged in found:
        regions = [r for place in labellings for r in write_regions(task.text, judged.found, place)]
        yield Prediction(task.id, round(judged.certainty, 4), regions)


def _show(studio: Studio, project: int, model_version: str) -> None:
    """Let the project show this version, sort by its scores, and choose by them who comes next.

    A project with a backend shows what the backend predicts; that is left as it is.
    """
    with explain_errors(studio.url, f"project {project}"):
        if not studio.client.ml.list(project=project):
            studio.client.projects.update(id=project, model_version=model_version)


class _Prediction(msgspec.Struct):
    model_version: str | None = None


class _Task(msgspec.Struct):
    id: int
    data: dict[str, Any]
    predictions: list[_Prediction] = msgspec.field(default_factory=list)


def _waiting(studio: Studio, project: int, field: str, model_version: str, work: Path) -> Waiting:
    """The tasks that wait for a person and have no prediction of this version."""
    request = SnapshotRequest(studio.url, project, _WAITING, predictions=True)
    tasks, done, without_text = [], 0, []
    with fetch_snapshot(studio, request, work).open("rb") as file:
        for element in json_elements(file):
            task = msgspec.json.decode(element.lstrip(b" \t\r\n,"), type=_Task)
            text = task_text({"data": task.data}, field)
            if any(one.model_version == model_version for one in task.predictions):
                done += 1
            elif text is None:
                without_text.append(task.id)
            else:
                tasks.append(Task(task.id, text))
    # Before anything is sent: the next run must see what this one sends.
    shutil.rmtree(work)
    return Waiting(tasks, done, without_text)


def _report(pushed: Pushed, record: Path) -> None:
    """Print what was done. Raises UserError when the server refused something."""
    msg.good(
        f"{pushed.created} predictions of {pushed.model_version}",
        f"{pushed.done_before} tasks had one already; {pushed.left} left out by push_limit",
    )
    if pushed.without_text:
        msg.warn(f"{len(pushed.without_text)} tasks have no text", str(record))
    if pushed.unknown:
        labels = ", ".join(f"{label} ({count})" for label, count in pushed.unknown.items())
        msg.info(f"Left out, the project does not have these labels: {labels}")
    if pushed.refused:
        first = pushed.refused[0]
        raise UserError(
            f"Label Studio refused {len(pushed.refused)} predictions, the first for task "
            f"{first.task}: {first.reason}",
            f"All are in {record} with their reasons.",
        )


if __name__ == "__main__":
    run(main)
