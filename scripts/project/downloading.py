"""Downloads that appear whole and right, or not at all."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import requests
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from .errors import UserError

ATTEMPTS = 3
BACKOFF = 2.0  # seconds before the second attempt, twice as many before the third
TIMEOUT = (10.0, 60.0)  # seconds to connect, and without a byte
BLOCK = 1 << 16  # bytes


class TransientError(Exception):
    """A failed attempt that may succeed when it is repeated; says what happened."""


def download(
    url: str, dest: Path, checksum: str, session: requests.Session, *, backoff: float = BACKOFF
) -> None:
    """Fetch a file, three attempts for faults that may pass; what was at `dest` stays until then.

    checksum: its MD5, 32 hexadecimal digits. backoff: seconds before the second attempt.
    Raises UserError when it cannot be had or is another file.
    """
    for wait in [backoff * 2**attempt for attempt in range(ATTEMPTS - 1)]:
        try:
            return attempt_download(url, dest, checksum, session)
        except TransientError:
            time.sleep(wait)
    try:
        attempt_download(url, dest, checksum, session)
    except TransientError as error:
        raise UserError(
            f"{url} could not be fetched in {ATTEMPTS} attempts: {error}.",
            "Check the network and the proxy, or fetch it elsewhere and put it there by hand.",
        ) from error


def attempt_download(url: str, dest: Path, checksum: str, session: requests.Session) -> None:
    """Stream a file to a partial one beside its destination, check it, then rename it.

    Raises TransientError for a fault that may pass, UserError for one that will not.
    """
    dest.parent.mkdir(parents=True, exist_ok=True)
    # Always the same name: what a killed process left is overwritten by the next.
    partial = dest.with_name(f".{dest.name}.partial")
    try:
        with partial.open("wb") as file:
            found = stream(url, file, session)
        if found != checksum:
            raise UserError(
                f"{url} has the MD5 {found}, expected {checksum}.",
                "The file has changed at its source, or something on the way answered in its place "
                "(a proxy's login page?): look at it, and correct project.yml if it is right.",
            )
        partial.replace(dest)
    finally:
        partial.unlink(missing_ok=True)


def stream(url: str, file: BinaryIO, session: requests.Session) -> str:
    """Write what an address holds to a file; returns its MD5. Raises as `attempt_download` does."""
    digest = _md5()
    try:
        # identity: the bytes of the file, not of a compressed copy that has another length
        headers = {"Accept-Encoding": "identity"}
        with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            check_status(response)
            total = int(response.headers.get("Content-Length", 0)) or None
            with show_progress(url, total) as advance:
                for block in response.iter_content(BLOCK):
                    file.write(block)
                    digest.update(block)
                    advance(len(block))
    except requests.exceptions.ChunkedEncodingError as error:
        raise TransientError(f"it broke off ({_root_cause(error)})") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise TransientError(f"no answer ({_root_cause(error)})") from error
    except requests.RequestException as error:
        raise UserError(
            f"{url} cannot be fetched: {_root_cause(error)}.", "Correct the url in project.yml."
        ) from error
    return str(digest.hexdigest())


def check_status(response: requests.Response) -> None:
    """Raises TransientError where the server may answer later, UserError where it refuses."""
    answer = f"HTTP {response.status_code} {response.reason}"
    if response.status_code >= 500 or response.status_code in (408, 429):
        raise TransientError(answer)
    if not response.ok:
        raise UserError(
            f"{response.url} answered {answer}.",
            "Correct the url in project.yml, or get access to it.",
        )


def hash_md5(path: Path) -> str | None:
    """MD5 of a file, as weasel's checksums are; None when there is no file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5).hexdigest()


@contextmanager
def show_progress(url: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal's stderr while the block runs; gives what to call with arrived bytes."""
    console = Console(stderr=True)
    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    name = TextColumn(url.rpartition("/")[2], markup=False)
    with Progress(
        name, *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)  # also where FIPS forbids MD5 as a safeguard


def _root_cause(error: BaseException) -> str:
    """The operating system's word under urllib3's and requests' layers, as "Connection refused"."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__
