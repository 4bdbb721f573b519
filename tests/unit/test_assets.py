"""Assets against a real server on loopback."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.assets import Asset, fetch_assets, read_assets
from scripts.project.errors import UserError

CONTENT = b"a line of an asset\n" * 10_000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
ROOT = Path(__file__).parents[2]


class Handler(BaseHTTPRequestHandler):
    """/right, /truncated, /flaky (right from the second request on), /broken (500), else 404."""

    def do_GET(self) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]
        seen = self.server.requests.count(self.path)  # type: ignore[attr-defined]
        if self.path == "/broken" or (self.path == "/flaky" and seen == 1):
            self.send_error(500)
        elif self.path not in ("/right", "/truncated", "/flaky"):
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:100_000] if self.path == "/truncated" else CONTENT)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    # A proxy that does not exist, as the environment may name one: loopback goes past it.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/{path}"


def fetch(dest: Path, url: str | None, checksum: str = MD5) -> str:
    """State of an asset; the failure's words when there is one."""
    ((_, outcome),) = fetch_assets([Asset(dest, checksum, url)], backoff=0.01)
    return f"{outcome.fact} {outcome.remedy}" if isinstance(outcome, UserError) else outcome


def test_right_file_is_downloaded_once(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    dest = tmp_path / "deep" / "asset.txt"
    assert fetch(dest, address(server, "right")) == "downloaded"
    assert dest.read_bytes() == CONTENT
    assert fetch(dest, address(server, "right")) == "there"
    assert server.requests == ["/right"]  # type: ignore[attr-defined]
    assert list(dest.parent.iterdir()) == [dest]


def test_wrong_file_there_is_replaced(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    dest = tmp_path / "asset.txt"
    dest.write_text("an older one")
    assert fetch(dest, address(server, "right")) == "downloaded"
    assert dest.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "checksum", "words"),
    [
        ("right", "0" * 32, f"has the MD5 {MD5}, expected {'0' * 32}"),
        ("truncated", MD5, "100000 bytes read, 90000 more expected"),
        ("missing", MD5, "HTTP 404"),
        ("broken", MD5, "in 3 attempts: HTTP 500"),
    ],
)
def test_faults_keep_what_was_there(
    server: ThreadingHTTPServer, tmp_path: Path, path: str, checksum: str, words: str
) -> None:
    dest = tmp_path / "asset.txt"
    dest.write_text("an older one")
    assert words in fetch(dest, address(server, path), checksum)
    assert dest.read_text() == "an older one"
    assert list(tmp_path.iterdir()) == [dest]


def test_faults_leave_nothing_behind(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetch(tmp_path / "asset.txt", address(server, "truncated"))
    fetch(tmp_path / "asset.txt", address(server, "right"), "0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_transient_fault_is_tried_again(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    assert fetch(tmp_path / "asset.txt", address(server, "flaky")) == "downloaded"
    assert server.requests == ["/flaky", "/flaky"]  # type: ignore[attr-defined]


def test_refusal_is_not_tried_again(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    fetch(tmp_path / "asset.txt", address(server, "missing"))
    assert server.requests == ["/missing"]  # type: ignore[attr-defined]


def test_no_network(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    server.server_close()
    words = fetch(tmp_path / "asset.txt", address(server, "right"))
    assert "in 3 attempts: no answer ([Errno 111] Connection refused)" in words
    assert list(tmp_path.iterdir()) == []


def test_unusable_proxy_is_named(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "")
    assert "Check the network and the proxy" in fetch(tmp_path / "a", address(server, "right"))


def test_impossible_address(tmp_path: Path) -> None:
    assert "Correct the url in project.yml" in fetch(tmp_path / "asset.txt", "gopher://x/y")


def test_private_asset(tmp_path: Path) -> None:
    dest = tmp_path / "asset.txt"
    assert "missing; it has no url" in fetch(dest, None)
    dest.write_text("another")
    assert f"expected {MD5}" in fetch(dest, None)
    dest.write_bytes(CONTENT)
    assert fetch(dest, None) == "there"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_full_disk(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / ".asset.txt.partial").symlink_to("/dev/full")
    assert "No space left on the disk" in fetch(tmp_path / "asset.txt", address(server, "right"))
    assert list(tmp_path.iterdir()) == []


def test_one_failure_does_not_keep_others_from_being_tried(
    server: ThreadingHTTPServer, tmp_path: Path
) -> None:
    assets = [
        Asset(tmp_path / name, MD5, address(server, name)) for name in ("no", "right", "neither")
    ]
    outcomes = [outcome for _, outcome in fetch_assets(assets, backoff=0.01)]
    assert [isinstance(outcome, UserError) for outcome in outcomes] == [True, False, True]


@pytest.mark.parametrize("dest", ["../asset.txt", "/asset.txt", "a/../../asset.txt", "."])
def test_destination_stays_inside_the_project(tmp_path: Path, dest: str) -> None:
    entries = {"assets": [{"dest": dest, "checksum": MD5}]}
    with pytest.raises(UserError, match="outside the project"):
        read_assets(entries, tmp_path, extra=False)


def test_checksum_is_needed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no checksum"):
        read_assets({"assets": [{"dest": "asset.txt"}]}, tmp_path, extra=False)


def run_command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "scripts.assets", *arguments]
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_command(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "demo.txt").write_bytes(CONTENT)
    assets = [
        {"dest": "demo.txt", "checksum": MD5.upper(), "description": "came with the project"},
        {"dest": "a/no.txt", "checksum": MD5, "url": address(server, "no"), "extra": True},
        {"dest": "a/yes.txt", "checksum": MD5, "url": address(server, "right"), "extra": True},
        {"dest": "mine.txt", "checksum": MD5, "extra": True},
    ]
    srsly.write_yaml(tmp_path / "project.yml", {"assets": assets})
    plain = run_command(tmp_path)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "demo.txt: there" in plain.stdout
    extra = run_command(tmp_path, "--extra")
    assert extra.returncode == 1
    assert "2 of 4 assets missing or wrong" in extra.stderr
    assert "a/no.txt" in extra.stderr
    assert "mine.txt: missing" in extra.stderr
    assert "a/yes.txt: downloaded" in extra.stdout
    assert "Traceback" not in extra.stderr
