"""Retraining as a build server does it: which vars, which base, and how it ends."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import srsly

from scripts.project.errors import UserError
from scripts.project.files import write_json
from scripts.release.data import PARTS
from scripts.retrain import Wanted, main, newest, next_version, overrides, steps_before_version
from tests.evidence import BASE

NOTHING = Wanted(from_release=False, released=Path("none"), project="", version="", strategy="")


def wheels(folder: Path, *versions: str) -> Path:
    """A folder with empty wheels of these versions."""
    folder.mkdir()
    for version in versions:
        (folder / f"en_drugs-{version}-py3-none-any.whl").touch()
    return folder


def test_without_settings_the_vars_are_those_of_the_project() -> None:
    assert overrides(NOTHING) == {}


def test_what_a_build_server_says_goes_before_the_project() -> None:
    assert overrides(NOTHING._replace(version="1.3.0", strategy="auto", project="7")) == {
        "version": "1.3.0",
        "strategy": "auto",
        "export": "assets/label_studio/export.json",
        "label_config": "assets/label_studio/label_config.xml",
    }


def test_the_released_base_is_the_wheel_with_the_highest_version(tmp_path: Path) -> None:
    folder = wheels(tmp_path / "released", "1.9.0", "1.10.0", "1.2.0")
    found = overrides(NOTHING._replace(from_release=True, released=folder))
    known = {"released": f"{folder}/*.whl"}
    assert found == known | {"base_model": str(folder / "en_drugs-1.10.0-py3-none-any.whl")}
    assert overrides(NOTHING._replace(released=folder)) == known


def test_before_the_first_release_the_base_is_that_of_the_project(tmp_path: Path) -> None:
    assert newest(wheels(tmp_path / "released")) is None
    assert overrides(NOTHING._replace(from_release=True, released=tmp_path / "released")) == {}


def test_another_base_than_these_two_is_an_error() -> None:
    with pytest.raises(UserError, match="RETRAIN_BASE is 'last'"):
        main(base="last")


OF_ONE_RUN = ("training/gate.json", "training/notes.md", "training/comment.md")


def write_run(folder: Path, annotated: list[str], released: str | None = None) -> None:
    """What the commands before `version` leave behind. released: the var."""
    (folder / "training").mkdir()
    write_json(folder / "training/base.json", BASE._asdict())
    write_json(folder / "training/teacher.json", None)
    for part in PARTS:
        write_json(folder / f"assets/inputs/{part}.json", {})
    write_json(folder / "assets/inputs/vars.json", {"name": "drugs", "released": released})
    write_json(folder / "corpus/conversion.json", {"labels": {"annotated": annotated}})


def write_released(folder: Path, version: str) -> Path:
    """A wheel with no more in it than what tells of a version."""
    wheel = folder / f"en_drugs-{version}-py3-none-any.whl"
    meta = {"lang": "en", "name": "drugs", "version": version, "labels": {"ner": BASE.labels}}
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("en_drugs/meta.json", json.dumps(meta))
    return wheel


@pytest.mark.parametrize(
    ("annotated", "version"), [(["DRUG"], "1.3.0"), (["ORG"], "1.2.1"), ([], "1.2.1")]
)
def test_a_label_more_is_a_minor_version(
    tmp_path: Path, annotated: list[str], version: str
) -> None:
    wheel = write_released(tmp_path, "1.2.0")
    for name, released in (("some", str(wheel)), ("none", None)):
        folder = tmp_path / name
        folder.mkdir()
        write_run(folder, annotated, released)
        assert next_version(folder) == (version if released else "0.1.0")
    assert "next" not in overrides(NOTHING._replace(version="next")).values()


def test_without_the_command_version_there_is_no_next_one(tmp_path: Path) -> None:
    srsly.write_yaml(tmp_path / "project.yml", {"workflows": {"all": ["inputs", "train"]}})
    with pytest.raises(UserError, match="no command version"):
        steps_before_version(tmp_path)
    assert steps_before_version(Path()) == ["inputs", "assets", "base", "convert"]


PROJECT = {
    "vars": {"project": None, "version": "0.1.0", "released": None},
    "workflows": {"all": ["inputs", "version", "judge"]},
    "commands": [
        {"name": "inputs", "no_skip": True, "script": ["python write.py inputs ${vars.released}"]},
        {"name": "version", "no_skip": True, "script": ["python write.py versioned yes"]},
        {"name": "pull", "no_skip": True, "script": ["python write.py pulled ${vars.project}"]},
        {"name": "judge", "no_skip": True, "script": ["python write.py made ${vars.version}"]},
    ],
}
# Writes a file with what it was told. `inputs` writes its vars, too; the last one fails if told so.
WRITE = """import json, os, sys
from pathlib import Path
name, value = sys.argv[1:]
Path(name).write_text(value)
Path(name + "-token").write_text(os.environ.get("LABEL_STUDIO_API_KEY", "none"))
if name == "inputs":
    released = None if value == "null" else value
    given = {"name": "drugs", "released": released}
    Path("assets/inputs/vars.json").write_text(json.dumps(given))
sys.exit(int(os.environ.get("FAIL", 0)) if name == "made" else 0)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of a few commands, which only write what they were told."""
    write_run(tmp_path, ["DRUG"])
    for name in OF_ONE_RUN:
        (tmp_path / name).write_text("of another run")
    (tmp_path / "write.py").write_text(WRITE)
    srsly.write_yaml(tmp_path / "project.yml", PROJECT)
    (tmp_path / "scripts").symlink_to(Path("scripts").absolute())
    return tmp_path


def retrain(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, as a build server runs it."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.retrain"],
        cwd=project,
        env=os.environ | {"LABEL_STUDIO_API_KEY": "secret"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_pulls_then_runs_with_the_next_version(project: Path) -> None:
    """Also with a fixed base the next one comes after those released."""
    (project / "released").mkdir()
    write_released(project / "released", "1.4.2")
    done = retrain(project, RETRAIN_BASE="fixed", RETRAIN_VERSION="next", RETRAIN_PROJECT="7")
    assert done.returncode == 0, done.stderr
    assert (project / "made").read_text() == "1.5.0"
    assert (project / "pulled").read_text() == "7"
    tokens = {path.name: path.read_text() for path in project.glob("*-token")}
    assert tokens.pop("pulled-token") == "secret"
    assert set(tokens.values()) == {"none"}


def test_a_failure_ends_it_and_nothing_of_another_run_is_left(project: Path) -> None:
    done = retrain(project, RETRAIN_VERSION="2.0.0", RETRAIN_STRATEGY="", FAIL="3")
    assert done.returncode != 0
    assert (project / "made").read_text() == "2.0.0"
    assert not (project / "pulled").exists()
    assert {path.name for path in (project / "training").iterdir()} == {"base.json", "teacher.json"}
