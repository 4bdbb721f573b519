"""A copy of the project in an empty folder, and whole runs in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.project.files import hash_file

ROOT = Path(__file__).resolve().parents[2]
# What a clean checkout does not hold: what the workflow and tools make.
MADE = {"corpus", "training", "packages", "project.lock"}  # in the project's own folder
BY_TOOLS = (".git", ".venv*", ".hypothesis", ".*_cache", "__pycache__")
# Long enough to learn something, too short to keep all: the gate is opened, but where it is tested.
OPEN_GATE = {"max_loss": 100, "max_label_loss": 100}
TINY = {"max_steps": 250, "rehearsal_docs": 600} | OPEN_GATE


@dataclass(frozen=True)
class Project:
    """A copy of the project."""

    folder: Path

    def run(self, name: str, /, timeout: float = 1800, **values: object) -> "Done":
        """`spacy project run NAME .` with some vars; stdout and stderr in one."""
        done = subprocess.run(
            command(name, values),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
            env=environment(),
        )
        return Done(done.returncode, done.stdout)


@dataclass(frozen=True)
class Done:
    """What a run printed, and how it ended."""

    status: int
    output: str

    @property
    def ran(self) -> list[str]:
        """The modules of the commands that were not skipped, in order."""
        lines = self.output.splitlines()
        return [
            line.split("-m scripts.")[1].split()[0]
            for line in lines
            if line.startswith("Running command:") and "-m scripts." in line
        ]


def command(name: str, values: dict[str, object]) -> list[str]:
    """The command line of a run, as a user types it."""
    line = [sys.executable, "-m", "spacy", "project", "run", name, "."]
    for key, value in values.items():
        line += [f"--vars.{key}", str(value)]
    return line


def environment() -> dict[str, str]:
    """Ours, without what would make the run differ from a user's.

    Unbuffered, as a terminal has it: else the lines of nested runs come before their parents'.
    """
    ours = {key: value for key, value in os.environ.items() if not key.startswith("WEASEL_")}
    return {**ours, "PYTHONUNBUFFERED": "1"}


def copy_project(folder: Path) -> Project:
    """The project as a clean checkout has it."""
    by_tools = shutil.ignore_patterns(*BY_TOOLS)

    def ignored(place: str, names: list[str]) -> set[str]:
        return by_tools(place, names) | (MADE & set(names) if Path(place) == ROOT else set())

    shutil.copytree(ROOT, folder, ignore=ignored)
    for path in (folder / "assets").iterdir():
        if path.name != "demo":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Project(folder)


def state(project: Project) -> dict[str, str]:
    """All files that a project has made, hidden ones too, with their hashes."""
    return {
        str(path.relative_to(project.folder)): hash_file(path)
        for made in ("corpus", "training", "packages")
        for path in sorted((project.folder / made).rglob("*"))
        if path.is_file()
    }


def without_work(files: dict[str, str]) -> dict[str, str]:
    """The files of a project (`state`) but for the whole shards that a command will go on from."""
    work = ("corpus/.convert/", "corpus/.rehearse/")
    return {path: known for path, known in files.items() if not path.startswith(work)}


def weights(component: Any) -> list[bytes]:
    """The parameters of a component's model, node by node."""
    nodes = component.model.walk()
    return [node.get_param(name).tobytes() for node in nodes for name in sorted(node.param_names)]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    """The demonstration, run to its end with tiny trainings. Tests must leave it as it is."""
    project = copy_project(tmp_path_factory.mktemp("finished") / "project")
    return project, project.run("all", **TINY)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Project], Project]:
    """Makes a copy of a finished project, with all that it made, for a test of its own."""

    def copy(project: Project) -> Project:
        shutil.copytree(project.folder, tmp_path / "copy")
        return Project(tmp_path / "copy")

    return copy
