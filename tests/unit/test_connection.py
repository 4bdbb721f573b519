"""Where Label Studio is, and what is said when it is not there. The token is never quoted."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.label_studio.connection import Address, clean_url, connect
from scripts.project.errors import UserError

KEY = "0123456789abcdef0123456789abcdef01234567"
Answering = Callable[[int, str], str]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A server on loopback that gives one answer to everything; gives its address."""
    servers = []

    def start(status: int, body: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if status == 0:
                    time.sleep(2)
                self.send_response(status or 200)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def error_of(url: str, key: str = KEY, timeout: float = 5) -> UserError:
    address = Address.model_validate({"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": key})
    with pytest.raises(UserError) as caught:
        connect(address, timeout=timeout)
    assert key not in caught.value.fact + caught.value.remedy
    return caught.value


@pytest.mark.parametrize("name", ["LABEL_STUDIO_URL", "LABEL_STUDIO_HOST"])
def test_the_address_has_two_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_HOST", raising=False)
    monkeypatch.setenv(name, "http://here:1")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", KEY)
    address = Address()  # type: ignore[call-arg]
    assert address.url == "http://here:1"
    assert address.api_key.get_secret_value() == KEY
    assert KEY not in repr(address)


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("localhost:8080", "http://localhost:8080"),
        (" https://ls.example.org/label/ ", "https://ls.example.org/label"),
        ("http://me:secret@host:1/?a=b#c", "http://host:1"),
    ],
)
def test_addresses_are_shown_without_credentials(given: str, clean: str) -> None:
    assert clean_url(given) == clean


@pytest.mark.parametrize("given", ["", "ftp://host", "http://", "http:///path"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(UserError, match="no address"):
        clean_url(given)


@pytest.mark.parametrize("key", ["", " ", "two words", "tokén", "line\nbreak"])
def test_a_key_that_no_header_can_hold_is_refused_unquoted(key: str) -> None:
    address = Address.model_validate({"LABEL_STUDIO_API_KEY": key})
    with pytest.raises(UserError, match="LABEL_STUDIO_API_KEY") as caught:
        connect(address)
    assert len(key) < 2 or key not in caught.value.fact


def test_no_server() -> None:
    assert "There is no Label Studio at http://127.0.0.1:9" in error_of("127.0.0.1:9").fact


def test_a_wrong_token(answering: Answering) -> None:
    error = error_of(answering(401, '{"detail": "Invalid token."}'))
    assert "refuses the token: Invalid token." in error.fact
    assert "Copy it again" in error.remedy


def test_another_server(answering: Answering) -> None:
    assert "no Label Studio" in error_of(answering(404, "<h1>Not found</h1>")).fact
    assert "no Label Studio" in error_of(answering(200, "<h1>Hello</h1>")).fact


def test_a_server_that_does_not_answer(answering: Answering) -> None:
    assert "did not answer in time" in error_of(answering(0, "{}"), timeout=0.3).fact


def test_missing_rights(answering: Answering) -> None:
    assert "does not let you" in error_of(answering(403, '{"detail": "No."}')).fact
