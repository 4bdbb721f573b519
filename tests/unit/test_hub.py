"""Pushing a package to Hugging Face's hub: what arrives there, and what is never told."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
import srsly

from scripts.project.errors import UserError
from scripts.release.hub import Repository, lay_out_repository, push
from scripts.release.released import read_released
from tests.hub import Hub, serve_hub
from tests.small_wheels import write_small_wheel

pytest.importorskip("huggingface_hub", reason="pip install -r requirements-publish.txt")

TOKEN = "hf_" + "secret" * 5
PRIVATE = Repository("ada/en_drugs", private=True)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    with serve_hub(TOKEN) as serving:
        monkeypatch.setenv("HF_ENDPOINT", serving.url)  # read when the package is imported
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", serving.url)
        template = f"{serving.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template)
        yield serving


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    (tmp_path / "wheel").mkdir()
    return write_small_wheel(tmp_path / "wheel")


def push_wheel(
    wheel: Path, folder: Path, repository: Repository = PRIVATE, token: str = TOKEN
) -> str:
    """Push a wheel; returns its address."""
    lay_out_repository(wheel, folder)
    return push(folder, repository, read_released(wheel), token=token).wheel


def test_the_files_are_those_of_spacys_own_push(wheel: Path, tmp_path: Path) -> None:
    files = [path.as_posix() for path in lay_out_repository(wheel, tmp_path / "out")]
    assert {"README.md", "config.cfg", "meta.json", "en_drugs-any-py3-none-any.whl"} <= set(files)
    assert "entity_ruler/patterns.jsonl" in files
    assert (tmp_path / "out" / "en_drugs-any-py3-none-any.whl").read_bytes() == wheel.read_bytes()


def test_the_modules_of_its_components_go_with_it(wheel: Path, tmp_path: Path) -> None:
    """As spacy-huggingface-hub 0.0.10 does (push.py): all of the package but `__init__.py`."""
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("en_drugs/components.py", "# components")
    files = [path.as_posix() for path in lay_out_repository(wheel, tmp_path / "out")]
    assert "components.py" in files
    assert "__init__.py" not in files


def test_a_push_arrives_whole(hub: Hub, wheel: Path, tmp_path: Path) -> None:
    address = push_wheel(wheel, tmp_path / "out")
    assert address == f"{hub.url}/ada/en_drugs/resolve/main/en_drugs-any-py3-none-any.whl"
    there = hub.files["ada/en_drugs"]
    here = {path: (tmp_path / "out" / path).read_bytes() for path in there}
    assert there == here
    assert len(there) == len(lay_out_repository(wheel, tmp_path / "again"))
    assert hub.private == {"ada/en_drugs": True}
    assert hub.commits == ["en_drugs 1.0.0"]
    for path, content in there.items():
        (tmp_path / "fetched" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fetched" / path).write_bytes(content)
    nlp = spacy.load(tmp_path / "fetched")
    assert [ent.label_ for ent in nlp("Take aspirin.").ents] == ["DRUG"]


def test_without_an_owner_it_goes_to_that_of_the_token(
    hub: Hub, wheel: Path, tmp_path: Path
) -> None:
    push_wheel(wheel, tmp_path / "out", Repository("en_drugs", private=False))
    assert list(hub.files) == ["ada/en_drugs"]
    assert hub.private == {"ada/en_drugs": False}


def test_a_version_on_the_hub_is_not_replaced_by_other_data(
    hub: Hub, wheel: Path, tmp_path: Path
) -> None:
    push_wheel(wheel, tmp_path / "out")
    push_wheel(wheel, tmp_path / "same")  # the same data
    data = read_released(wheel).meta["lineage"]
    data["data"]["export"] = "0" * 64
    other = write_small_wheel(wheel.parent, lineage=data)
    with pytest.raises(UserError, match=r"ada/en_drugs has en_drugs 1.0.0, from another export"):
        push_wheel(other, tmp_path / "other")
    assert len(hub.commits) == 2
    push_wheel(write_small_wheel(wheel.parent, lineage=data, version="1.0.1"), tmp_path / "later")
    assert hub.commits[-1] == "en_drugs 1.0.1"


@pytest.mark.parametrize(
    ("token", "owner", "status"), [("hf_" + "wrong" * 6, "ada", 401), (TOKEN, "others", 403)]
)
def test_a_refusal_does_not_tell_the_token(
    hub: Hub, wheel: Path, tmp_path: Path, token: str, owner: str, status: int
) -> None:
    with pytest.raises(UserError) as error:
        push_wheel(wheel, tmp_path / "out", Repository(f"{owner}/en_drugs", True), token)
    assert f"HTTP {status}" in error.value.fact
    assert token not in error.value.fact + error.value.remedy
    assert error.value.__cause__ is None
    assert hub.commits == []


def test_a_hub_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, wheel: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="ada/en_drugs was not pushed"):
        push_wheel(wheel, tmp_path / "out")


def test_a_wheel_that_does_not_tell_where_it_comes_from(wheel: Path, tmp_path: Path) -> None:
    foreign = write_small_wheel(wheel.parent, lineage=None)
    meta = read_released(foreign).meta
    assert meta["lineage"] is None
    with pytest.raises(UserError, match="does not tell where it comes from"):
        lay_out_repository(foreign, tmp_path / "out")


def test_a_wheel_of_no_pipeline_is_the_users_error(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / wheel.name, "w") as archive:
        archive.writestr("en_drugs/meta.json", srsly.json_dumps(read_released(wheel).meta))
    with pytest.raises(UserError, match="holds 0 pipelines"):
        lay_out_repository(tmp_path / wheel.name, tmp_path / "out")


def publish(wheel: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, as a user runs it."""
    line = [sys.executable, "-m", "scripts.publish", "--packages", "packages"]
    line += ["--pipeline", str(wheel), "--name", "drugs", "--version", "1.0.0", *options]
    ours = {key: value for key, value in os.environ.items() if key != "HF_TOKEN"}
    return subprocess.run(line, env=ours | environment, capture_output=True, text=True, check=False)


def test_a_dry_run_shows_the_files_and_sends_nothing(hub: Hub, wheel: Path) -> None:
    done = publish(wheel, "--repo", "null")
    assert done.returncode == 0, done.stderr
    assert "en_drugs-any-py3-none-any.whl" in done.stdout
    assert "A dry run" in done.stdout
    assert hub.requests == []


def test_the_command_pushes_and_tells_no_token(hub: Hub, wheel: Path) -> None:
    options = ("--repo", "my-team/en_drugs", "--what", "push")
    without = publish(wheel, *options)
    assert without.returncode == 1
    assert "HF_TOKEN is not set" in without.stderr
    assert hub.requests == []
    done = publish(wheel, *options, HF_TOKEN=TOKEN, HF_DEBUG="1")
    assert done.returncode == 0, done.stderr
    assert f"pip install {hub.url}/my-team/en_drugs/resolve/main/en_drugs-any" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert hub.commits == ["en_drugs 1.0.0"]


def test_a_hub_that_does_not_answer_has_not_said_that_it_has_no_version(
    hub: Hub, wheel: Path, tmp_path: Path
) -> None:
    push_wheel(wheel, tmp_path / "out")
    hub.broken = True
    with pytest.raises(UserError, match="ada/en_drugs was not pushed"):
        push_wheel(wheel, tmp_path / "again")
    assert hub.commits == ["en_drugs 1.0.0"]
