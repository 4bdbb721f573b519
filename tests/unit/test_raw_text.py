"""Reading raw text and choosing from it."""

import gzip
from pathlib import Path

import pytest

from scripts.corpora.raw_text import read_texts, select_texts
from scripts.corpora.splits import assign_split
from scripts.project.errors import UserError
from scripts.project.files import hash_text

SIZES = {"train": 5, "dev": 3, "test": 4}


def test_texts_of_txt_jsonl_and_gz(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\n  two \n", encoding="utf8")
    (tmp_path / "b.jsonl").write_text('{"text": "three"}\n\n{"text": " "}\n', encoding="utf8")
    with gzip.open(tmp_path / "c.jsonl.gz", "wt", encoding="utf8") as file:
        file.write('{"text": "vier äöü", "meta": 1}\n')
    assert list(read_texts(sorted(tmp_path.iterdir()))) == ["one", "two", "three", "vier äöü"]


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("a.txt", b"\xff\xfe\xfa", "cannot be read"),
        ("a.jsonl", b'{"text": "x"}\n{"txt": 1}\n', "line 2"),
        ("a.jsonl", b"plain\n", "line 1"),
        ("a.jsonl", b"[1]\n", "line 1"),
        ("a.txt.gz", gzip.compress(b"a text " * 1000)[:40], "cannot be read"),
    ],
)
def test_damaged_files_are_errors(tmp_path: Path, name: str, content: bytes, fact: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=fact):
        list(read_texts([tmp_path / name]))


def test_the_choice_does_not_depend_on_the_order() -> None:
    texts = [f"text number {'x' * i} of many" for i in range(100)]
    one = select_texts(texts, set(), SIZES)
    other = select_texts(reversed(texts), set(), SIZES)
    assert one.texts == other.texts
    assert {split: len(chosen) for split, chosen in one.texts.items()} == SIZES
    assert one.counts["read"] == 100
    assert one.counts["not needed"] == 100 - sum(SIZES.values())
    for split, chosen in one.texts.items():
        assert all(assign_split(raw.text) == split for raw in chosen)


def test_repeated_texts_and_texts_of_the_export_are_left_out() -> None:
    selection = select_texts(["a b", "a b", "c d"], {hash_text("c d")}, SIZES)
    assert [raw.text for chosen in selection.texts.values() for raw in chosen] == ["a b"]
    assert selection.counts["repeated"] == 1
    assert selection.counts["in the export"] == 1


def test_no_usable_text_is_an_error() -> None:
    with pytest.raises(UserError, match="no usable text: nothing read"):
        select_texts([], set(), SIZES)
