"""Raw text: a text a line, or JSONL with `text`, plain or gzipped."""

import gzip
import heapq
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..project.errors import UserError
from ..project.files import hash_text
from .corpus import SPLITS
from .splits import assign_split

MAX_CHARACTERS = 100_000  # of one text: spaCy's recognizers need about 1 GB for 1,000,000


class RawText(NamedTuple):
    """A raw text and the SHA-256 of it."""

    hash: str
    text: str


class Selection(NamedTuple):
    """The raw texts chosen for each split, and what became of all that were read."""

    texts: dict[str, list[RawText]]
    counts: dict[str, int]


def read_texts(paths: Iterable[Path]) -> Iterator[str]:
    """The texts of files, without edge whitespace and without empty ones.

    Raises UserError for a file that is not UTF-8, not whole, or not what its name says.
    """
    for path in paths:
        try:
            with (
                gzip.open(path, "rt", encoding="utf8")
                if _zipped(path)
                else path.open(encoding="utf8") as lines
            ):
                yield from _texts(path, lines)
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise UserError(
                f"{path} cannot be read: {error}.", "Raw text is UTF-8, plain or as a whole .gz."
            ) from error


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _texts(path: Path, lines: Iterable[str]) -> Iterator[str]:
    json_lines = ".jsonl" in path.suffixes
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text and json_lines:
            text = _text_of(path, number, text).strip()
        if text:
            yield text


def _text_of(path: Path, number: int, line: str) -> str:
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


def select_texts(texts: Iterable[str], used: set[str], sizes: dict[str, int]) -> Selection:
    """Choose raw texts for each split: those with the smallest hashes, each text once.

    So the choice does not depend on the order of the files, and changes little when they grow.

    used: hashes of texts that stand in the export, which are left out. sizes: the most texts of
    each split. Raises UserError when no text is left.
    """
    chosen: dict[str, list[tuple[int, RawText]]] = {split: [] for split in SPLITS}
    seen: set[str] = set()
    counts = dict.fromkeys(("read", "repeated", "in the export", "too long", "not needed"), 0)
    for text in texts:
        counts["read"] += 1
        key = hash_text(text)
        if reason := _unusable(text, key, seen, used):
            counts[reason] += 1
            continue
        seen.add(key)
        split = assign_split(text)
        # A heap of negative hashes: its first element is the largest hash that was kept.
        item = (-int(key[:15], 16), RawText(key, text))
        heapq.heappush(chosen[split], item)
        if len(chosen[split]) > sizes[split]:
            heapq.heappop(chosen[split])
            counts["not needed"] += 1
    if not any(chosen.values()):
        raise UserError(
            f"vars.raw_text has no usable text: {_in_words(counts)}.",
            "Give vars.raw_text general text of the base's domain.",
        )
    return Selection(
        {split: [raw for _, raw in sorted(heap, reverse=True)] for split, heap in chosen.items()},
        counts,
    )


def _in_words(counts: dict[str, int]) -> str:
    named = [f"{count} {reason}" for reason, count in counts.items() if count]
    return ", ".join(named) or "nothing read"


def _unusable(text: str, key: str, seen: set[str], used: set[str]) -> str | None:
    if key in used:
        return "in the export"
    if key in seen:
        return "repeated"
    return "too long" if len(text) > MAX_CHARACTERS else None
