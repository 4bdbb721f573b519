"""The pipelines of GitHub and GitLab: valid, calling what is there, and showing no secret."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import srsly

GITHUB = sorted(Path(".github/workflows").glob("*.yml"))
RETRAIN = Path(".github/workflows/retrain.yml")
GITLAB = Path(".gitlab-ci.yml")
MAKEFILE = Path("Makefile")
TARGETS = set(re.findall(r"^([\w-]+):", MAKEFILE.read_text(encoding="utf8"), re.MULTILINE))
STAND_IN = """#!/bin/sh
# Of GitHub's program and of pip: writes down how it was called, and prints what it is told to.
echo "$*" >> calls
case "$1 $2" in "release list") echo "$TAGS";; esac
exit "${STATUS:-0}"
"""


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
    given: Counter[str] = Counter()
    for step in steps(path):
        secret = [name for name, value in step.get("env", {}).items() if "secrets." in str(value)]
        assert "secrets." not in str(step.get("with", ""))
        assert not any(f"${name}" in step.get("run", "") for name in secret)
        given.update(re.findall(r"secrets\.\w+", str(step)))
    assert set(given.values()) <= {1}


def test_label_studios_token_is_given_to_the_step_that_pulls() -> None:
    (step,) = (step for step in steps(RETRAIN) if "secrets." in str(step))
    assert step["run"] == "make retrain"


def test_retraining_writes_to_the_repository_in_no_job_that_trains() -> None:
    jobs = srsly.read_yaml(RETRAIN)["jobs"]
    assert srsly.read_yaml(RETRAIN)["permissions"] == {"contents": "read"}
    assert "permissions" not in jobs["retrain"]
    assert jobs["release"]["permissions"] == {"contents": "write"}
    assert "LABEL_STUDIO_API_KEY" not in str(jobs["release"]) + str(jobs["comment"])


def in_shell(line: str, folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Run a line with stand-ins of gh and pip; returns its status, and how they were called."""
    for name in ("gh", "pip"):
        (folder / name).write_text(STAND_IN)
        (folder / name).chmod(0o755)
    ours = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"} | environment
    done = subprocess.run(["bash", "-c", line], cwd=folder, env=ours, check=False)
    calls = folder / "calls"
    return done.returncode, calls.read_text().splitlines() if calls.exists() else []


def make(target: str, folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Make a target of ours in a folder with the vars of a project."""
    srsly.write_yaml(folder / "project.yml", {"vars": {"name": "drugs"}})
    return in_shell(f"make -f '{MAKEFILE.absolute()}' {target}", folder, **environment)


@pytest.mark.parametrize(
    ("package", "tag"),
    [("", "en_drugs-0.10.0"), ("en_drugs", "en_drugs-0.10.0"), ("en_other", "en_other-9.0.0")],
)
def test_the_released_wheel_is_the_highest_of_the_package(
    tmp_path: Path, package: str, tag: str
) -> None:
    tags = "docs-3\nen_other-9.0.0\nen_drugs-0.9.0\nen_drugs-0.10.0\nen_drugs-0.2.0\nv1.0.0"
    status, (_, fetched) = make("released", tmp_path, TAGS=tags, RETRAIN_PACKAGE=package)
    assert status == 0
    assert fetched.startswith(f"release download {tag} ")


def test_before_the_first_release_of_the_package_none_is_fetched(tmp_path: Path) -> None:
    status, calls = make("released", tmp_path, TAGS="docs-3\nen_other-9.0.0")
    assert (status, len(calls)) == (0, 1)
    assert make("released", tmp_path, TAGS="", STATUS="4")[0] != 0  # nobody knows then


def test_a_release_is_of_the_commit_that_was_trained(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "1"], cwd=tmp_path, check=True)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True).strip()
    (tmp_path / "packages/made/dist").mkdir(parents=True)
    (tmp_path / "packages/made/dist/en_drugs-0.1.0-py3-none-any.whl").touch()
    status, (call,) = make("release", tmp_path)
    assert status == 0
    assert call.startswith(f"release create en_drugs-0.1.0 --target {head} ")


@pytest.mark.parametrize(
    ("base", "package", "pip", "status"),
    [
        ("fixed", "", "0", 0),  # no package is known: nothing is fetched
        ("fixed", "en_drugs", "0", 0),
        ("fixed", "en_drugs", "1", 0),  # before the first release
        ("released", "en_drugs", "0", 0),
        ("released", "en_drugs", "1", 1),
        ("released", "", "0", 1),
    ],
)
def test_gitlab_fetches_the_released_wheel_for_either_base(
    tmp_path: Path, base: str, package: str, pip: str, status: int
) -> None:
    fetch = srsly.read_yaml(GITLAB)["retrain"]["script"][0]
    given = {"RETRAIN_BASE": base, "RETRAIN_PACKAGE": package, "STATUS": pip}
    ended, calls = in_shell(fetch, tmp_path, **given)
    assert ended == status
    assert [call.startswith("download ") for call in calls] == [True] * bool(package)


def test_github_fetches_the_released_wheel_for_either_base() -> None:
    """So that the version `next` comes after it."""
    (fetch,) = (step for step in steps(RETRAIN) if step.get("run") == "make released")
    assert "if" not in fetch


@pytest.mark.parametrize("judged", [True, False])
def test_a_pull_request_gets_the_table_of_its_own_run_alone(tmp_path: Path, judged: bool) -> None:
    if judged:
        (tmp_path / "training").mkdir()
        (tmp_path / "training/comment.md").touch()
    (post,) = (step["run"] for step in steps(RETRAIN) if "gh pr comment" in step.get("run", ""))
    status, calls = in_shell(post, tmp_path, NUMBER="12")
    assert (status, len(calls)) == (0, judged)


@pytest.mark.parametrize("name", ["VERSION", "STRATEGY"])
def test_a_person_says_more_than_the_repository(name: str) -> None:
    (retrain,) = (step for step in steps(RETRAIN) if step.get("run") == "make retrain")
    told = retrain["env"][f"RETRAIN_{name}"]
    assert told.startswith(f"${{{{ inputs.{name.lower()} || vars.RETRAIN_{name}")
    # A default there would always win.
    called: dict[Any, Any] = srsly.read_yaml(RETRAIN)
    on = called.get("on", called.get(True))
    assert on["workflow_dispatch"]["inputs"][name.lower()]["default"] == ""


def test_gitlab_releases_with_its_own_program_after_publishing() -> None:
    """https://docs.gitlab.com/user/project/releases/release_cli/: the image needs glab."""
    jobs = srsly.read_yaml(GITLAB)
    (name,) = (name for name, job in jobs.items() if isinstance(job, dict) and "release" in job)
    assert "gitlab-org/cli" in jobs[name]["image"]
    assert set(jobs[name]["needs"]) == {"retrain", "publish"}
    assert "twine upload" in str(jobs["publish"]["script"])
