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


def find_packaged(name: str, version: str, packages: Path = PACKAGES) -> Path:
    """The pipeline inside the package that the workflow built; its name may have the language.

    Raises UserError when there is none.
    """
    return only("*/*/config.cfg", find_package(name, version, packages)).parent


def find_wheel(where: str | None, *, name: str, version: str, packages: Path = PACKAGES) -> Path:
    """The wheel that a command works on. Raises UserError when there is none.

    where: its path; None for that of the package that the workflow built.
    """
    if where is None:
        return only("dist/*.whl", find_package(name, version, packages))
    path = Path(where).expanduser()
    if path.suffix != ".whl" or not path.is_file():
        raise UserError(
            f"{where} is no wheel (vars.pipeline).",
            "Give the path of a wheel that was packaged.",
        )
    return path


def find_package(name: str, version: str, packages: Path) -> Path:
    """The folder of a package that the workflow built; the name is with the language or without."""
    wanted = re.compile(rf"([a-z]{{2,3}}_)?{re.escape(name)}-{re.escape(version)}")
    found = [path for path in packages.glob("*") if wanted.fullmatch(path.name)]
    if not found:
        raise UserError(
            f"There is no package {name} {version} in {packages}/.",
            "Build it (spacy project run all .), or, where a pipeline may be named, name one: "
            "--vars.pipeline.",
        )
    return min(found, key=lambda path: (len(path.name), path.name))  # the name itself first


def only(pattern: str, package: Path) -> Path:
    """The file of a package that a pattern means. Raises UserError when there are none or many."""
    found = list(package.glob(pattern))
    if len(found) != 1:
        raise UserError(
            f"There are {len(found)} files {pattern} in {package}, not one.",
            "Run the command package again.",
        )
    return found[0]


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
