"""Pulling from a real server, also when the connection breaks and the process is killed."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.label_studio.connection import connect
from scripts.project.errors import UserError
from scripts.pull import CONFIG as CONFIG_FILE
from scripts.pull import EXPORT, pull

from .conversions import convert_pulled
from .cutting import cutting
from .projects import CONFIG, address, make_project, mark, studio
from .server import Server

pytestmark = pytest.mark.live
TEXTS = [f"👩‍🌾🌱 Note {number}: basil in Delft\r\n{'and so on ' * 60}" for number in range(60)]


@pytest.fixture(scope="module")
def project(label_studio: Server) -> int:
    """60 tasks of some 1 KB; three annotated, one of them empty, and one skipped."""
    client = label_studio.client()
    number, tasks = make_project(client, TEXTS, "To pull")
    for task, text in zip(tasks[:2], TEXTS, strict=False):
        marks = [mark(text, "basil", "PLANT"), mark(text, "Delft", "Town")]
        client.annotations.create(id=task, result=marks)
    client.annotations.create(id=tasks[2], result=[])
    client.annotations.create(id=tasks[3], result=[], was_cancelled=True)
    return number


def read(folder: Path) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads((folder / EXPORT).read_text(encoding="utf8"))
    return tasks


def test_what_is_pulled_can_be_converted(
    label_studio: Server, project: int, tmp_path: Path
) -> None:
    found = pull(studio(label_studio), project, tmp_path).pulled
    assert (found.tasks, found.annotated, found.skipped) == (60, 3, 1)
    assert [task["data"]["text"] for task in read(tmp_path)] == TEXTS
    assert (tmp_path / CONFIG_FILE).read_text() == CONFIG
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("export.json", "label_config.xml", "pull.json")
    ]
    report, docs = convert_pulled(tmp_path)
    assert report["spans"]["entities"] == 4
    ents = {(ent.text, ent.label_) for doc in docs.values() for ent in doc.ents}
    assert ents == {("basil", "PLANT"), ("Delft", "Town")}
    assert not label_studio.client().projects.exports.list(id=project)


def test_a_connection_that_breaks_is_gone_on_with(
    label_studio: Server, project: int, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    pull(studio(label_studio), project, whole)
    with cutting(label_studio.url, cuts=0, limit=15_000) as proxy:
        connected = studio(label_studio, url=proxy.url)
        proxy.cuts = 4
        pull(connected, project, cut)
        assert proxy.cuts == 0
    starts = [int(start) for start in re.findall(rb"[Rr]ange: bytes=(\d+)-", bytes(proxy.asked))]
    assert len(starts) == 5
    assert starts == sorted(set(starts))
    assert (cut / EXPORT).read_bytes() == (whole / EXPORT).read_bytes()


def run_pull(url: str, token: str, project: int, output: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "scripts.pull", "--project", str(project), "--what", "all"]
    return subprocess.Popen(
        [*command, "--output", str(output)],
        env=os.environ | {"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_killed_pull_goes_on_where_it_was(
    label_studio: Server, project: int, tmp_path: Path
) -> None:
    (tmp_path / EXPORT).write_text("the old one")
    with cutting(label_studio.url, cuts=10**6, limit=20_000, stall=True) as proxy:
        process = run_pull(proxy.url, label_studio.token, project, tmp_path)
        part = tmp_path / ".pull" / "tasks.json.part"
        end = time.monotonic() + 300
        while not (part.exists() and part.stat().st_size):
            assert time.monotonic() < end
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
        process.kill()
        process.wait()
        assert (tmp_path / EXPORT).read_text() == "the old one"
        size = part.stat().st_size
        proxy.cuts = 0
        proxy.asked.clear()
        process = run_pull(proxy.url, label_studio.token, project, tmp_path)
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "60 tasks, 3 annotated, 1 skipped" in output
    assert f"bytes={size}-".encode() in bytes(proxy.asked)
    assert [task["data"]["text"] for task in read(tmp_path)] == TEXTS
    assert label_studio.token not in output


def test_either_kind_of_token_does(label_studio: Server, project: int) -> None:
    personal = label_studio.client().tokens.create().token
    assert personal.count(".") == 2
    client = connect(address(label_studio, token=personal)).client
    assert client.projects.get(id=project).title == "To pull"


def test_what_is_wrong_is_said_in_two_lines(label_studio: Server, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="refuses the token"):
        connect(address(label_studio, token=40 * "0"))
    with pytest.raises(UserError, match="does not have a project 99999"):
        pull(studio(label_studio), 99_999, tmp_path)
    process = run_pull(label_studio.url, 40 * "f", 1, tmp_path)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert len(output.strip().splitlines()) == 2, output
    assert 40 * "f" not in output
    assert list(tmp_path.iterdir()) == []


def test_only_what_changed(label_studio: Server, tmp_path: Path) -> None:
    client = label_studio.client()
    texts = TEXTS[:12]
    number, tasks = make_project(client, texts, "To pull again")
    made = [
        client.annotations.create(id=task, result=[mark(text, "basil", "PLANT")])
        for task, text in zip(tasks[:4], texts, strict=False)
    ]
    connected = studio(label_studio)
    new, whole = tmp_path / "new", tmp_path / "whole"
    pull(connected, number, new)
    before = (new / EXPORT).read_bytes()
    assert pull(connected, number, new, what="new").merged == (0, 0)
    assert (new / EXPORT).read_bytes() == before

    client.annotations.update(id=made[0].id, result=[mark(texts[0], "Delft", "Town")])
    client.annotations.delete(id=made[1].id)
    client.annotations.create(id=tasks[7], result=[], was_cancelled=True)
    client.projects.import_tasks(id=number, request=[{"data": {"text": "Sage in Kew"}}])
    done = pull(connected, number, new, what="new")
    assert done.merged == (3, 1)
    assert (done.pulled.tasks, done.pulled.annotated, done.pulled.skipped) == (13, 3, 1)
    pull(connected, number, whole)
    assert read(new) == read(whole)

    client.tasks.delete(id=str(tasks[5]))
    done = pull(connected, number, new, what="new")
    assert done.merged is None
    assert done.pulled.tasks == 12
    assert tasks[5] not in {task["id"] for task in read(new)}
    assert client.views.list(project=number) == []


def test_an_export_that_somebody_changed_is_pulled_anew(
    label_studio: Server, project: int, tmp_path: Path
) -> None:
    connected = studio(label_studio)
    pull(connected, project, tmp_path)
    (tmp_path / EXPORT).write_text("[]")
    assert pull(connected, project, tmp_path, what="new").merged is None
    assert len(read(tmp_path)) == 60


def test_a_server_that_went_away_leaves_what_was_there(
    tmp_path: Path, label_studio: Server
) -> None:
    with cutting(label_studio.url, cuts=0, limit=0) as proxy:
        connected = studio(label_studio, url=proxy.url)
    (tmp_path / EXPORT).write_text("the old one")
    with pytest.raises(UserError, match="There is no Label Studio"):
        pull(connected, 1, tmp_path)
    assert (tmp_path / EXPORT).read_text() == "the old one"
    assert httpx.get(f"{label_studio.url}/health").is_success
