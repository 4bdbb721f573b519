"""Hugging Face's hub: what a package's repository holds, and pushing it there.

The files are those that `spacy huggingface-hub push` would push (spacy-huggingface-hub cannot be
installed beside spaCy 3.8): the pipeline's own at the top with the modules of its components, the
wheel beside them under a name without its version. The model card comes with its metadata inside
the wheel.
"""

import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ..project.errors import UserError
from ..training.finding import unpack_wheel
from .released import Content, Released, labels_of, read_released, what_changed

TOKEN = "HF_TOKEN"  # noqa: S105  (the name of a variable)
HIDDEN = "***"


class Repository(NamedTuple):
    """Where a package goes. name: OWNER/NAME, or NAME alone for the owner of the token."""

    name: str
    private: bool


class Pushed(NamedTuple):
    """Where it is now: the repository's page, and what pip takes."""

    page: str
    wheel: str


def lay_out_repository(wheel: Path, folder: Path) -> list[Path]:
    """Put the files of a repository into an empty folder; returns them, in order.

    Raises UserError for a wheel that is not one of ours.
    """
    released = read_released(wheel)
    if not released.meta.get("lineage"):
        raise UserError(
            f"{wheel} does not tell where it comes from.",
            "Give a wheel that the command package built.",
        )
    package = wheel.name.partition("-")[0]
    unpack_wheel(wheel, folder)
    copy_modules(wheel, package, folder)
    shutil.copy(wheel, folder / f"{package}-any-py3-none-any.whl")
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def copy_modules(wheel: Path, package: str, folder: Path) -> None:
    """Put the package's modules into the folder: who takes the folder alone needs the components.

    Not the one that loads the pipeline from inside the package.
    """
    with zipfile.ZipFile(wheel) as archive:
        for path in map(PurePosixPath, archive.namelist()):
            if str(path.parent) == package and path.suffix == ".py" and path.stem != "__init__":
                (folder / path.name).write_bytes(archive.read(str(path)))


def push(folder: Path, repository: Repository, released: Released, *, token: str) -> Pushed:
    """Make the repository where there is none, and push the folder in one commit.

    token: no message and no error shows it. Raises UserError when the hub refuses or does not
    answer, and when it has this version from other data.
    """
    try:
        from huggingface_hub import HfApi  # noqa: PLC0415  (optional, and half a second)
        from huggingface_hub.utils import disable_progress_bars  # noqa: PLC0415
    except ImportError:
        raise UserError(
            "huggingface-hub is not installed.", "pip install -r requirements-publish.txt"
        ) from None
    if not sys.stderr.isatty():
        disable_progress_bars()
    api = HfApi(token=token)
    try:
        made = api.create_repo(repository.name, private=repository.private, exist_ok=True)
        check_published(published_meta(api, made.repo_id), released, made.repo_id)
        version = released.meta["version"]
        api.upload_folder(
            repo_id=made.repo_id, folder_path=folder, commit_message=f"{released.name} {version}"
        )
    except (OSError, ValueError) as error:  # requests' errors are OSErrors
        raise explain(error, repository.name, token) from None
    page = f"{api.endpoint}/{made.repo_id}"
    (wheel,) = folder.glob("*.whl")
    return Pushed(page, f"{page}/resolve/main/{wheel.name}")


def published_meta(api: Any, repository: str) -> dict[str, Any] | None:
    """The `meta.json` that a repository holds, None where there is none yet."""
    from huggingface_hub.errors import (  # noqa: PLC0415
        EntryNotFoundError,
        LocalEntryNotFoundError,
    )

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = api.hf_hub_download(repository, "meta.json", local_dir=folder)
        except LocalEntryNotFoundError:  # one of the others, but for a hub that did not answer
            raise
        except EntryNotFoundError:
            return None
        return dict(json.loads(Path(path).read_text(encoding="utf8")))


def check_published(
    published: Mapping[str, Any] | None, released: Released, repository: str
) -> None:
    """Raises UserError when the hub has this version, made from other data."""
    if published is None or published.get("version") != released.meta["version"]:
        return
    there = released._replace(meta=dict(published))
    ours = Content(released.meta["lineage"]["data"], labels_of(released.meta))
    if changed := what_changed(there, ours):
        raise UserError(
            f"{repository} has {released.name} {released.meta['version']}, from "
            f"{' and '.join(changed)}.",
            "Give this one another version: python -m spacy project run version .",
        )


def explain(error: Exception, repository: str, token: str) -> UserError:
    """The hub's refusal in words, with no token in it."""
    told = " ".join(str(error).split()).replace(token, HIDDEN)[:300]
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return UserError(
            f"The hub refused {repository} with HTTP {status}: {told}",
            f"{TOKEN} needs the right to write there: https://huggingface.co/settings/tokens.",
        )
    if status is not None:
        return UserError(
            f"The hub answered HTTP {status} for {repository}: {told}",
            "Try it again later; where the answer names the mistake, correct it (vars.hub_repo).",
        )
    return UserError(
        f"{repository} was not pushed: {told}",
        "Check the network, the proxy, and HF_ENDPOINT if it is set.",
    )


def describe_files(folder: Path, files: Sequence[Path]) -> list[tuple[str, str]]:
    """A row a file: its name, and its size in bytes."""
    return [(path.as_posix(), f"{(folder / path).stat().st_size:,}") for path in files]
