"""From Label Studio's webhook to GitHub: when it is asked, with what, and what nobody is told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import srsly
from fastapi.testclient import TestClient

from scripts.project.errors import UserError
from scripts.serving.dispatching import EVENT, Dispatching, create_app
from scripts.serving.environment import read_settings

TOKEN = "a-token-that-nobody-may-see"


class GitHub:
    """A stand-in of GitHub's API on loopback. asked: path, body and token of each request."""

    def __init__(self) -> None:
        self.status = 204
        self.asked: list[tuple[str, Any, str]] = []
        self.url = ""


@pytest.fixture
def github() -> Iterator[GitHub]:
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append((self.path, body, self.headers["Authorization"]))
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


def client(github: GitHub, **more: Any) -> TestClient:
    """The relay, asking after three changes."""
    given = {"github_repository": "team/garden", "github_token": TOKEN, "retrain_each_n_updates": 3}
    return TestClient(create_app(Dispatching(**(given | {"github_api_url": github.url} | more))))


def told(relay: TestClient, action: str) -> Any:
    """The answer to an event, as Label Studio 1.23 sends it."""
    return relay.post("/webhook", json={"action": action, "project": {"id": 7}, "task": {}}).json()


def test_github_is_asked_after_so_many_changes(github: GitHub) -> None:
    relay = client(github)
    for action in ("ANNOTATION_CREATED", "TASKS_CREATED", "ANNOTATION_UPDATED"):
        assert not told(relay, action)["asks"]
    assert github.asked == []
    assert told(relay, "ANNOTATIONS_DELETED") == {"changes": 3, "asks": True}
    assert github.asked == [
        ("/repos/team/garden/dispatches", {"event_type": "label-studio"}, f"Bearer {TOKEN}")
    ]
    assert told(relay, "ANNOTATION_CREATED") == {"changes": 1, "asks": False}
    assert told(relay, "START_TRAINING") == {"changes": 1, "asks": True}
    assert len(github.asked) == 2


def test_a_refusal_is_told_without_the_token_and_nothing_is_forgotten(
    github: GitHub, caplog: pytest.LogCaptureFixture
) -> None:
    github.status = 401
    relay = client(github)
    for _ in range(3):
        told(relay, "ANNOTATION_CREATED")
    assert "GitHub answered HTTP 401" in caplog.text
    github.status = 204
    assert told(relay, "ANNOTATION_CREATED") == {"changes": 4, "asks": True}
    assert told(relay, "TASKS_CREATED") == {"changes": 0, "asks": False}
    told(client(github, github_api_url="http://127.0.0.1:9"), "START_TRAINING")
    assert "GitHub did not answer" in caplog.text
    assert TOKEN not in caplog.text


def test_who_has_no_password_is_refused(github: GitHub) -> None:
    relay = client(github, basic_auth_user="studio", basic_auth_pass="word")
    assert relay.post("/webhook", json={"action": "START_TRAINING"}).status_code == 401
    assert relay.get("/health").status_code == 200
    given = {"action": "START_TRAINING"}
    assert relay.post("/webhook", json=given, auth=("studio", "word")).json()["asks"]


def test_settings_that_are_missing_or_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_REPOSITORY", "garden")
    monkeypatch.setenv("BASIC_AUTH_USER", "studio")
    with pytest.raises(UserError, match="GITHUB_REPOSITORY") as error:
        read_settings(Dispatching, "docs/how-to/ci.md")
    assert TOKEN not in str(error.value)


def test_the_event_is_the_one_that_retraining_listens_to() -> None:
    whole: dict[Any, Any] = srsly.read_yaml(".github/workflows/retrain.yml")
    assert whole.get("on", whole.get(True))["repository_dispatch"]["types"] == [EVENT]
