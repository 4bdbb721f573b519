"""Raw text that is damaged in the middle, or changes after it was hashed: the rest is done."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_lines import finish, rehearse_line, write_raw
from tests.small_conversions import written

pytestmark = pytest.mark.slow


def zipped(path: Path) -> Path:
    """The file, gzipped."""
    target = path.with_name(f"{path.name}.gz")
    target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return target


def damage(path: Path) -> str:
    """Turn bytes in the middle of a file; returns what the error says."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(40)
    path.write_bytes(content)
    return "cannot be read"


def grow(path: Path) -> str:
    """Let a file be another one than it was when it was hashed; returns what the error says."""
    with gzip.open(path, "at", encoding="utf8") as file:
        file.write("\nOne more text about an oak in Rome")
    return "changed"


@pytest.mark.parametrize("spoil", [damage, grow])
def test_one_file_is_named_and_the_others_are_done(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    raw = [zipped(path) for path in write_raw(tmp_path, 500)]
    without = rehearse_line(tmp_path / "without", [raw[0], raw[2]])
    word = damage(raw[1]) if spoil is damage else ""  # it has a hash, but no content
    line = rehearse_line(tmp_path / "spoilt", raw)
    word = word or spoil(raw[1])
    assert finish(without).returncode == 0
    done = finish(line)
    assert done.returncode == 1
    fact, remedy = done.stderr.splitlines()[-2:]
    assert str(raw[1]) in fact
    assert word in fact
    assert "All other files are done" in remedy
    assert "Traceback" not in done.stderr
    told = json.loads((tmp_path / "spoilt/corpus/rehearsal.json").read_text())
    assert list(told["refused"]) == [str(raw[1])]
    one, other = (written(tmp_path / name / "corpus") for name in ("spoilt", "without"))
    assert one.pop("rehearsal.json") != other.pop("rehearsal.json")
    assert one == other
