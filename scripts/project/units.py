"""Units of work: each makes files from an input, once, and says what they were made from.

A unit that is done has its files and a record beside them, all written by rename. So a run that
was killed goes on where it stood: what has a record with the same key, and files with the checksums
that stand in it, is not made again.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from .files import hash_file, hash_text, write_bytes

_FORMAT = "1"


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
    write_bytes(_record(folder, made.name), msgspec.json.encode(made))


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
