"""Rounds on a build server: the jobs of `retrain.yml` as they stand, each in its own checkout."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.release.released import read_released
from tests.build_server import BuildServer, Ran
from tests.documents import make_environment, surroundings

from .conftest import OPEN_GATE, Done, Project, copy_project

pytestmark = pytest.mark.slow

WORKFLOW = Path(".github/workflows/retrain.yml").absolute()
GITHUB_TOKEN = "a-token-of-github-that-nobody-may-see"
KEY = "a-key-of-label-studio-that-nobody-may-see"
VALUES = {
    **{"max_steps": 120, "rehearsal_docs": 150, "name": "garden"},
    **{"export": "assets/annotated.json", "raw_text": "assets/raw.txt"},
    "retained_gold": "assets/retained.jsonl",
}
LISTER = '#!/bin/sh\ntest "$2" = --output-file && exec cat > "$3"\n'
VERIFY = (
    """python -c "open('training/verify.json', 'w').write('{\\"packages\\": [\\"spacy==3\\"]}')" """
)


def overrides(**more: object) -> str:
    """Vars of a run, as RETRAIN_OVERRIDES has them."""
    return " ".join(f"--vars.{name} {value}" for name, value in (VALUES | more).items())


def annotated(label: str, number: int) -> list[dict[str, Any]]:
    """Tasks of the demonstration in which one label alone is annotated."""
    tasks: list[dict[str, Any]] = []
    for task in srsly.read_json("assets/demo/export.json"):
        regions = task["annotations"][0]["result"] if task["annotations"] else []
        kept = [region for region in regions if region["value"].get("labels") == [label]]
        if kept:
            tasks.append(
                {"id": task["id"], "data": task["data"], "annotations": [{"result": kept}]}
            )
    return tasks[:number]


def commit(project: Project) -> None:
    """Commit all that lies there, also what git ignores."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for line in (["init", "-q"], ["add", "--force", "."], ["commit", "-q", "-m", "1"]):
        subprocess.run([*git, *line], cwd=project.folder, check=True)


@pytest.fixture
def repository(finished: tuple[Project, Done], tmp_path: Path) -> Project:
    """The project with inputs of its own. test_package_verify.py tries `verify`, which installs."""
    project = copy_project(tmp_path / "repository")
    shutil.copytree(finished[0].folder / "training/base", project.folder / "assets/base")
    for source, name in (("raw_text.txt", "raw.txt"), ("retained_gold.jsonl", "retained.jsonl")):
        lines = Path("assets/demo", source).read_text(encoding="utf8").splitlines(keepends=True)
        (project.folder / "assets" / name).write_text("".join(lines[:600]), encoding="utf8")
    whole = srsly.read_yaml(project.folder / "project.yml")
    (verify,) = (command for command in whole["commands"] if command["name"] == "verify")
    verify["script"] = [VERIFY]
    whole["vars"]["base_model"] = "assets/base"  # of the first round; an override would always win
    srsly.write_yaml(project.folder / "project.yml", whole)
    return project


@pytest.fixture
def server(tmp_path: Path) -> BuildServer:
    """A build server with the settings of a team, and a stand-in of what `make sbom` fetches."""
    audit = tmp_path / "audit"
    (audit / "bin").mkdir(parents=True)
    (audit / "bin/cyclonedx-py").write_text(LISTER, encoding="utf8")
    (audit / "bin/cyclonedx-py").chmod(0o755)
    (audit / "installed").touch()
    later = time.time() + 3600  # than any file of a checkout, else make installs it
    os.utime(audit / "installed", (later, later))
    values = {
        **{"github.token": GITHUB_TOKEN, "secrets.LABEL_STUDIO_API_KEY": KEY},
        **{"vars.RETRAIN_BASE": "released", "vars.RETRAIN_PACKAGE": "garden"},
        **{"vars.RETRAIN_OVERRIDES": overrides(**OPEN_GATE)},
        "github.event.pull_request.number": "12",
    }
    ours = surroundings(make_environment(tmp_path / "venv")) | {"AUDIT_VENV": str(audit)}
    return BuildServer(WORKFLOW, tmp_path / "store", values, ours)


def test_rounds_from_annotations_to_releases(
    repository: Project, server: BuildServer, tmp_path: Path
) -> None:
    printed = ""

    def run(name: str, round_: int, **values: str) -> Ran:
        nonlocal printed
        folder = tmp_path / f"{name}-{round_}"
        subprocess.run(["git", "clone", "-q", repository.folder, folder], check=True)
        done = server.run(name, folder, **values)
        printed += done.output
        return done

    # Nothing was released yet: the base is the project's, and what comes out is the first release.
    tasks = annotated("PLANT", 160)
    srsly.write_json(repository.folder / "assets/annotated.json", tasks)
    commit(repository)
    first = run("retrain", 1)
    assert first.status == 0, first.output[-5000:]
    assert "No release of garden yet" in first.output
    assert run("release", 1).status == 0
    assert [path.name for path in (server.store / "releases").iterdir()] == ["en_garden-0.1.0"]

    # Another label is annotated, too: the base is that release, and the version a minor one.
    srsly.write_json(repository.folder / "assets/annotated.json", tasks + annotated("PEST", 120))
    commit(repository)
    second = run("retrain", 2)
    assert second.status == 0, second.output[-5000:]
    assert run("release", 2).status == 0
    release = server.store / "releases/en_garden-0.2.0"
    wheel = release / "en_garden-0.2.0-py3-none-any.whl"
    assert {path.name for path in release.iterdir()} == {
        *("notes.md", "evaluation.json", "gate.json", "sbom.json"),
        *(wheel.name, "en_garden-0.2.0.tar.gz"),
    }
    meta = read_released(wheel).meta
    base = meta["lineage"]["base"]
    assert (base["name"], base["version"]) == ("en_garden", "0.1.0")
    assert {"PLANT", "PEST", "GPE"} <= {name for names in meta["labels"].values() for name in names}
    assert "PEST" in (release / "notes.md").read_text(encoding="utf8")

    # One that forgets is refused: the job fails, and leaves report, notes and a comment.
    third = run("retrain", 3, vars__RETRAIN_OVERRIDES=overrides(), inputs__strategy="naive")
    assert third.status != 0
    assert re.search(r"^make(\[\d+\])?: \*\*\* \[", third.output, re.MULTILINE), third.output
    artifact = server.store / "artifact"
    left = {path.name for path in artifact.rglob("*")}
    assert {"report.html", "gate.json", "notes.md", "comment.md"} <= left
    assert not list(artifact.rglob("*.whl"))
    assert run("comment", 3).status == 0
    comment = (server.store / "comment-12.md").read_text(encoding="utf8")
    assert "refused" in comment
    assert "|" in comment
    assert sum(call.startswith("release create") for call in server.calls) == 2

    kept = b"".join(path.read_bytes() for path in server.store.rglob("*") if path.is_file())
    for secret in (KEY, GITHUB_TOKEN):
        assert secret not in printed
        assert secret.encode() not in kept
