"""Files of an export: what stands in them, whatever their names say."""

import csv
import gzip
import hashlib
import io
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, cast

from msgspec.json import encode

from ..project.errors import UserError
from .json_stream import DamagedJSONError, decode_element, json_elements

Shape = Literal["json", "csv", "tsv", "conll", "gzip", "zip", "utf16", "empty", "unknown"]
_PEEK = 1 << 16
_CHUNK = 1 << 20  # bytes of JSON; small, so that processes have equal shares
_ROW = 1000  # what a row of a table counts for
_BINARY: dict[bytes, Shape] = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}
_EXPORT_AGAIN = "Export the project again from Label Studio as JSON, then run again."
_CONLL_LINE = re.compile(rb"^\S+ -X- _ \S+\s*$", re.MULTILINE)


class Source(NamedTuple):
    """A file of an export, or a member of a zip file, that holds tasks."""

    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return f"{self.path}!{self.member}" if self.member else str(self.path)


class Chunk(NamedTuple):
    """Some elements of a source that stand together.

    first: the number of the first of them in the source, from 1.
    pieces: their JSON, or the rows of a table.
    """

    source: Source
    first: int
    pieces: list[Any]


def find_sources(paths: Iterable[Path]) -> list[Source]:
    """The files, with zip files taken apart into those members that can hold tasks.

    Raises UserError for a missing, empty, unreadable or foreign file, and for CONLL2003.
    """
    sources: list[Source] = []
    for path in paths:
        if not path.is_file():
            raise UserError(f"There is no export {path}.", "Give the file that you exported.")
        with path.open("rb") as file:
            shape = sniff(file.read(_PEEK))
        sources += _members(path) if shape == "zip" else [_checked(Source(path))]
    if not sources:
        raise UserError("There is no export to read.", "Give a file, a folder or a glob of files.")
    return sources


def read_chunks(source: Source) -> Iterator[Chunk]:
    """What stands in a source, about two megabytes at a time.

    Raises UserError when the file is damaged, cut off or no export.
    """
    first, size = 1, 0
    pieces: list[Any] = []
    with _explained(source), _opened(source) as (stream, shape):
        if shape == "json":
            elements: Iterable[Any] = json_elements(stream)
        else:
            elements = _rows(stream, "," if shape == "csv" else "\t")
        for element in elements:
            pieces.append(element)
            size += len(element) if isinstance(element, bytes) else _ROW
            if size >= _CHUNK:
                yield Chunk(source, first, pieces)
                first, size, pieces = first + len(pieces), 0, []
    if pieces:
        yield Chunk(source, first, pieces)


def hash_chunk(chunk: Chunk) -> str:
    """SHA-256 of what stands in a chunk."""
    digest = hashlib.sha256()
    for piece in chunk.pieces:
        content = piece if isinstance(piece, bytes) else encode(piece)
        digest.update(b"%d\0" % len(content))
        digest.update(content)
    return digest.hexdigest()


@contextmanager
def unchanged(paths: Sequence[Path]) -> Iterator[None]:
    """Raises UserError when one of the files has changed while the block read them."""
    before = {path: _state(path) for path in paths}
    try:
        yield
    except UserError as error:  # half of a file that is being written looks damaged
        _check_unchanged(before, error)
        raise
    _check_unchanged(before)


def _check_unchanged(
    before: dict[Path, tuple[int, ...] | None], cause: UserError | None = None
) -> None:
    for path, state in before.items():
        if _state(path) != state:
            raise UserError(
                f"The export {path} has changed while it was read.",
                "Run again when whatever writes it has finished.",
            ) from cause


def _state(path: Path) -> tuple[int, ...] | None:
    if not path.exists():
        return None
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def decode_chunk(chunk: Chunk) -> Iterator[tuple[int, Any]]:
    """The elements of a chunk with their numbers. Raises UserError when one is damaged."""
    with _explained(chunk.source):
        for number, piece in enumerate(chunk.pieces, chunk.first):
            yield number, decode_element(piece, number) if isinstance(piece, bytes) else piece


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Damage to a source as a UserError."""
    try:
        yield
    except DamagedJSONError as error:
        raise UserError(f"The export {source} {error}.", _EXPORT_AGAIN) from error
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, csv.Error) as error:
        raise UserError(f"The export {source} is damaged ({error}).", _EXPORT_AGAIN) from error
    except (UnicodeDecodeError, RuntimeError, NotImplementedError) as error:  # encrypted zip
        raise UserError(f"The export {source} cannot be read ({error}).", _EXPORT_AGAIN) from error


def sniff(head: bytes) -> Shape:
    """The shape of a file by its first bytes."""
    for first_bytes, shape in _BINARY.items():
        if head.startswith(first_bytes):
            return shape
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"[", b"{")):
        return "json"
    if head.startswith(b"-DOCSTART-") or len(_CONLL_LINE.findall(head)) > 1:
        return "conll"
    return _sniff_table(head) if head else "empty"


def _sniff_table(head: bytes) -> Shape:
    header = head.splitlines()[0].decode("utf8", "replace")
    delimiter = "\t" if "\t" in header else ","
    names = {name.strip().strip('"') for name in header.split(delimiter)}
    if len(names) > 1 and names & {"id", "annotator", "annotation_id"}:
        return "tsv" if delimiter == "\t" else "csv"
    return "unknown"


@contextmanager
def _opened(source: Source) -> Iterator[tuple[BinaryIO, Shape]]:
    """The unpacked bytes of a source behind a byte order mark, and their shape."""
    with ExitStack() as stack:
        stream: BinaryIO
        if source.member is None:
            stream = stack.enter_context(source.path.open("rb"))
        else:
            archive = stack.enter_context(zipfile.ZipFile(source.path))
            stream = cast(BinaryIO, stack.enter_context(archive.open(source.member)))
        head = _peek(stream)
        if sniff(head) == "gzip":
            stream = cast(
                BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=_Rejoined(head, stream)))
            )
            head = _peek(stream)
        shape = sniff(head)
        yield io.BufferedReader(_Rejoined(head.removeprefix(b"\xef\xbb\xbf"), stream)), shape


def _peek(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < _PEEK and (block := stream.read(_PEEK - len(head))):
        head += block
    return head


class _Rejoined(io.RawIOBase):
    """A stream that gives first what was already read from it."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._head[: len(buffer)] or self._stream.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(block)] = block
        return len(block)


def _members(path: Path) -> list[Source]:
    """Members of a zip file that hold tasks; other files, as images, are passed over."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as error:
        raise UserError(f"The export {path} is damaged ({error}).", _EXPORT_AGAIN) from error
    sources = [Source(path, name) for name in names]
    shapes = {source: _shape(source) for source in sources}
    found = [s for s in sources if shapes[s] in ("json", "csv", "tsv")]
    if not found:
        for source in sources:
            _checked(source)
        raise UserError(f"The export {path} holds no files.", _EXPORT_AGAIN)
    return found


def _shape(source: Source) -> Shape:
    try:
        with _opened(source) as (_, shape):
            return shape
    except (EOFError, zlib.error, OSError, zipfile.BadZipFile, RuntimeError) as error:
        raise UserError(f"The export {source} is damaged ({error}).", _EXPORT_AGAIN) from error


def _checked(source: Source) -> Source:
    shape = _shape(source)
    if shape in ("json", "csv", "tsv"):
        return source
    if shape == "conll":
        raise UserError(
            f"The export {source} is CONLL2003, which has lost the offsets: its tokens are not the"
            " text's, and unannotated tasks look like tasks without entities.",
            "Export the same project as JSON; nothing is lost there.",
        )
    if shape == "empty":
        raise UserError(f"The export {source} is empty.", _EXPORT_AGAIN)
    if shape == "utf16":
        raise UserError(f"The export {source} is not UTF-8 but UTF-16.", "Save it as UTF-8.")
    with _opened(source) as (stream, _):
        head = stream.read(40)
    raise UserError(
        f"The export {source} is neither JSON nor JSON lines, CSV or TSV: it begins {head!r}.",
        _EXPORT_AGAIN,
    )


def _rows(stream: BinaryIO, delimiter: str) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(sys.maxsize)
    text = io.TextIOWrapper(stream, encoding="utf8", newline="")
    for row in csv.DictReader(text, delimiter=delimiter, strict=True):
        if None in row or None in row.values():
            raise DamagedJSONError(
                f"has a row with too many or too few columns (id {row.get('id')})"
            )
        yield row
