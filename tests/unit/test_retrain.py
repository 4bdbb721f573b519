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
from scripts.retrain import BEFORE_VERSION, Wanted, main, newest, next_version, overrides
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


def write_run(folder: Path, annotated: list[str]) -> None:
    """What the commands before `version` leave behind."""
    for name in ("assets", "corpus", "training"):
        (folder / name).mkdir()
    srsly.write_json(folder / "training/base.json", BASE._asdict())
    srsly.write_json(folder / "assets/inputs.json", {"vars": {"name": "drugs"}})
    labels = {"labels": {"annotated": annotated}}
    srsly.write_json(folder / "corpus/conversion.json", labels)


@pytest.mark.parametrize(
    ("annotated", "version"), [(["DRUG"], "1.3.0"), (["ORG"], "1.2.1"), ([], "1.2.1")]
)
def test_a_label_more_is_a_minor_version(
    tmp_path: Path, annotated: list[str], version: str
) -> None:
    write_run(tmp_path, annotated)
    wheel = tmp_path / "en_drugs-1.2.0-py3-none-any.whl"
    meta = {"lang": "en", "name": "drugs", "version": "1.2.0", "labels": {"ner": BASE.labels}}
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("en_drugs/meta.json", json.dumps(meta))
    assert next_version(tmp_path, str(wheel)) == version
    assert next_version(tmp_path, None) == "0.1.0"
    assert "next" not in overrides(NOTHING._replace(version="next")).values()


PROJECT = {
    "vars": {"project": None, "version": "0.1.0"},
    "workflows": {"all": ["judge"]},
    "commands": [
        *({"name": name, "script": ["python write.py last none"]} for name in BEFORE_VERSION),
        {"name": "pull", "no_skip": True, "script": ["python write.py pulled ${vars.project}"]},
        {"name": "judge", "no_skip": True, "script": ["python write.py made ${vars.version}"]},
    ],
}
WRITE = """import os, sys
from pathlib import Path
Path(sys.argv[1]).write_text(sys.argv[2])
sys.exit(int(os.environ.get("FAIL", 0)))
"""


@pytest.mark.parametrize(
    ("status", "version", "made"), [(0, "next", "0.1.0"), (3, "2.0.0", "2.0.0")]
)
def test_it_pulls_then_runs_and_ends_as_the_workflow_does(
    tmp_path: Path, status: int, version: str, made: str
) -> None:
    """In a project of a few commands, which only write what they were told."""
    write_run(tmp_path, ["DRUG"])
    for name in OF_ONE_RUN:
        (tmp_path / name).write_text("of another run")
    (tmp_path / "write.py").write_text(WRITE)
    srsly.write_yaml(tmp_path / "project.yml", PROJECT)
    (tmp_path / "scripts").symlink_to(Path("scripts").absolute())
    environment = {
        "RETRAIN_VERSION": version,
        "RETRAIN_STRATEGY": "",
        "RETRAIN_PROJECT": "" if status else "7",
        "FAIL": str(status),
    }
    done = subprocess.run(
        [sys.executable, "-m", "scripts.retrain"],
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(done.returncode) == bool(status), done.stderr
    assert (tmp_path / "made").read_text() == made
    assert (tmp_path / "pulled").exists() == (not status)
    # An older verdict is none of this run's, nor is what was told of it.
    assert {path.name for path in (tmp_path / "training").iterdir()} == {"base.json"}
