"""Units of work: each makes files from an input, once, and says what they were made from.

A unit that is done has its files and a record beside them, all written by rename. So a run that
was killed goes on where it stood: what has a record with the same key, and files with the checksums
that stand in it, is not made again.
"""

import os
import pickle
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import msgspec

from .files import hash_file, hash_text, put_bytes

Value = TypeVar("Value")

_FORMAT = "1"
_VALUE = ".value"  # suffix of the file with what a unit found


class Made(msgspec.Struct, frozen=True):
    """A unit that is done.

    key: SHA-256 of all that it was made from (`make_key`). files: name in the folder to SHA-256.
    counts: of what was read and written. refused: files that could not be read, each with
    the fact and the remedy of its `UserError`.
    seconds: how long it took. source: SHA-256 of its input, where that is one file.
    """

    name: str
    key: str
    files: dict[str, str]
    counts: dict[str, int]
    seconds: float
    refused: dict[str, tuple[str, str]] = {}
    source: str = ""


def make_key(*parts: object) -> str:
    """A key of values whose representations say all about them."""
    return hash_text("\0".join([_FORMAT, *map(repr, parts)]))


def code_key() -> str:
    """A key of our modules that were imported: a new version may do everything otherwise."""
    code = [
        (name, hash_file(Path(module.__file__)))
        for name, module in sorted(sys.modules.items())
        if name.startswith("scripts.") and module.__file__
    ]
    return make_key(code)


class Work(NamedTuple, Generic[Value]):
    """What a unit's work comes to: the files that it wrote, counts, and what it found."""

    files: Sequence[str]
    counts: Mapping[str, int]
    value: Value


def make_once(
    folder: Path, name: str, key: str, source: str, work: Callable[[], Work[Value]]
) -> tuple[Made, Value]:
    """A unit and what it found, from an earlier run if it was done there.

    source: SHA-256 of its input. The value is kept in a file of its own, pickled as it goes between
    processes; the same code reads it, and only after its checksum was looked at.
    """
    kept = f"{name}{_VALUE}"
    if made := find_made(folder, name, key):
        return made, pickle.loads((folder / kept).read_bytes())  # noqa: S301  (ours, see above)
    start = time.monotonic()
    files, counts, value = work()
    put_bytes(folder / kept, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    hashes = {file: hash_file(folder / file) for file in (*files, kept)}
    made = Made(name, key, hashes, dict(counts), time.monotonic() - start, source=source)
    write_made(folder, made)
    return made, value


def find_made(folder: Path, name: str, key: str) -> Made | None:
    """What is known of a unit; None when it is to be made, also again: from something else, in
    part, or damaged since.
    """
    try:
        made = msgspec.json.decode(_record(folder, name).read_bytes(), type=Made)
        whole = all(hash_file(folder / file) == known for file, known in made.files.items())
    except (OSError, msgspec.DecodeError):
        return None
    return made if whole and made.key == key else None


def write_made(folder: Path, made: Made) -> None:
    """Say that a unit is done, after its files were written."""
    put_bytes(_record(folder, made.name), msgspec.json.encode(made))


def restore(units: Iterable[Made], output: Path, folder: Path) -> None:
    """Put what an earlier run has made, and left in `output`, where its units are looked for.

    Their keys and checksums are looked at there.
    """
    for made in units:
        if not _record(folder, made.name).exists() and all(
            (output / name).is_file() for name in made.files
        ):
            for name in made.files:
                link(output / name, folder / name)
            write_made(folder, made)


def link(source: Path, target: Path) -> None:
    """Give a file a second place, without its bytes where the file system can do that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def total(units: Iterable[Made]) -> Mapping[str, int]:
    """The sums of their counts."""
    sums: dict[str, int] = {}
    for made in units:
        for name, count in made.counts.items():
            sums[name] = sums.get(name, 0) + count
    return sums


def _record(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
