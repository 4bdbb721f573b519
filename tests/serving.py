"""A real server of the ML backend on a free port of this machine, and what to ask it."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

START_SECONDS = 120
CONFIG = """<View><Labels name="label" toName="text">
<Label value="PERSON"/><Label value="GPE"/><Label value="PLANT"/><Label value="PEST"/>
</Labels><Text name="text" value="$text"/></View>"""


@dataclass
class Backend:
    """A server that runs. folder: of the project it runs in. models: its MODEL_DIR."""

    process: "subprocess.Popen[bytes]"
    client: httpx.Client
    folder: Path
    models: Path
    log: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return str(self.client.base_url).rstrip("/")

    def predict(self, *texts: str, **more: Any) -> list[dict[str, Any]]:
        """Results for some texts."""
        tasks = [{"id": number, "data": {"text": text}} for number, text in enumerate(texts)]
        body = {"tasks": tasks, "label_config": CONFIG, **more}
        answer = self.client.post("/predict", json=body)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        assert len(results) == len(texts)
        return results

    def version(self, text: str = "In Paris.") -> str:
        """The version that a prediction names."""
        return str(self.predict(text)[0]["model_version"])

    def webhook(self, action: str, project: int = 7) -> dict[str, Any]:
        """Tell of an event."""
        body = {"action": action, "project": {"id": project}}
        answer = self.client.post("/webhook", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def updates(self) -> list[dict[str, Any]]:
        """All updates, as /versions shows them."""
        return list(self.client.get("/versions").json()["updates"])

    def wait_for_end(self, number: int, seconds: float) -> dict[str, Any]:
        """An update as /versions shows it, as soon as it has ended."""

        def ended() -> dict[str, Any] | None:
            updates = [one for one in self.updates() if one["id"] == number]
            return updates[0] if updates and updates[0]["finished"] else None

        return dict(wait_for(ended, seconds, self.story))

    def wait_for_release(self, number: int, seconds: float) -> str:
        """The version that an update has released, as soon as it is served."""
        update = self.wait_for_end(number, seconds)
        assert update["state"] == "released", self.story()
        version = str(update["version"])
        wait_for(lambda: self.client.get("/versions").json()["current"] == version, 60, self.story)
        return version

    def story(self) -> str:
        """All that there is to say when an update does not end as it should."""
        found = sorted(self.models.glob("updates/*/*.log"), key=lambda path: path.stat().st_mtime)
        tail = found[-1].read_text()[-3000:] if found else ""
        updates = json.dumps(self.updates(), indent=1)
        return f"{updates}\n{self.log.read_text()[-2000:]}\n{tail}"

    def metric(self, name: str) -> float:
        """One figure of /metrics."""
        lines = self.client.get("/metrics").text.splitlines()
        return float(next(line.split()[-1] for line in lines if line.startswith(f"{name} ")))

    def kill(self) -> None:
        """End the server as a kill -9 does."""
        self.process.kill()
        self.process.wait()

    def children(self, part: str) -> list[psutil.Process]:
        """Processes that the server started, with something in their command line."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in found if part in " ".join(command_line(process))]


def command_line(process: psutil.Process) -> list[str]:
    """Of a process that may have ended by now."""
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def wait_for(there: Callable[[], Any], timeout: float, what: object = "") -> Any:
    """What `there` gives as soon as it is true."""
    end = time.monotonic() + timeout
    while not (found := there()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.05)
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_backend(folder: Path, models: Path, **settings: object) -> Iterator[Backend]:
    """Start `serve` in a project's folder, as the command of project.yml does; end it by its id."""
    port = free_port()
    models.mkdir(parents=True, exist_ok=True)
    log = models.parent / f"{models.name}-{port}.log"
    inherited = {name: value for name, value in os.environ.items() if name[:7] != "WEASEL_"}
    named = {name.upper(): str(value) for name, value in settings.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.serve"],
            cwd=folder,
            env=inherited | {"PORT": str(port), "MODEL_DIR": str(models)} | named,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    user = named.get("BASIC_AUTH_USER")
    auth = (user, named["BASIC_AUTH_PASS"]) if user else None
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=auth, timeout=300)
    backend = Backend(process, client, folder, models, log)
    try:
        wait_for(lambda: _answers(backend), START_SECONDS, log.read_text)
        yield backend
    finally:
        client.close()
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            backend.kill()


def _answers(backend: Backend) -> bool:
    assert backend.process.poll() is None, backend.log.read_text()
    try:
        return backend.client.get("/health").is_success
    except httpx.TransportError:
        return False


def basic(user: str, password: str) -> dict[str, str]:
    """The header of basic auth."""
    value = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {value}"}
