"""A real Label Studio server of one's own, with users, on a free port of this machine."""

import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from label_studio_sdk import LabelStudio

from tests.processes import end_process

ROOT = Path(__file__).parents[2]
DEFAULT_VENV = ROOT / ".venv-label-studio"
START_SECONDS = 240  # the first start makes the database, 40 s on two idle cores
ANSWER_SECONDS = 60
# Nothing is sent to the vendor, and backends and webhooks on this machine are allowed.
SETTINGS = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "FEATURE_FLAGS_OFFLINE": "true",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "ML_BLOCK_LOCAL_IP": "false",
    "SSRF_PROTECTION_ENABLED": "false",
}


class Server(NamedTuple):
    """url: where it answers. token: of the first user. folder: its data and its log."""

    url: str
    token: str
    folder: Path

    def client(self) -> LabelStudio:
        """A client that acts as the first user."""
        return LabelStudio(base_url=self.url, api_key=self.token)


def find_command() -> Path | None:
    """The program label-studio of the environment that LABEL_STUDIO_VENV names, None without."""
    command = Path(os.environ.get("LABEL_STUDIO_VENV", DEFAULT_VENV)) / "bin" / "label-studio"
    return command.absolute() if command.is_file() else None


@contextmanager
def running_server(command: Path, folder: Path) -> Iterator[Server]:
    """Start a server with its data in an empty folder; it ends with the block.

    Raises RuntimeError with the end of its log when it does not answer in time.
    """
    server = Server(f"http://127.0.0.1:{_free_port()}", secrets.token_hex(20), folder)
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            _command_line(command, server),
            env=os.environ | SETTINGS | {"LABEL_STUDIO_BASE_DATA_DIR": str(folder)},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        try:
            _wait(server, process)
            yield server
        finally:
            end_process(process)


def _command_line(command: Path, server: Server) -> list[str]:
    # fmt: off
    return [
        str(command), "start", "--no-browser",
        "--internal-host", "127.0.0.1", "--port", server.url.rpartition(":")[2],
        "--username", "first@example.com", "--password", secrets.token_urlsafe(12),
        "--user-token", server.token, "--enable-legacy-api-token",
    ]
    # fmt: on


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    headers = {"Authorization": f"Token {server.token}"}
    limit = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < limit:
        try:
            if httpx.get(f"{server.url}/api/current-user/whoami", headers=headers).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    tail = (server.folder / "server.log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"Label Studio did not start on {server.url}. The end of its log:\n{tail}")


def add_user(server: Server, email: str) -> LabelStudio:
    """Sign up another user; returns a client that acts as them."""
    session = sign_up(server, email)
    with httpx.Client(base_url=server.url, cookies=session, timeout=ANSWER_SECONDS) as browser:
        token = browser.get("/api/current-user/token").raise_for_status().json()["token"]
    return LabelStudio(base_url=server.url, api_key=token)


def sign_up(server: Server, email: str) -> dict[str, str]:
    """Make another user, as a person does in a browser; returns the cookies of their session."""
    with httpx.Client(
        base_url=server.url, follow_redirects=True, timeout=ANSWER_SECONDS
    ) as browser:
        page = browser.get("/user/signup/").text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if found is None:
            raise RuntimeError(f"{server.url} has no page to sign up.")
        form = {
            "csrfmiddlewaretoken": found[1],
            "email": email,
            "password": secrets.token_urlsafe(12),
        }
        browser.post("/user/signup/", data=form, headers={"Referer": server.url})
        return {str(cookie.name): str(cookie.value) for cookie in browser.cookies.jar}
