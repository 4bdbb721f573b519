"""The shell commands in the documents, to run them.

A block of commands is fenced as `bash`. A comment before it says what is special about it:
`<!-- not run: REASON -->`, `<!-- run with Label Studio -->`, `<!-- run until it answers -->` or
`<!-- run as a build server does -->`.
"""

import os
import re
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import srsly

from tests.workflow.conftest import TINY, Project, environment

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROJECT = "--vars.project 7"  # as the documents name a project of Label Studio
FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]+) -->\n+)?^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block. note: the comment before it; line: of the fence, from 1."""

    page: Path
    line: int
    kind: str
    note: str
    text: str

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def read_blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding="utf8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start("kind")) + 1,
            found["kind"],
            found["note"] or "",
            found["text"],
        )
        for found in FENCE.finditer(text)
    ]


def commands(note: str) -> list[Block]:
    """The blocks of commands with this note, in the order of pages and lines."""
    found = [block for page in PAGES for block in read_blocks(page)]
    return [block for block in found if block.kind == "bash" and block.note == note]


def make_environment(folder: Path) -> Path:
    """An environment that has what ours has, and takes more without changing ours."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf8")
    pip = folder / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m pip "$@"\n', encoding="utf8")
    pip.chmod(0o755)
    assert sys.version_info[:2] == tuple(map(int, packages.parts[-2][6:].split(".")))
    return packages


def surroundings(packages: Path) -> dict[str, str]:
    """Ours, with the environment of these packages first, and trainings that are over soon."""
    folder = packages.parents[2]
    tiny = " ".join(f"--vars.{name} {value}" for name, value in TINY.items())
    return environment() | {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "VENV": str(folder),
        "WEASEL_CONFIG_OVERRIDES": tiny,
    }


def cut_workflow(project: Project) -> None:
    """Let the workflow `all` be its first command."""
    whole = srsly.read_yaml(project.folder / "project.yml")
    whole["workflows"]["all"] = ["inputs"]
    srsly.write_yaml(project.folder / "project.yml", whole)
