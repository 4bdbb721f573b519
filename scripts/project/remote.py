"""Files in object stores and on hubs (`s3://`, `gs://`, `hf://`, ...), through fsspec.

fsspec and the package of each store are optional: requirements-raw-text.txt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from .errors import UserError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

REQUIREMENTS = "requirements-raw-text.txt"
# What stores say about a file's content or its last change, the most telling first.
_TELLING = ("ETag", "etag", "md5Hash", "blob_id", "sha", "generation", "LastModified", "mtime")


class RemoteFile(NamedTuple):
    """A file by its address. fingerprint: SHA-256 of what its store says of it, not of its bytes.

    Object stores change the ETag (Amazon S3 API Reference, Object), hubs the id of the blob,
    whenever the content changes.
    """

    address: str
    fingerprint: str
    bytes: int


def is_remote(where: str) -> bool:
    """Whether a place is an address, not a path."""
    return "://" in where


def find_remote(where: str) -> list[RemoteFile]:
    """The files of an address, of a folder there (hidden ones left out), or of a pattern, sorted.

    Raises UserError when the store cannot be asked.
    """
    with _explained(where):
        store, path = _open_store(where)
        # A listing may be older than the store: a cached one never sees a change.
        store.invalidate_cache()
        found: dict[str, Any] = (
            store.glob(path, detail=True)
            if any(sign in path for sign in "*?[")
            else store.find(path, detail=True)
        )
    files = [info for info in found.values() if info["type"] == "file"]
    return [
        RemoteFile(store.unstrip_protocol(info["name"]), _fingerprint(info), int(info["size"]))
        for info in sorted(files, key=lambda info: str(info["name"]))
        if not _hidden(info["name"].removeprefix(path.split("*")[0]))
    ]


def describe_remote(address: str) -> RemoteFile:
    """What the store says of one file now. Raises UserError when it cannot be asked."""
    with _explained(address):
        store, path = _open_store(address)
        store.invalidate_cache()
        info = store.info(path)
    return RemoteFile(address, _fingerprint(info), int(info["size"]))


@contextmanager
def open_remote(address: str) -> Iterator[IO[bytes]]:
    """A file's bytes, fetched in blocks as they are read.

    Raises UserError when it cannot be opened. What a store raises while it is read is an OSError.
    """
    with _explained(address):
        store, path = _open_store(address)
        stream = store.open(path, "rb")
    with stream:
        yield stream


def missing_package(need: str, error: ImportError) -> UserError:
    """The error for a package that is optional and not installed."""
    return UserError(f"{need} ({error}).", f"pip install -r {REQUIREMENTS}, then run again.")


def _open_store(where: str) -> tuple[AbstractFileSystem, str]:
    # Imported here: raw text on this machine needs no such package.
    from fsspec.core import url_to_fs  # noqa: PLC0415

    store, path = url_to_fs(where)
    return store, str(path)


def _fingerprint(info: dict[str, Any]) -> str:
    known = [f"{key}={info[key]}" for key in _TELLING if info.get(key) is not None]
    return hashlib.sha256("\0".join([str(info["size"]), *known]).encode()).hexdigest()


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


@contextmanager
def _explained(where: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise missing_package(f"{where} cannot be read without its package", error) from error
    except Exception as error:  # each store has its own errors, botocore's are no OSError
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{where} cannot be read: {type(error).__name__}: {reason}",
            "Check the address and the credentials that its store takes from the environment.",
        ) from error
