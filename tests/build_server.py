"""A stand-in for GitHub's build server: runs the steps of a workflow's jobs on this machine.

Of the expressions of a workflow it knows those of ours: names, joined by `||`. Of the actions it
does what those with artifacts do; a checkout is the folder that it is given, and an environment and
caches are there. `gh` is a program of ours that keeps releases and comments in a folder.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import srsly

GH = """#!/usr/bin/env bash
# In the place of GitHub's program. GH_STORE: where releases and comments are kept.
set -eu
test -n "$GH_TOKEN" || { echo "gh: set GH_TOKEN" >&2; exit 4; }
echo "$*" >> "$GH_STORE/calls"
case "$1 $2" in
  "release list") ls "$GH_STORE/releases";;
  "release download") mkdir -p "$7"; cp "$GH_STORE/releases/$3"/*.whl "$7";;
  "release create")
    made="$GH_STORE/releases/$3"; mkdir "$made"; cp "$9" "$made/notes.md"; cp "${@:10}" "$made";;
  "pr comment") cp "$5" "$GH_STORE/comment-$3.md";;
esac
"""
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True)
class Ran:
    """How a job ended. status: of the step that failed, or 0. output: of all its steps."""

    status: int
    output: str


@dataclass
class BuildServer:
    """A server with a workflow. store: of releases, comments, artifacts and calls of gh.

    values: of the names in expressions. environment: of every step.
    """

    workflow: Path
    store: Path
    values: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.store / "releases").mkdir(parents=True)
        (self.store / "bin").mkdir()
        (self.store / "bin/gh").write_text(GH, encoding="utf8")
        (self.store / "bin/gh").chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """How gh was called."""
        path = self.store / "calls"
        return path.read_text(encoding="utf8").splitlines() if path.exists() else []

    def run(self, job: str, checkout: Path, **values: str) -> Ran:
        """Run a job in a folder. values: of this run alone, with `__` for a dot in their names."""
        given = {name.replace("__", "."): value for name, value in values.items()}
        known = {**self.values, **given}
        output, status = "", 0
        for step in srsly.read_yaml(self.workflow)["jobs"][job]["steps"]:
            if status and "always()" not in str(step.get("if", "")):
                continue
            done = self._step(step, checkout, known)
            output += done.output
            status = status or done.status
        return Ran(status, output)

    def _step(self, step: dict[str, Any], checkout: Path, values: Mapping[str, str]) -> Ran:
        if "upload-artifact" in step.get("uses", ""):
            self._upload(step["with"]["path"].split(), checkout)
        elif "download-artifact" in step.get("uses", ""):
            shutil.copytree(self.store / "artifact", checkout, dirs_exist_ok=True)
        if "run" not in step:
            return Ran(0, "")
        told = {name: resolve(str(value), values) for name, value in step.get("env", {}).items()}
        ours = os.environ | self.environment
        ours |= {"PATH": f"{self.store}/bin:{ours['PATH']}", "GH_STORE": str(self.store)}
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=checkout,
            env=ours | told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def _upload(self, patterns: list[str], checkout: Path) -> None:
        shutil.rmtree(self.store / "artifact", ignore_errors=True)
        for path in (path for pattern in patterns for path in checkout.glob(pattern)):
            place = self.store / "artifact" / path.relative_to(checkout)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


def resolve(text: str, values: Mapping[str, str]) -> str:
    """A value of a workflow with its expressions worked out; a name without a value is empty."""

    def work_out(found: re.Match[str]) -> str:
        for part in found[1].split("||"):
            name = part.strip()
            value = name[1:-1] if name.startswith("'") else values.get(name, "")
            if value:
                return value
        return ""

    return EXPRESSION.sub(work_out, text)
