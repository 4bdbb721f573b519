"""A real headless Chromium that is driven: pages, keys and the mouse.

Its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) is spoken over a pipe,
so that no port is opened and no client library is needed.
"""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.processes import end_process

from .chromium import NAMES, find_chromium

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--incognito"),
    *("--disable-background-networking", "--window-size=1400,900", "--remote-debugging-pipe"),
)


@dataclass
class Page:
    """A tab of a browser."""

    requests: IO[bytes]
    answers: IO[bytes]
    session: str = ""
    last: int = 0

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and give its result; events on the way are dropped."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.requests.write(json.dumps(message).encode() + b"\0")
        self.requests.flush()
        while True:
            answer = json.loads(self._read())
            if answer.get("id") == self.last:
                assert "error" not in answer, (method, answer["error"])
                return dict(answer["result"])

    def _read(self) -> bytes:
        found = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "Chromium ended"
            found += byte
        return bytes(found)

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 120) -> Any:
        """The value of an expression as soon as it is true."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(expression)):
            shown = "document.body ? document.body.innerText : ''"
            assert time.monotonic() < end, (expression, self.evaluate(shown))
            time.sleep(0.3)
        return value

    def picture(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        shown = self.call("Page.captureScreenshot", format="png", optimizeForSpeed=False)["data"]
        path.write_bytes(base64.b64decode(shown))

    def mouse(self, kind: str, x: float, y: float, buttons: int) -> None:
        """Something that the left button of the mouse does at a place of the window."""
        self.call(
            "Input.dispatchMouseEvent",
            **{"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1},
        )

    def drag(self, start: Mapping[str, float], end: Mapping[str, float]) -> None:
        """Press the button at a place, move to another, and let it go there."""
        self.mouse("mouseMoved", start["x"], start["y"], 0)
        self.mouse("mousePressed", start["x"], start["y"], 1)
        for part in (0.25, 0.5, 0.75, 1.0):
            x = start["x"] + part * (end["x"] - start["x"])
            y = start["y"] + part * (end["y"] - start["y"])
            self.mouse("mouseMoved", x, y, 1)
        self.mouse("mouseReleased", end["x"], end["y"], 0)

    def click(self, place: Mapping[str, float]) -> None:
        """Press and let go."""
        self.drag(place, place)


@contextmanager
def open_page(folder: Path, cookies: Mapping[str, str], url: str) -> Iterator[Page]:
    """A page of a browser with a profile in a folder and these cookies for an address."""
    read_end, requests = os.pipe()
    answers, write_end = os.pipe()
    # Chromium reads from descriptor 3 and writes to 4; a shell puts ours there.
    script = f'exec "$@" 3<&{read_end} 4>&{write_end}'
    chromium = [find_chromium() or NAMES[0], *OPTIONS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", *chromium],
        pass_fds=(read_end, write_end),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(read_end)
    os.close(write_end)
    with os.fdopen(requests, "wb") as to, os.fdopen(answers, "rb", buffering=0) as come:
        try:
            page = Page(to, come)
            target = page.call("Target.createTarget", url="about:blank")["targetId"]
            attached = page.call("Target.attachToTarget", targetId=target, flatten=True)
            page.session = attached["sessionId"]
            for name, value in cookies.items():
                page.call("Network.setCookie", name=name, value=value, url=url)
            page.open(url)
            yield page
        finally:
            end_process(process)
