"""Export snapshots of a project: made by the server, streamed to disk, resumed after a failure.

A snapshot is a file that stays the same on the server, so that a download can go on where it was.
"""

import hashlib
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import srsly

from ..project.errors import UserError
from ..project.files import write_json
from .connection import Studio, explain_errors

FRESH_SECONDS = 3600  # an older snapshot that was begun is not gone on with: people have annotated
MAKING_SECONDS = 3600  # without Redis, Label Studio makes it within the request that asks for it
TRIES = 6  # in a row without a byte
NOTHING_BEHIND = 416  # the status for a range that begins at the end
_STATE, _PART, _WHOLE = "state.json", "tasks.json.part", "tasks.json"
_DONE, _FAILED = "completed", "failed"
_MAKING = {"timeout": MAKING_SECONDS, "max_retries": 0}
_FULL = {"only_id": False}


@dataclass(frozen=True)
class SnapshotRequest:
    """Which tasks of a project, all of them by default.

    filters: Label Studio's `task_filter_options`. predictions: in full, not their ids alone.
    """

    url: str
    project: int
    filters: dict[str, Any] = field(default_factory=dict)
    predictions: bool = False


def fetch_snapshot(studio: Studio, request: SnapshotRequest, folder: Path) -> Path:
    """The tasks as a JSON file in a folder, which is the caller's to remove when it is read.

    A folder in which a former run was ended within the last hour is gone on with. Annotations are
    all in it, skips too; drafts are ids. The server's copy is removed.
    Raises UserError when the server cannot make it, or the connection breaks again and again.
    """
    whole = folder / _WHOLE
    state = _resumable(request, folder)
    if state is None:
        shutil.rmtree(folder, ignore_errors=True)
        title = f"pull {secrets.token_hex(8)}"
        state = {"request": asdict(request), "title": title, "started": time.time()}
        write_json(folder / _STATE, state)
    if whole.exists():
        return whole
    what = f"the snapshot of project {request.project}"
    with explain_errors(studio.url, what):
        snapshot = _wait(studio, request, state["title"], folder)
    _download(studio, request.project, snapshot, folder / _PART)
    (folder / _PART).rename(whole)
    with explain_errors(studio.url, what):
        studio.client.projects.exports.delete(id=request.project, export_pk=snapshot.id)
    return whole


def _resumable(request: SnapshotRequest, folder: Path) -> dict[str, Any] | None:
    """What a former run has noted, if it asked for the same not long ago."""
    try:
        state: dict[str, Any] = srsly.read_json(folder / _STATE)
    except (OSError, ValueError):
        return None
    fresh = 0 <= time.time() - state["started"] < FRESH_SECONDS
    return state if fresh and state["request"] == asdict(request) else None


def _wait(studio: Studio, request: SnapshotRequest, title: str, folder: Path) -> Any:
    """The snapshot with a title, made if it is not there, when it is complete."""
    exports = studio.client.projects.exports
    listed = exports.list(id=request.project)
    snapshot = next((one for one in listed if one.title == title), None)
    if snapshot is None:
        (folder / _PART).unlink(missing_ok=True)
        options = {"predictions": _FULL} if request.predictions else {}
        snapshot = exports.create(
            id=request.project,
            title=title,
            task_filter_options=request.filters,
            serialization_options=options,
            request_options=_MAKING,
        )
    end = time.monotonic() + MAKING_SECONDS
    pause = 0.2
    while snapshot.status != _DONE:
        if snapshot.status == _FAILED or time.monotonic() > end:
            shutil.rmtree(folder, ignore_errors=True)
            raise UserError(
                f"Label Studio at {studio.url} could not make a snapshot of project "
                f"{request.project} ({snapshot.status}).",
                "Its log says why. Run the same command again.",
            )
        time.sleep(pause)
        pause = min(pause * 2, 10.0)
        snapshot = exports.get(id=request.project, export_pk=snapshot.id)
    return snapshot


def _download(studio: Studio, project: int, snapshot: Any, path: Path) -> None:
    """Stream a snapshot to a file, behind what it holds already; its MD5 is the server's."""
    tries = 0
    while True:
        before = _size(path)
        try:
            with explain_errors(studio.url, f"the snapshot of project {project}"):
                complete = _stream(studio, project, snapshot, path)
        except UserError as error:
            if not isinstance(error.__context__, httpx.TransportError):
                raise
            tries = tries + 1 if _size(path) == before else 0
            if tries >= TRIES:
                raise UserError(
                    error.fact, f"{error.remedy} The same command goes on where it was."
                ) from None
            time.sleep(min(0.5 * 2**tries, 15.0))
            continue
        if complete:
            break
    if snapshot.md5 and _md5(path) != snapshot.md5:
        path.unlink()
        raise UserError(
            f"The snapshot of project {project} arrived damaged.", "Run the same command again."
        )


def _stream(studio: Studio, project: int, snapshot: Any, path: Path) -> bool:
    """Append what the server still has; says whether that was all."""
    from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415

    start = _size(path)
    exports = studio.client.projects.exports.with_raw_response
    # Without a range the server sends no length, and a cut would look like the end.
    options = {"additional_headers": {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}}
    try:
        with exports.download(
            id=project, export_pk=snapshot.id, request_options=options
        ) as response:
            sent = response.headers.get("content-range", "")
            # A proxy that knows no ranges sends all of it.
            follows = sent.startswith(f"bytes {start}-")
            with path.open("ab" if follows else "wb") as file:
                for chunk in response.data:
                    file.write(chunk)
    except ApiError as error:
        if error.status_code == NOTHING_BEHIND:
            return True
        raise
    total = sent.rpartition("/")[2]
    return not total.isdigit() or _size(path) >= int(total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
