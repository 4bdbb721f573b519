"""Where a pipeline is: installed under a name, in a folder, in a wheel, or packaged by a run."""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spacy.util import get_package_path, is_package

from ..project.errors import UserError

PACKAGES = Path("packages")


@contextmanager
def pipeline_folder(where: str | None, *, name: str, version: str) -> Iterator[Path]:
    """The folder that `spacy.load` takes.

    where: an installed pipeline's name, a folder or a wheel; None for the package that the workflow
        built with this name and version.
    Raises UserError when there is none.
    """
    if where is None:
        yield find_packaged(name, version)
    elif where.endswith(".whl"):
        with tempfile.TemporaryDirectory() as temporary:
            unpack_wheel(Path(where), Path(temporary))
            yield Path(temporary)
    else:
        yield find_pipeline(where)


def find_pipeline(where: str) -> Path:
    """The folder of a pipeline: it may be inside the folder that is named, or installed."""
    folder = Path(where).expanduser()
    if not folder.is_dir() and is_package(where):
        folder = get_package_path(where)
    for place in (folder, *sorted(path.parent for path in folder.glob("*/config.cfg"))):
        if (place / "config.cfg").is_file():
            return place
    raise UserError(
        f"There is no pipeline {where}: no folder with a config.cfg, nothing installed.",
        "Give an installed pipeline's name, a folder or a wheel.",
    )


def find_packaged(name: str, version: str) -> Path:
    """The pipeline inside the package that the workflow built; its name may have the language."""
    wanted = re.compile(rf"([a-z]{{2,3}}_)?{re.escape(name)}-{re.escape(version)}")
    for path in PACKAGES.glob("*/*/*/config.cfg"):
        if wanted.fullmatch(path.parent.name):
            return path.parent
    raise UserError(
        f"There is no package {name} {version} in {PACKAGES}/.",
        "Build it (spacy project run all .), or name a pipeline: --vars.pipeline NAME_OR_FOLDER.",
    )


def unpack_wheel(wheel: Path, folder: Path) -> None:
    """Copy the pipeline inside a wheel into a folder. Raises UserError when there is none."""
    with tempfile.TemporaryDirectory() as temporary:
        try:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(temporary)
        except FileNotFoundError:
            raise UserError(f"There is no wheel {wheel}.", "Correct its path.") from None
        except zipfile.BadZipFile:
            raise UserError(f"{wheel} is not a whole wheel.", "Build or fetch it again.") from None
        configs = sorted(Path(temporary).glob("*/*/config.cfg"))
        if len(configs) != 1:
            raise UserError(
                f"{wheel} holds {len(configs)} pipelines, not one.",
                "Give a wheel that spacy package built.",
            )
        shutil.copytree(configs[0].parent, folder, dirs_exist_ok=True)
