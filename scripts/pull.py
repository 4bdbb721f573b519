"""Pull the tasks and annotations of a Label Studio project, with its labelling configuration."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
import typer
from wasabi import msg

from .label_studio.connection import Studio, connect, explain_errors
from .label_studio.increments import Merged, changed_since, merge, tally
from .label_studio.snapshots import SnapshotRequest, fetch_snapshot
from .project.errors import UserError, run
from .project.files import hash_file, new_file, write_text
from .project.settings import parse_value

EXPORT, CONFIG, RECORD = "export.json", "label_config.xml", "pull.json"
_WORK = ".pull"
_TAB = "pull: what changed"


class Pulled(msgspec.Struct, frozen=True):
    """What the last pull wrote (`pull.json`). sha256: of the export."""

    url: str
    project: int
    title: str
    tasks: int
    annotated: int
    skipped: int
    newest: str | None
    sha256: str


class Outcome(NamedTuple):
    """merged: what came into the place of older tasks; None where the export is new as a whole."""

    pulled: Pulled
    merged: Merged | None


def main(
    project: Annotated[str, typer.Option(help="number of the project, as in its address")],
    output: Annotated[Path, typer.Option(help="folder of export.json and label_config.xml")],
    what: Annotated[str, typer.Option(help="all, or new: what changed since the last pull")],
) -> None:
    """Pull all tasks of a Label Studio project, annotated or not, and its configuration."""
    number = parse_value("project", project)
    if number is None:
        raise UserError("vars.project is null.", "Give the project's number: --vars.project 7.")
    done = pull(connect(), number, output, what=parse_value("pull", what))
    found = done.pulled
    msg.good(
        f"Project {number} ({found.title}): {found.tasks} tasks, {found.annotated} annotated, "
        f"{found.skipped} skipped",
        str(output / EXPORT),
    )
    if done.merged:
        changed, added = done.merged
        msg.info(f"Since the last pull: {changed} tasks changed, {added} are new")


def pull(
    studio: Studio, project: int, output: Path, *, what: Literal["all", "new"] = "all"
) -> Outcome:
    """Write export, configuration and record of a project into a folder.

    what: with "new" only tasks that changed since the last pull are fetched, and put into the
        export of that pull; it is whole again afterwards. A changed task comes with all its
        annotations, so what was updated or deleted in it is so here. Tasks that were deleted show
        by their number, and then everything is fetched. So it is where there is no last pull, or
        its export is not as it was.
    Raises UserError; the files of an earlier pull then stay as they are.
    """
    with explain_errors(studio.url, f"a project {project}"):
        found = studio.client.projects.get(id=project)
    work, export = output / _WORK, output / EXPORT
    merged = None
    if what == "new" and (last := _last_pull(studio, project, output)):
        merged = _pull_new(studio, project, last, export)
    if merged is None:
        whole = fetch_snapshot(studio, SnapshotRequest(studio.url, project), work)
        whole.replace(export)
    shutil.rmtree(work, ignore_errors=True)
    counts = tally(export)
    write_text(output / CONFIG, found.label_config or "")
    record = Pulled(studio.url, project, found.title or "", *counts, sha256=hash_file(export))
    with new_file(output / RECORD) as file:
        file.write(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    return Outcome(record, merged)


def _last_pull(studio: Studio, project: int, output: Path) -> Pulled | None:
    """The record of the last pull, if it was of this project and its export is still there."""
    try:
        last = msgspec.json.decode((output / RECORD).read_bytes(), type=Pulled)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    export = output / EXPORT
    same = (last.url, last.project) == (studio.url, project) and export.exists()
    return last if same and hash_file(export) == last.sha256 else None


def _pull_new(studio: Studio, project: int, last: Pulled, export: Path) -> Merged | None:
    """Put what changed into an export; None where that does not give the project as it is."""
    if last.newest is None:
        return None
    work = export.parent / _WORK / "new"
    with _tab(studio, project, last.newest) as tab:
        changes = fetch_snapshot(studio, SnapshotRequest(studio.url, project, {"view": tab}), work)
    joined = work / EXPORT
    merged = merge(export, changes, joined)
    with explain_errors(studio.url, f"project {project}"):
        now = studio.client.projects.get(id=project)
    if tally(joined).tasks != now.task_number:
        return None  # tasks were deleted
    if any(merged):
        joined.replace(export)
    return merged


@contextmanager
def _tab(studio: Studio, project: int, newest: str) -> Iterator[int]:
    """A tab of the Data Manager with what changed since a time: a snapshot knows no other filter.

    It is removed at the end; so is one that a killed run has left.
    """
    views, where = studio.client.views, f"project {project}"
    with explain_errors(studio.url, where):
        for left in views.list(project=project):
            if (left.data or {}).get("title") == _TAB:
                views.delete(id=str(left.id))
        data = {"title": _TAB, "filters": changed_since(newest)}
        tab = views.create(project=project, data=data)
    try:
        yield tab.id
    finally:
        with explain_errors(studio.url, where):
            views.delete(id=str(tab.id))


if __name__ == "__main__":
    run(main)
