"""A copy of the project to run elsewhere, which leaves alone what the project itself has made."""

import shutil
from pathlib import Path

from .files import hash_file, new_directory, write_bytes

CODE = ("scripts", "configs", "project.yml", "constraints.txt")
CACHE = "__pycache__"
OWN_ASSETS = ("inputs", "inputs.json", "label_studio")  # of the assets: what the workflow makes


def lay_out(project: Path, folder: Path) -> None:
    """Copy the project's code into a folder of its own; its inputs are linked, not copied."""
    with new_directory(folder) as place:
        for name in CODE:
            copy(project / name, place / name)
        link_assets(project, place)


def renew(project: Path, folder: Path) -> None:
    """Bring a copy up to date, or make it: code and links are as the project's are now.

    What has been made in it stays, so that its commands run again where they have changed alone.
    """
    if not folder.exists():
        lay_out(project, folder)
    for name in CODE:
        if contents(project / name) != contents(folder / name):
            copy(project / name, folder / name)
    for link in (folder / "assets").iterdir():
        if link.is_symlink():
            link.unlink()
    link_assets(project, folder)


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, whole or not at all, in place of what is there."""
    if source.is_file():
        write_bytes(target, source.read_bytes())
        return
    with new_directory(target) as place:
        shutil.copytree(source, place, ignore=shutil.ignore_patterns(CACHE), dirs_exist_ok=True)


def contents(place: Path) -> dict[str, str]:
    """The hash of each file of a folder, or of a file, by its place there; none where none is."""
    paths = [place] if place.is_file() else place.rglob("*")
    return {
        path.relative_to(place).as_posix(): hash_file(path)
        for path in paths
        if path.is_file() and path.parent.name != CACHE
    }


def link_assets(project: Path, folder: Path) -> None:
    """Link the inputs of the project into the folder of a copy."""
    (folder / "assets").mkdir(exist_ok=True)
    for path in (project / "assets").iterdir():
        if path.name not in OWN_ASSETS:
            (folder / "assets" / path.name).symlink_to(path.absolute())
