"""Reading raw text: formats, damage, and files that change."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.corpora.raw_text import RawFile, raw_files, read_file, read_texts
from scripts.project.errors import UserError
from scripts.project.resolve import resolve_files


def test_texts_of_txt_jsonl_and_gz(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\n  two \n", encoding="utf8")
    (tmp_path / "b.jsonl").write_text('{"text": "three"}\n\n{"text": " "}\n', encoding="utf8")
    with gzip.open(tmp_path / "c.jsonl.gz", "wt", encoding="utf8") as file:
        file.write('{"text": "vier äöü", "meta": 1}\n')
    assert list(read_texts(sorted(tmp_path.iterdir()))) == ["one", "two", "three", "vier äöü"]


@pytest.mark.parametrize("large", [False, True])
def test_texts_of_parquet(tmp_path: Path, large: bool) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs pip install -r requirements-raw-text.txt")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = [" one ", None, "", *(f"text {i}" for i in range(3000))]
    column = pa.array(texts, pa.large_string() if large else pa.string())
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"id": list(range(len(texts))), "text": column}), path)
    assert list(read_texts([path])) == ["one", *texts[3:]]
    parquet.write_table(pa.table({"title": ["a"]}), path)
    with pytest.raises(UserError, match="no column text"):
        list(read_texts([path]))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="cannot be read"):
        list(read_texts([path]))


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("a.txt", b"\xff\xfe\xfa", "cannot be read"),
        ("a.jsonl", b'{"text": "x"}\n{"txt": 1}\n', "line 2"),
        ("a.jsonl", b"plain\n", "line 1"),
        ("a.jsonl", b"[1]\n", "line 1"),
        ("a.txt.gz", gzip.compress(b"a text " * 1000, mtime=0)[:40], "cannot be read"),
        (
            "a.txt.gz",
            gzip.compress(os.urandom(9000).hex().encode(), mtime=0)[:-8] + bytes(8),
            "cannot be",
        ),
    ],
)
def test_damaged_files_are_errors(tmp_path: Path, name: str, content: bytes, fact: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=fact):
        list(read_texts([tmp_path / name]))


def test_a_gz_that_is_damaged_in_the_middle_is_an_error(tmp_path: Path) -> None:
    content = bytearray(
        gzip.compress(b"\n".join(os.urandom(20).hex().encode() for _ in range(9999)))
    )
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "a.txt.gz"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.txt\.gz cannot be read"):
        list(read_texts([path]))


def append(path: Path) -> None:
    with path.open("a", encoding="utf8") as file:
        file.write("more\n")


def overwrite_in_place(path: Path) -> None:
    """The same size and time, another content."""
    status = path.stat()
    with path.open("r+b") as file:
        file.write(b"X")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path: Path) -> None:
    """Another file of the same name, as an editor writes it."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    os.replace(other, path)


def resolved(path: Path) -> RawFile:
    """The file as `inputs` sees it."""
    (file,) = raw_files(resolve_files("raw_text", str(path), known={}))
    return file


@pytest.mark.parametrize("change", [append, replace])
def test_a_file_that_changes_while_it_is_read_is_an_error(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"text {i}\n" for i in range(9)), encoding="utf8")
    texts = read_file(resolved(path))
    next(texts)
    change(path)
    with pytest.raises(UserError, match="has changed"):
        list(texts)


@pytest.mark.parametrize("change", [append, overwrite_in_place])
def test_a_file_that_is_not_as_inputs_saw_it_is_an_error(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text 1\ntext 2\n", encoding="utf8")
    file = resolved(path)
    assert list(read_file(file)) == ["text 1", "text 2"]
    change(path)
    with pytest.raises(UserError, match="has changed since its hash was taken"):
        list(read_file(file))
