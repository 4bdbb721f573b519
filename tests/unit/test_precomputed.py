"""Outputs through a folder and an S3 server: only what a command has made when it ended well."""

import errno
import gzip
from collections.abc import Iterator
from pathlib import Path
from subprocess import SubprocessError
from typing import Any

import pytest
from spacy.cli.project.run import project_run
from weasel.cli.pull import project_pull
from weasel.cli.push import project_push
from weasel.cli.remote_storage import RemoteStorage

from scripts.project.errors import UserError
from scripts.project.precomputed import find_remote, pull_outputs, push_outputs
from tests.s3 import s3_server

PROJECT = """
vars:
  word: "oak"
commands:
  - name: double
    script: ["python double.py ${vars.word}"]
    deps: ["in.txt"]
    outputs: ["out", "never"]
  - name: count
    script: ["python count.py"]
    deps: ["out"]
    outputs: ["made/count.txt"]
"""
DOUBLE = """
import pathlib, sys
text = pathlib.Path("in.txt").read_text()
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/a.txt").write_text(text + sys.argv[1])
if "bad" in text:
    sys.exit("failed in the middle")
pathlib.Path("out/b.txt").write_text(text)
"""
COUNT = """
import pathlib
pathlib.Path("made").mkdir(exist_ok=True)
pathlib.Path("made/count.txt").write_text(str(sum(1 for _ in pathlib.Path("out").iterdir())))
"""


def checkout(folder: Path, text: str = "text") -> Path:
    """A small project."""
    folder.mkdir()
    for name, content in {
        "project.yml": PROJECT,
        "double.py": DOUBLE,
        "count.py": COUNT,
        "in.txt": text,
    }.items():
        (folder / name).write_text(content)
    return folder


def run(project: Path, name: str, **values: str) -> str:
    """Run a command; says whether it "ran" or was "skipped"."""
    lock = project / "project.lock"
    before = lock.stat().st_mtime_ns if lock.exists() else 0
    overrides = {f"vars.{key}": value for key, value in values.items()}
    project_run(project, name, overrides=overrides, capture=True)
    return "skipped" if lock.stat().st_mtime_ns == before else "ran"


def run_both(project: Path, **values: str) -> list[str]:
    return [run(project, name, **values) for name in ("double", "count")]


def fail(project: Path) -> None:
    """Run the first command on an input with which it fails."""
    (project / "in.txt").write_text("bad")
    with pytest.raises(SubprocessError):
        run(project, "double")


def files(project: Path) -> dict[str, str]:
    found = [*(project / "out").glob("*"), project / "made/count.txt"]
    return {path.name: path.read_text() for path in found if path.exists()}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an empty bucket on an S3 server of this machine."""
    boto3 = pytest.importorskip("boto3", reason="needs requirements-remotes.txt")
    with s3_server():
        boto3.client("s3").create_bucket(Bucket="outputs")
        yield "s3://outputs"


@pytest.fixture(params=["folder", "s3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder, or a part of a bucket that no other test uses."""
    if request.param == "folder":
        return str(tmp_path / "remote")
    return f"{request.getfixturevalue('s3')}/{tmp_path.name}"


def told(steps: Any) -> dict[str, str | None]:
    return dict(steps)


def test_another_checkout_runs_nothing(tmp_path: Path, remote: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    assert run_both(one) == ["ran", "ran"]
    assert told(push_outputs(one, remote)) == {"double": None, "count": None}
    assert told(push_outputs(one, remote)) == {"double": None, "count": None}
    assert told(pull_outputs(other, remote)) == {"double": None, "count": None}
    assert files(other) == files(one)
    assert run_both(other) == ["skipped", "skipped"]
    assert set(told(pull_outputs(other, remote)).values()) == {"nothing has changed here"}
    assert not list(other.glob(".*"))


def test_outputs_of_a_failed_command_stay(tmp_path: Path, remote: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other", "bad")
    run_both(one)
    fail(one)
    left = told(push_outputs(one, remote))
    assert left["double"] == "it failed, or something has changed since it was run"
    assert told(pull_outputs(other, remote))["double"] == "not in the remote"
    assert not (other / "out").exists()


def test_weasel_pushes_outputs_of_a_failed_command(tmp_path: Path, remote: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other", "bad")
    run_both(one)
    fail(one)
    list(project_push(one, remote))
    list(project_pull(other, remote))
    assert (files(other)["a.txt"], files(other)["b.txt"]) == ("badoak", "text")  # of two runs


def test_weasel_takes_what_lies_there_for_what_the_command_makes(tmp_path: Path) -> None:
    other = checkout(tmp_path / "other", "old")
    (other / "never").touch()
    run_both(other)
    (other / "in.txt").write_text("text")
    list(project_pull(other, str(tmp_path / "remote")))  # where there is nothing
    assert run(other, "double") == "skipped"
    assert files(other)["a.txt"] == "oldoak"


def test_what_lies_there_is_replaced(tmp_path: Path, remote: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other", "old")
    run_both(one)
    run_both(other)
    list(push_outputs(one, remote))
    (other / "out/old.txt").write_text("old")
    (other / "in.txt").write_text("text")
    assert told(pull_outputs(other, remote)) == {"double": None, "count": None}
    assert files(other) == files(one)


def test_what_is_not_there_is_left(tmp_path: Path, remote: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other", "other")
    run_both(one)
    run_both(other)
    expected = files(other)
    list(push_outputs(one, remote))
    (other / "in.txt").write_text("new")
    assert told(pull_outputs(other, remote))["double"] == "not in the remote"
    assert files(other) == expected
    assert run_both(other) == ["ran", "ran"]


def test_vars_of_the_run_count(tmp_path: Path, remote: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    run_both(one, word="elm")
    assert told(push_outputs(one, remote)) == {"double": None, "count": None}
    assert told(pull_outputs(other, remote)) == {
        "double": "not in the remote",
        "count": "out is missing",
    }
    given = ["--vars.word", "elm"]
    assert told(pull_outputs(other, remote, given)) == {"double": None, "count": None}
    assert files(other)["a.txt"] == "textelm"
    assert run_both(other, word="elm") == ["skipped", "skipped"]


def test_a_push_that_was_cut_off_is_none(tmp_path: Path) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    run_both(one)
    list(push_outputs(one, str(tmp_path / "remote")))
    (listing,) = (tmp_path / "remote/double.outputs").rglob("list.json")
    listing.unlink()
    (archive,) = [path for path in (tmp_path / "remote/out").rglob("*") if path.is_file()]
    archive.write_bytes(archive.read_bytes()[:-20])
    assert told(pull_outputs(other, str(tmp_path / "remote")))["double"] == "not in the remote"
    list(push_outputs(one, str(tmp_path / "remote")))
    assert told(pull_outputs(other, str(tmp_path / "remote"))) == {"double": None, "count": None}


@pytest.mark.parametrize("content", ['{"out": "d41d8', "null"])
def test_a_list_that_is_not_whole_is_none(tmp_path: Path, remote: str, content: str) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    run_both(one)
    list(push_outputs(one, remote))
    url = RemoteStorage(one, remote).url
    (listing,) = (url / "double.outputs").rglob("list.json")
    listing.write_text(content)
    assert told(pull_outputs(other, remote))["double"] == "not in the remote"
    assert told(push_outputs(one, remote)) == {"double": None, "count": None}
    assert told(pull_outputs(other, remote)) == {"double": None, "count": None}
    assert files(other) == files(one)


@pytest.mark.parametrize("content", [b"", b"x" * 99, gzip.compress(b"x" * 99, mtime=0), None])
def test_damage_in_the_remote(tmp_path: Path, content: bytes | None) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    run_both(one)
    list(push_outputs(one, str(tmp_path / "remote")))
    (archive,) = [path for path in (tmp_path / "remote/out").rglob("*") if path.is_file()]
    archive.write_bytes(archive.read_bytes()[:-20] if content is None else content)
    with pytest.raises(UserError, match="is damaged or missing"):
        list(pull_outputs(other, str(tmp_path / "remote")))
    assert not (other / "out").exists()
    assert not (other / ".pull").exists()
    archive.unlink()
    list(push_outputs(one, str(tmp_path / "remote")))
    list(pull_outputs(other, str(tmp_path / "remote")))
    assert files(other) == files(one)


def test_an_archive_that_is_gone_is_told(tmp_path: Path) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    run_both(one)
    list(push_outputs(one, str(tmp_path / "remote")))
    (archive,) = [path for path in (tmp_path / "remote/out").rglob("*") if path.is_file()]
    archive.unlink()
    with pytest.raises(UserError, match="is damaged or missing"):
        list(pull_outputs(other, str(tmp_path / "remote")))


def pull_into_old(folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> Path:
    """A checkout with other outputs, into which a pull fails with an error of the machine."""
    one, other = checkout(folder / "one"), checkout(folder / "other", "old")
    run_both(one)
    run_both(other)
    list(push_outputs(one, str(folder / "remote")))
    (other / "in.txt").write_text("text")

    def fail_to_write(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("tarfile.TarFile.extractall", fail_to_write)
    return other


def test_a_full_disk_is_no_damage_in_the_remote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pull_into_old(tmp_path, monkeypatch, OSError(errno.ENOSPC, "No space left"))
    with pytest.raises(OSError, match="No space left"):
        list(pull_outputs(other, str(tmp_path / "remote")))
    assert files(other)["a.txt"] == "oldoak"


def test_a_network_that_fails_is_no_damage_in_the_remote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pull_into_old(tmp_path, monkeypatch, ConnectionResetError("reset by peer"))
    with pytest.raises(UserError, match="cannot be used"):
        list(pull_outputs(other, str(tmp_path / "remote")))
    assert files(other)["a.txt"] == "oldoak"


def test_outputs_may_lie_on_another_disk(tmp_path: Path, other_disk: Path) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    run_both(one)
    list(push_outputs(one, str(tmp_path / "remote")))
    (other / "made").symlink_to(other_disk)
    (other_disk / "count.txt").write_text("old")
    assert told(pull_outputs(other, str(tmp_path / "remote"))) == {"double": None, "count": None}
    assert files(other) == files(one)
    assert [path.name for path in other_disk.iterdir()] == ["count.txt"]
    assert run_both(other) == ["skipped", "skipped"]


def test_a_remote_that_is_not_there(tmp_path: Path, s3: str) -> None:
    one = checkout(tmp_path / "one")
    run_both(one)
    with pytest.raises(UserError, match="cannot be used"):
        list(push_outputs(one, "s3://no-such-bucket/folder"))
    with pytest.raises(UserError, match="names no default"):
        list(push_outputs(one, "default"))
    assert find_remote({"remotes": {"default": s3}}, "default") == s3
