"""Raw text in stores, and by language; skipped where requirements-raw-text.txt is not installed.

The S3 server is moto's (`pip install moto flask flask-cors`).
"""

import builtins
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.corpora.language import make_speaks
from scripts.corpora.raw_text import raw_files, read_file, read_texts
from scripts.project.errors import UserError
from scripts.project.resolve import resolve_files
from tests.s3 import s3_server

WANTED = "needs pip install -r requirements-raw-text.txt"


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A real S3 server of this machine, as its file system."""
    s3fs = pytest.importorskip("s3fs", reason=WANTED)
    with s3_server():
        yield s3fs.S3FileSystem(skip_instance_cache=True)


@pytest.fixture
def bucket(store: Any) -> Iterator[Any]:
    """The store, with an empty bucket "texts"."""
    store.mkdir("texts")
    yield store
    store.rm("texts", recursive=True)


def test_texts_of_a_bucket(bucket: Any) -> None:
    bucket.pipe("texts/raw/b.txt", b"three\nfour\n")
    bucket.pipe("texts/raw/a.jsonl", b'{"text": "one"}\n{"text": "two"}\n')
    bucket.pipe("texts/raw/.hidden", b"no\n")
    for where in ("s3://texts/raw", "s3://texts/raw/*", "s3://texts/**/[ab].*"):
        record = resolve_files("raw_text", where, known={})
        assert record is not None
        assert record["paths"] == ["s3://texts/raw/a.jsonl", "s3://texts/raw/b.txt"]
        texts = [text for file in raw_files(record) for text in read_file(file)]
        assert texts == ["one", "two", "three", "four"]
    with pytest.raises(UserError, match="No file at s3://texts/none"):
        resolve_files("raw_text", "s3://texts/none", known={})
    with pytest.raises(UserError, match="only raw_text may lie in a store"):
        resolve_files("export", "s3://texts/raw/a.jsonl", known={})


def test_an_object_that_changes_is_noticed(bucket: Any) -> None:
    lines = b"".join(b"%d\n" % number for number in range(100))
    bucket.pipe("texts/a.txt", lines)
    record = resolve_files("raw_text", "s3://texts/a.txt", known={})
    assert record == resolve_files("raw_text", "s3://texts/a.txt", known={})
    (file,) = raw_files(record)
    texts = read_file(file)
    next(texts)
    bucket.pipe("texts/a.txt", lines.replace(b"7", b"8"))
    with pytest.raises(UserError, match=r"s3://texts/a.txt (has changed|cannot be read)"):
        list(texts)
    with pytest.raises(UserError, match="has changed since"):
        list(read_file(file))
    assert record != resolve_files("raw_text", "s3://texts/a.txt", known={})


def test_a_bucket_that_is_not_there_is_an_error(bucket: Any) -> None:
    with pytest.raises(UserError, match="s3://other"):
        resolve_files("raw_text", "s3://other/a.txt", known={})


def find_in_a_store(folder: Path) -> None:
    resolve_files("raw_text", "s3://texts/a.txt", known={})


def read_parquet(folder: Path) -> None:
    (folder / "a.parquet").write_bytes(b"PAR1")
    list(read_texts([folder / "a.parquet"]))


def tell_the_language(folder: Path) -> None:
    make_speaks.__wrapped__(("en",))


@pytest.mark.parametrize(
    ("read", "package"),
    [(read_parquet, "pyarrow"), (find_in_a_store, "fsspec"), (tell_the_language, "lingua")],
)
def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], None], package: str
) -> None:
    known = builtins.__import__

    def refuse(module: str, *rest: Any) -> Any:
        if module.startswith(package):
            raise ImportError(f"No module named {module!r}")
        return known(module, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UserError) as caught:
        read(tmp_path)
    assert package in caught.value.fact
    assert "requirements-raw-text.txt" in caught.value.remedy


def test_the_language_of_texts() -> None:
    pytest.importorskip("lingua", reason=WANTED)
    speaks = make_speaks(("en", "de"))
    assert speaks is not None
    assert speaks("The committee will meet again in the autumn to discuss the budget.")
    assert speaks("Der Ausschuss wird im Herbst wieder über den Haushalt beraten.")
    assert not speaks("Le comité se réunira de nouveau à l'automne pour discuter du budget.")
    assert not speaks("12 345")
    with pytest.raises(UserError, match="does not know the language 'xx'"):
        make_speaks(("xx",))
    assert make_speaks(()) is None
