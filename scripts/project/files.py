"""Files that are there whole or not at all, and their hashes."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import srsly


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_text(text: str) -> str:
    """SHA-256 of a text, as 64 hexadecimal digits; lone surrogates are allowed."""
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the block ends without an error.

    A reader, or a run after a crash, sees the old one or the new one.
    """
    with _renamed(path) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _renamed(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def remove_leavings(path: Path) -> None:
    """Remove what killed writes of a file left beside it. For files that one process writes."""
    for left in path.parent.glob(f".{path.name}.????????"):
        left.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file by rename, as `new_file`."""
    with new_file(path) as file:
        file.write(content)


def put_bytes(path: Path, content: bytes) -> None:
    """Write a file by rename without waiting for the disk, which takes longer than a small file.

    For files that are looked at before they are used: after a power cut one may be empty.
    """
    with _renamed(path) as file:
        file.write(content)


def write_text(path: Path, text: str) -> None:
    """`write_bytes` for UTF-8 text."""
    write_bytes(path, text.encode("utf8"))


def write_json(path: Path, value: Any) -> None:
    """`write_bytes` for JSON, indented by two spaces."""
    write_text(path, srsly.json_dumps(value, indent=2) + "\n")


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """An empty directory that takes the place of `path` when the block ends without an error.

    Leftovers of a process that was killed in the block are removed by the next one.
    """
    with _place_beside(path) as partial:
        partial.mkdir()
        yield partial
        _exchange(partial, path)


def move_all(moves: Mapping[Path, Path]) -> None:
    """Let files and folders take the places of others, which may be on other disks.

    moves: what is moved, by its place. All of it is on the disk where it shall be before the first
    takes its place: until then what was there stays.
    """
    with ExitStack() as stack:
        beside = {path: stack.enter_context(_place_beside(path)) for path in moves}
        for path, new in moves.items():
            shutil.move(new, beside[path])
        for path, partial in beside.items():
            _exchange(partial, path)


@contextmanager
def _place_beside(path: Path) -> Iterator[Path]:
    """A path beside another, where nothing is: for what `_exchange` puts into its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, old = _beside(path, "partial"), _beside(path, "old")
    if old.exists() and not path.exists():
        old.rename(path)  # killed between the two renames of `_exchange`: the old one is whole
    for leftover in (partial, old):
        remove(leftover)
    try:
        yield partial
    finally:
        remove(partial)
        remove(old)


def _exchange(partial: Path, path: Path) -> None:
    """Put what stands beside a path into its place; what was there goes with the leftovers."""
    old = _beside(path, "old")
    try:
        if path.exists() or path.is_symlink():
            path.rename(old)
        partial.rename(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.rename(path)
        raise


@contextmanager
def scratch_directory(path: Path) -> Iterator[Path]:
    """An empty directory, removed when the block ends; what a killed run left in it goes first."""
    remove(path)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        remove(path)


def _beside(path: Path, state: str) -> Path:
    return path.with_name(f".{path.name}.{state}")


def remove(path: Path) -> None:
    """Delete a file, or a folder with all that is in it; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
