"""A copy of the project to run elsewhere, which leaves alone what the project itself has made."""

import shutil
from pathlib import Path

from .files import new_directory

CODE = ("scripts", "configs", "project.yml", "constraints.txt")
OWN_ASSETS = ("inputs", "inputs.json", "label_studio")  # of the assets: what the workflow makes


def lay_out(project: Path, folder: Path) -> None:
    """Copy the project's code into a folder of its own; its inputs are linked, not copied."""
    with new_directory(folder) as place:
        for name in CODE:
            if (project / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(project / name, place / name, ignore=ignored)
            else:
                shutil.copy(project / name, place)
        (place / "assets").mkdir()
        for path in (project / "assets").iterdir():
            if path.name not in OWN_ASSETS:
                (place / "assets" / path.name).symlink_to(path.absolute())
