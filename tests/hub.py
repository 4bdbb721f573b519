"""A stand-in for Hugging Face's hub on loopback: as much of its API as a push needs.

After huggingface_hub 0.36 (`hf_api.py`, `_commit_api.py`, `lfs.py`) and git-lfs' batch API. It
keeps what is pushed in memory and checks the token of every request.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import srsly

OWNER = "ada"


@dataclass
class Hub:
    """What was asked and pushed. token: that of OWNER. files: by repository and path.

    broken: no file can be fetched.
    """

    token: str
    url: str = ""
    requests: list[str] = field(default_factory=list)
    private: dict[str, bool] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    broken: bool = False


class Answer(Exception):  # noqa: N818  (an answer that ends the work on a request)
    """What to answer in the place of a result."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


class Handler(BaseHTTPRequestHandler):
    """Answers requests for `hub`."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        self.hub.requests.append(f"{self.command} {path}")
        try:
            if path.startswith("/lfs/"):  # an address that is its own permission
                self.hub.large[path.removeprefix("/lfs/")] = body
                return self._send(200, b"{}")
            self._authorize()
            if "/resolve/main/" in path:
                return self._send_file(path)
            self._send(200, json.dumps(self._work(path, body)).encode())
        except Answer as answer:
            headers = {"X-Error-Code": answer.code, "X-Error-Message": answer.message}
            told = {"error": answer.message, "errors": [{"message": answer.message}]}
            self._send(answer.status, json.dumps(told).encode(), headers)

    do_GET = do_HEAD = do_POST = do_PUT = _handle  # noqa: N815  (names of http.server)

    def _authorize(self) -> None:
        given = self.headers.get("Authorization", "")
        if given != f"Bearer {self.hub.token}":
            raise Answer(401, f"Invalid credentials: {given}")  # as indiscreet as can be

    def _work(self, path: str, body: bytes) -> Any:
        if path == "/api/repos/create":
            wanted = json.loads(body)
            name = f"{wanted['organization'] or OWNER}/{wanted['name']}"
            if name.startswith("others/"):
                raise Answer(403, "You don't have the rights to create a model under others")
            self.hub.private.setdefault(name, wanted["private"])
            self.hub.files.setdefault(name, {})
            return {"url": f"{self.hub.url}/{name}"}
        if path == "/api/validate-yaml":
            return self._validate(json.loads(body)["content"])
        if match := re.fullmatch(r"/api/models/(.+)/preupload/main", path):
            return {"files": [_upload_mode(file) for file in json.loads(body)["files"]]}
        if path.endswith(".git/info/lfs/objects/batch"):
            wanted = json.loads(body)["objects"]
            return {"transfer": "basic", "objects": [self._upload(one) for one in wanted]}
        if match := re.fullmatch(r"/api/models/(.+)/commit/main", path):
            return self._commit(match[1], body)
        raise Answer(404, f"Nothing at {path}")

    def _validate(self, content: str) -> dict[str, Any]:
        matter = srsly.yaml_loads(content.split("---\n")[1])
        if not all(result["dataset"]["name"] for result in matter["model-index"][0]["results"]):
            raise Answer(400, "model-index: a result needs a dataset")
        return {"errors": [], "warnings": []}

    def _upload(self, one: dict[str, Any]) -> dict[str, Any]:
        return one | {"actions": {"upload": {"href": f"{self.hub.url}/lfs/{one['oid']}"}}}

    def _commit(self, repository: str, body: bytes) -> dict[str, Any]:
        for line in body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "header":
                self.hub.commits.append(value["summary"])
            elif item["key"] == "file":
                self.hub.files[repository][value["path"]] = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                content = self.hub.large[value["oid"]]
                if hashlib.sha256(content).hexdigest() != value["oid"]:
                    raise Answer(400, f"{value['path']} was damaged on the way")
                self.hub.files[repository][value["path"]] = content
        return {"commitUrl": f"{self.hub.url}/{repository}/commit/1", "commitOid": "1" * 40}

    def _send_file(self, path: str) -> None:
        repository, _, name = path[1:].partition("/resolve/main/")
        if self.hub.broken:
            raise Answer(507, "Insufficient storage")  # one that is not asked for again
        content = self.hub.files.get(repository, {}).get(name)
        if content is None:
            raise Answer(404, "Entry not found", "EntryNotFound")
        headers = {"ETag": hashlib.sha256(content).hexdigest(), "X-Repo-Commit": "1" * 40}
        self._send(200, content, headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _upload_mode(file: dict[str, Any]) -> dict[str, Any]:
    """Large files and those that are no text go to the large ones."""
    large = b"\0" in base64.b64decode(file["sample"]) or file["path"].endswith(".whl")
    mode = "lfs" if large else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": None}


@contextmanager
def serve_hub(token: str) -> Iterator[Hub]:
    """A hub that answers until the block ends."""
    hub = Hub(token)
    handler = type("HubHandler", (Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
