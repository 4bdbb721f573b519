"""A real headless Chromium, and what it makes of a page."""

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--incognito"),
    *("--no-first-run", "--disable-background-networking", "--virtual-time-budget=10000"),
)
# What a page has become, seen from another one of the same origin that holds it in a frame:
# Chromium has no window as narrow as a phone's, but a frame may be.
FRAME = """<!doctype html><link rel="icon" href="data:,">
<iframe src="page.html" style="width: {width}px; height: 800px; border: 0"></iframe><script>
addEventListener("load", () => setTimeout(() => {{
  const frame = document.querySelector("iframe"), page = frame.contentDocument;
  for (const one of page.querySelectorAll("details")) one.open = true;
  document.body.textContent = JSON.stringify({{
    title: page.title,
    text: page.body.innerText,
    scripts: page.scripts.length,
    width: page.documentElement.clientWidth,
    needed: page.documentElement.scrollWidth,
    fetched: frame.contentWindow.performance.getEntriesByType("resource").map(one => one.name),
  }});
}}, 200));
</script>"""


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Loaded:
    """What became of a page. scripts: how many elements. fetched: what it asked for beside itself.

    width: of the window. needed: what the page would need to show all without scrolling sideways.
    """

    title: str
    text: str
    scripts: int
    width: int
    needed: int
    fetched: list[str]


def load_page(page: str, folder: Path, *, width: int) -> Loaded:
    """Load a page in a window of so many CSS pixels. folder: for Chromium's profile."""
    with serve({"/page.html": page, "/": FRAME.format(width=width)}) as port:
        done = subprocess.run(
            [
                find_chromium() or NAMES[0],
                *OPTIONS,
                f"--user-data-dir={folder}",
                "--dump-dom",
                f"http://127.0.0.1:{port}/",
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
    found = re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)
    assert found, done.stdout + done.stderr
    values: dict[str, Any] = json.loads(html.unescape(found[1]))
    return Loaded(**values)


@contextmanager
def serve(pages: dict[str, str]) -> Iterator[int]:
    """A server on loopback that has these pages. Gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
