"""Units of work: done once, made again when anything is wrong with them."""

from pathlib import Path

import pytest

from scripts.project.files import hash_file
from scripts.project.units import Made, find_made, link, make_key, restore, total, write_made


@pytest.fixture
def done(tmp_path: Path) -> Made:
    (tmp_path / "work/a").mkdir(parents=True)
    file = tmp_path / "work/a/0.spacy"
    file.write_bytes(b"content")
    made = Made("a/0", "key", {"a/0.spacy": hash_file(file)}, {"docs": 3}, 0.5)
    write_made(tmp_path / "work", made)
    return made


def test_what_is_done_is_found(tmp_path: Path, done: Made) -> None:
    assert find_made(tmp_path / "work", "a/0", "key") == done
    assert find_made(tmp_path / "work", "a/1", "key") is None
    assert find_made(tmp_path / "work", "a/0", "another key") is None


@pytest.mark.parametrize("content", [b"Content", b"conten", b"", None])
def test_a_damaged_file_is_made_again(tmp_path: Path, done: Made, content: bytes | None) -> None:
    file = tmp_path / "work/a/0.spacy"
    file.unlink() if content is None else file.write_bytes(content)
    assert find_made(tmp_path / "work", "a/0", "key") is None


def test_a_damaged_record_is_as_good_as_none(tmp_path: Path, done: Made) -> None:
    record = tmp_path / "work/a/0.json"
    record.write_bytes(record.read_bytes()[:-1])
    assert find_made(tmp_path / "work", "a/0", "key") is None


def test_an_earlier_output_is_taken_over(tmp_path: Path, done: Made) -> None:
    output, work = tmp_path / "work", tmp_path / "next"
    lost = Made("a/1", "key", {"a/1.spacy": "0" * 64}, {"docs": 2}, 0.5)
    restore([done, lost], output, work)
    assert find_made(work, "a/0", "key") == done
    assert find_made(work, "a/1", "key") is None
    assert total([done, lost]) == {"docs": 5}


def test_a_link_takes_the_place_of_what_was_there(tmp_path: Path, done: Made) -> None:
    (tmp_path / "other").write_bytes(b"other")
    link(tmp_path / "other", tmp_path / "work/a/0.spacy")
    assert (tmp_path / "work/a/0.spacy").read_bytes() == b"other"


def test_keys_differ_when_anything_does() -> None:
    assert make_key("a", "b") == make_key("a", "b")
    assert len({make_key("a", "b"), make_key("ab"), make_key("b", "a"), make_key("a", b"b")}) == 4
