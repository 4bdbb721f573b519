"""Commands of the project as processes of their own: workflows, command lines, environments."""

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import srsly

OVERRIDES = "WEASEL_CONFIG_OVERRIDES"  # its vars win over those of a command line


def workflow_steps(project: Path, name: str) -> list[str]:
    """The commands of a workflow, in order."""
    return list(srsly.read_yaml(project / "project.yml")["workflows"][name])


def command_line(name: str, values: Mapping[str, Any]) -> list[str]:
    """`spacy project run NAME .` with some vars, for a project's folder."""
    line = [sys.executable, "-m", "spacy", "project", "run", name, "."]
    for key, value in values.items():
        line += [f"--vars.{key}", "null" if value is None else str(value)]
    return line


def environment(without: Collection[str] = (OVERRIDES,)) -> dict[str, str]:
    """This process's environment without some variables."""
    return {name: value for name, value in os.environ.items() if name not in without}
