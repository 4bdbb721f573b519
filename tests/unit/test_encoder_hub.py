"""A transformer by its name: from Hugging Face's cache, else from a hub, here on loopback."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

NAME, COMMIT = "somebody/small-encoder", "1" * 40
FILES = {
    "config.json": '{"model_type": "bert"}',
    "tokenizer.json": "{}",
    "README.md": "---\nlicense: mit\n---\n",
    "model.safetensors": "weights",
    "pytorch_model.bin": "the same",
    "onnx/model.onnx": "the same",
}
PROGRAM = """
from scripts.inputs import prepare_encoder
from scripts.project.encoder import find_transformer
from scripts.project.errors import run

def main(name: str) -> None:
    prepare_encoder({"encoder": name, "strategy": "double"}, {})
    print(*find_transformer(name), sep="|")

run(main)
"""
pytestmark = [
    pytest.mark.transformers,
    pytest.mark.skipif(
        importlib.util.find_spec("spacy_transformers") is None,
        reason="needs spacy-transformers (make test-transformers)",
    ),
]


@dataclass
class Hub:
    """A hub with one transformer. fetched: the files that were asked for."""

    port: int = 0
    fetched: list[str] = field(default_factory=list)


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            path = self.path.split("?")[0]
            name = path.removeprefix(f"/{NAME}/resolve/{COMMIT}/")
            if path in (f"/api/models/{NAME}/revision/main", f"/api/models/{NAME}"):
                siblings = [{"rfilename": one} for one in FILES]
                body = json.dumps({"id": NAME, "sha": COMMIT, "siblings": siblings}).encode()
            elif name in FILES:
                body = FILES[name].encode()
                state.fetched += [name] if with_body else []
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def find(name: str, cache: Path, port: int) -> subprocess.CompletedProcess[str]:
    """What `inputs` and `train` make of a name, in a process with a cache and a hub of its own."""
    own = {
        "HF_HOME": str(cache),
        "HF_ENDPOINT": f"http://127.0.0.1:{port}",
        "HF_HUB_DISABLE_XET": "1",
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        env=kept | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_it_is_fetched_once_without_what_other_programs_read(hub: Hub, tmp_path: Path) -> None:
    done = find(NAME, tmp_path, hub.port)
    assert done.returncode == 0, done.stderr
    name, folder, license_ = done.stdout.splitlines()[-1].split("|")
    assert name.startswith("small-encoder-")
    assert (Path(folder) / "model.safetensors").read_text() == "weights"
    assert license_ == "mit"
    assert sorted(hub.fetched) == sorted({*FILES} - {"pytorch_model.bin", "onnx/model.onnx"})
    hub.fetched.clear()
    assert find(NAME, tmp_path, hub.port).returncode == 0
    assert hub.fetched == []


@pytest.mark.parametrize("name", ["somebody/other", "smal", "no such name"])
def test_one_that_there_is_not_is_an_error_in_two_lines(
    hub: Hub, tmp_path: Path, name: str
) -> None:
    done = find(name, tmp_path, hub.port)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"There is no encoder {name}" in done.stderr + done.stdout


def test_without_a_network_it_is_one_too(tmp_path: Path) -> None:
    done = find(NAME, tmp_path, 9)  # where nothing listens
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "check the network" in done.stderr + done.stdout
