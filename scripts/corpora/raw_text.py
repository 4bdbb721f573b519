"""Raw text: a text a line, JSONL or Parquet with `text`, plain or gzipped, here or in a store."""

import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from ..project.errors import UserError
from ..project.remote import describe_remote, is_remote, missing_package, open_remote

_GZIP = b"\x1f\x8b"
_BLOCK = 2**20  # bytes
_PARQUET_ROWS = 1024  # read at a time
_READABLE = "Raw text is UTF-8, plain or as a whole .gz, or Parquet with a column text."


class RawFile(NamedTuple):
    """A file of raw text.

    sha256, bytes: what the command `inputs` saw of it (of a file in a store, see `RemoteFile`),
        None where nobody has looked.
    """

    path: str
    sha256: str | None = None
    bytes: int | None = None


def raw_files(record: dict[str, Any] | None) -> list[RawFile]:
    """The files of a var, as `inputs` resolved them; none for a var that is null."""
    files = record["files"] if record else []
    return [RawFile(file["path"], file["sha256"], file["bytes"]) for file in files]


def read_texts(paths: Iterable[Path]) -> Iterator[str]:
    """The texts of files, without edge whitespace and without empty ones.

    Raises UserError for a file that is not UTF-8, not whole, or not what its name says.
    """
    for path in paths:
        yield from read_file(RawFile(str(path)))


def read_file(file: RawFile) -> Iterator[str]:
    """The texts of one file, as `read_texts`.

    Raises UserError also for a file that is not as `inputs` saw it, and for one that changes while
    it is read.
    """
    parquet = _suffixes(file.path)[-1:] == [".parquet"]
    try:
        with _unchanged(file) as stream:
            yield from _parquet(file.path, stream) if parquet else _texts(file, stream)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{file.path} cannot be read: {error}.", _READABLE) from error
    except OSError as error:
        if not is_remote(file.path):
            raise
        raise UserError(
            f"{file.path} cannot be read: {error}.", "See that its store is there, then run again."
        ) from error


@contextmanager
def _unchanged(file: RawFile) -> Iterator[IO[bytes]]:
    """The bytes of a file, which must be the same file before, as `inputs` saw it, and after."""
    before = _state(file.path)
    seen = (file.bytes, file.sha256) if is_remote(file.path) else (file.bytes,)
    if file.bytes is not None and before[: len(seen)] != seen:
        raise _changed(file, "since its hash was taken")
    with open_remote(file.path) if is_remote(file.path) else open(file.path, "rb") as stream:
        yield stream
    if _state(file.path) != before:
        raise _changed(file, "while it was read")


def _state(path: str) -> tuple[int | str, ...]:
    if is_remote(path):
        found = describe_remote(path)
        return found.bytes, found.fingerprint
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ino


def _changed(file: RawFile, when: str) -> UserError:
    return UserError(
        f"{file.path} has changed {when}.",
        "Run again, beginning with the command inputs, when nothing writes to it any more.",
    )


def _texts(file: RawFile, stream: IO[bytes]) -> Iterator[str]:
    json_lines = ".jsonl" in _suffixes(file.path)
    hashed = _Hashed(stream)
    whole = io.BufferedReader(hashed, _BLOCK)
    zipped = whole.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    unzipped = gzip.GzipFile(fileobj=whole) if zipped else whole
    lines = io.TextIOWrapper(unzipped, encoding="utf8")
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text and json_lines:
            text = _text_of(file.path, number, text).strip()
        if text:
            yield text
    if file.sha256 and not is_remote(file.path) and hashed.sha256.hexdigest() != file.sha256:
        raise _changed(file, "since its hash was taken")


def _text_of(path: str, number: int, line: str) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        raise UserError(
            f'{path}, line {number}, is no JSON object with a "text".',
            "A .jsonl of raw text holds one object a line; a text a line is a .txt.",
        )
    return text


def _parquet(path: str, stream: IO[bytes]) -> Iterator[str]:
    try:
        # Imported here: it is optional, and large.
        from pyarrow import ArrowException, ArrowInvalid, types  # noqa: PLC0415
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as error:
        raise missing_package(f"{path} is Parquet, which needs pyarrow", error) from error
    try:
        table = ParquetFile(stream)
        fields = [field for field in table.schema_arrow if field.name == "text"]
        if not fields or not (
            types.is_string(fields[0].type) or types.is_large_string(fields[0].type)
        ):
            raise UserError(f"{path} has no column text of strings.", _READABLE)
        for batch in table.iter_batches(batch_size=_PARQUET_ROWS, columns=["text"]):
            yield from (text.strip() for text in batch.column(0).to_pylist() if text)
    except (ArrowInvalid, ArrowException) as error:
        raise UserError(f"{path} cannot be read: {error}.", _READABLE) from error


class _Hashed(io.RawIOBase):
    """A stream that can be read only, and the SHA-256 of what has been read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, as `io.RawIOBase` does; 0 at the end."""
        block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        self.sha256.update(block)
        return len(block)


def _suffixes(path: str) -> list[str]:
    return PurePosixPath(path).suffixes
