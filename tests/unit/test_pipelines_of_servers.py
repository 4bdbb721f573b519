"""The pipelines of GitHub and GitLab: valid, calling what is there, and showing no secret."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import srsly

GITHUB = sorted(Path(".github/workflows").glob("*.yml"))
GITLAB = Path(".gitlab-ci.yml")
TARGETS = set(re.findall(r"^([\w-]+):", Path("Makefile").read_text(encoding="utf8"), re.MULTILINE))


def steps(path: Path) -> list[dict[str, Any]]:
    """All steps of a workflow of GitHub's."""
    return [step for job in srsly.read_yaml(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(
    ("schema", "paths"), [("github-workflows", GITHUB), ("gitlab-ci", [GITLAB])]
)
def test_they_are_what_the_server_reads(schema: str, paths: list[Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", [*GITHUB, GITLAB], ids=str)
def test_every_target_that_they_make_is_there(path: Path) -> None:
    made = re.findall(r"\bmake ([\w-]+)", path.read_text(encoding="utf8"))
    assert made
    assert set(made) <= TARGETS


@pytest.mark.parametrize("path", GITHUB, ids=str)
def test_what_others_write_reaches_commands_through_the_environment_alone(path: Path) -> None:
    """https://docs.github.com/en/actions/security-guides/security-hardening-for-github-actions"""
    for step in steps(path):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("path", GITHUB, ids=str)
def test_a_secret_is_given_to_one_step_and_printed_by_none(path: Path) -> None:
    whole = srsly.read_yaml(path)
    assert "secrets." not in str(whole.get("env", "")) + str(whole.get("permissions"))
    for job in whole["jobs"].values():
        assert "secrets." not in str(job.get("env", ""))
    for step in steps(path):
        secret = [name for name, value in step.get("env", {}).items() if "secrets." in str(value)]
        assert not any(f"${name}" in step.get("run", "") for name in secret)


def test_retraining_writes_to_the_repository_in_no_job_that_trains() -> None:
    jobs = srsly.read_yaml(Path(".github/workflows/retrain.yml"))["jobs"]
    assert srsly.read_yaml(Path(".github/workflows/retrain.yml"))["permissions"] == {
        "contents": "read"
    }
    assert "permissions" not in jobs["retrain"]
    assert jobs["release"]["permissions"] == {"contents": "write"}
    assert "LABEL_STUDIO_API_KEY" not in str(jobs["release"]) + str(jobs["comment"])
