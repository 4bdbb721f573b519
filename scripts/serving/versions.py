"""The versions of the pipeline that is served: all that were released, and which one it is now.

`MODEL_DIR/versions/ID/` holds a released pipeline with its evidence, or names the folder of a
pipeline that lies elsewhere (the one that the server was started with). `MODEL_DIR/current.json`
names the one to serve; it changes by rename, and every server looks at it each second.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import srsly

from ..project.errors import UserError
from ..project.files import new_directory, write_bytes
from ..project.locking import locked
from ..training.pipelines import fingerprint


class Version(NamedTuple):
    """A version of the pipeline.

    id: name, version and a part of the fingerprint, so that it changes with the weights, as Label
        Studio wants it. folder: of the pipeline. update: the number of the update that made it.
    created: UTC, ISO 8601.
    """

    id: str
    folder: str
    update: int | None
    created: str


class Current(msgspec.Struct, frozen=True):
    """Which version is served. history: what was before, the latest last.

    baseline: what the server was started with when this was written.
    """

    version: str
    history: list[str]
    baseline: str


class Versions:
    """The store in a folder (MODEL_DIR). Several processes may use it at the same time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute() / "versions"
        self._pointer = folder.absolute() / "current.json"
        self._lock = folder.absolute() / "versions.lock"

    def current(self) -> Version:
        """The version to serve. Raises UserError when nothing was ever served here."""
        return self.get(self._current().version)

    def current_id(self) -> str:
        """The id of the version to serve: one small read."""
        return self._current().version

    def get(self, version: str) -> Version:
        """A version by its id. Raises UserError when there is none."""
        found = {one.id: one for one in self.all()}
        if version not in found:
            raise UserError(
                f"There is no version {version!r} in {self._folder}.",
                f"There are: {', '.join(found) or 'none'}.",
            )
        return found[version]

    def all(self) -> list[Version]:
        """All versions, the oldest first."""
        records = self._folder.glob("*/version.json")
        found = [msgspec.json.decode(path.read_bytes(), type=Version) for path in records]
        return sorted(found, key=lambda version: (version.created, version.id))

    def use_baseline(self, pipeline: Path) -> Version:
        """Note what the server is started with, and give what is to be served.

        That is what was served last, unless the server is started with another pipeline than then.
        """
        version = describe(pipeline, update=None)
        with self._changing():
            if not (self._folder / version.id / "version.json").exists():
                with new_directory(self._folder / version.id) as folder:
                    write_bytes(folder / "version.json", msgspec.json.encode(version))
            known = self._known()
            if known is None:
                self._point(Current(version.id, [], version.id))
            elif known.baseline != version.id:
                self._point(Current(version.id, [*known.history, known.version], version.id))
        return self.current()

    def release(self, pipeline: Path, *, update: int, evidence: Mapping[str, Path]) -> Version:
        """Copy a pipeline into the store, with files that tell about it, and serve it from now on.

        evidence: files by the names that they get.
        To release the same twice is to release it once.
        """
        version = describe(pipeline, update=update)
        place = self._folder / version.id
        with self._changing():
            with new_directory(place) as folder:
                shutil.copytree(pipeline, folder / "model")
                copy_files(evidence, folder)
                stored = version._replace(folder=str(place / "model"))
                write_bytes(folder / "version.json", msgspec.json.encode(stored))
            known = self._current()
            if known.version != version.id:
                history = [*known.history, known.version]
                self._point(Current(version.id, history, known.baseline))
        return stored

    def rollback(self, to: str | None = None) -> Version:
        """Serve the version before, or a certain one. Raises UserError when there is none."""
        with self._changing():
            known = self._current()
            if to is not None:
                self._point(
                    Current(self.get(to).id, [*known.history, known.version], known.baseline)
                )
            elif not known.history:
                raise UserError(
                    f"There is no version before {known.version}.",
                    f"There are: {', '.join(version.id for version in self.all())}.",
                )
            else:
                *history, before = known.history
                self._point(Current(before, history, known.baseline))
        return self.current()

    def _known(self) -> Current | None:
        try:
            return msgspec.json.decode(self._pointer.read_bytes(), type=Current)
        except FileNotFoundError:
            return None

    def _current(self) -> Current:
        known = self._known()
        if known is None:
            raise UserError(
                f"{self._pointer} is not there: nothing was served from here yet.",
                "Start the server once with this MODEL_DIR: python -m spacy project run serve.",
            )
        return known

    def _point(self, current: Current) -> None:
        write_bytes(self._pointer, msgspec.json.encode(current))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with locked(self._lock):
            yield


def copy_files(files: Mapping[str, Path], folder: Path) -> None:
    """Copy files into a folder, by the names that they get there."""
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / name)


def describe(pipeline: Path, *, update: int | None) -> Version:
    """A pipeline as a version. Raises UserError when its meta.json cannot be read."""
    try:
        meta = srsly.read_json(pipeline / "meta.json")
        name = f"{meta['lang']}_{meta['name']}-{meta['version']}-{fingerprint(pipeline)[:8]}"
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{pipeline} is no pipeline: its meta.json cannot be read ({error}).",
            "Give the folder that nlp.to_disk wrote, or an installed pipeline.",
        ) from error
    # An id names a folder, too.
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".")
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    return Version(safe, str(pipeline.absolute()), update, now)
