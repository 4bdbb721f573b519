"""Sides of `run all` when nothing has changed: against importing spaCy and hashing the inputs."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import srsly

from tests.workflow.conftest import Project, command, environment

from .projects import update_vars
from .turns import Side

IMPORT_AND_HASH = """
import hashlib, sys, spacy
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        hashlib.file_digest(file, "sha256")
"""
# What weasel would need if it parsed project.yml and project.lock once, and not for each command.
PARSED_ONCE = """
import copy, runpy, sys
from pathlib import Path
import srsly
read, known = srsly.read_yaml, {}
def read_once(path):
    key = str(Path(path).resolve()), Path(path).stat().st_mtime_ns
    if key not in known:
        known[key] = read(path)
    return copy.deepcopy(known[key])
srsly.read_yaml = read_once
sys.argv = ["spacy", *sys.argv[1:]]
runpy.run_module("spacy", run_name="__main__")
"""


class Program(NamedTuple):
    """A command line, and the folder that it runs in."""

    line: Sequence[str]
    folder: Path


def unchanged_sides(project: Project, data: Path, strategy: str) -> list[Side]:
    """The workflow in a project that is done, and what is compared with it."""
    run_all = command("all", dict(update_vars(data, strategy)))
    once = [sys.executable, "-c", PARSED_ONCE, *run_all[3:]]
    least = [sys.executable, "-c", IMPORT_AND_HASH, *map(str, find_inputs(project.folder))]
    return [
        Side("importing spaCy, hashing the inputs", run_program, [Program(least, project.folder)]),
        Side("run all", run_program, [Program(run_all, project.folder)]),
        Side("run all, YAML parsed once", run_program, [Program(once, project.folder)]),
    ]


def find_inputs(project: Path) -> list[Path]:
    """The files that the command inputs hashes."""
    record = srsly.read_json(project / "assets/inputs.json")["inputs"]
    return sorted({project / file["path"] for file in _files(record)})


def _files(record: Any) -> Iterator[dict[str, Any]]:
    for name, value in record.items() if isinstance(record, dict) else ():
        yield from value if name == "files" else _files(value)


def run_program(job: Program) -> Callable[[int], None]:
    """Run a program to its end. Raises RuntimeError when it fails, or `run all` does any work."""

    def work(_: int) -> None:
        done = subprocess.run(
            job.line, cwd=job.folder, env=environment(), capture_output=True, text=True, check=False
        )
        commands = done.stdout.count("Running command:")
        if done.returncode or commands > 1:  # inputs always runs
            raise RuntimeError(f"{done.stdout}\n{done.stderr}")

    return work
