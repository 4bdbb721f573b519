"""Files and folders that are there whole or not at all."""

import os
from pathlib import Path

import pytest

from scripts.project.files import (
    hash_file,
    hash_text,
    move_all,
    new_directory,
    remove_leavings,
    scratch_directory,
    write_json,
    write_text,
)


def test_a_failed_write_leaves_the_old_file_and_no_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"old": True})
    with pytest.raises(TypeError):
        write_json(path, {"new": object()})
    assert path.read_text() == '{\n  "old":true\n}\n'
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_directory_appears_when_the_block_ends(tmp_path: Path) -> None:
    with new_directory(tmp_path / "d") as folder:
        write_text(folder / "x", "1")
        assert not (tmp_path / "d").exists()
    assert (tmp_path / "d" / "x").read_text() == "1"


def write_and_fail(path: Path, name: str, error: BaseException) -> None:
    """Write a file into a new directory, then fail before the block ends."""
    with new_directory(path) as folder:
        write_text(folder / name, "2")
        raise error


def test_a_failed_block_leaves_the_old_directory(tmp_path: Path) -> None:
    with new_directory(tmp_path / "d") as folder:
        write_text(folder / "x", "1")
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "d", "x", KeyboardInterrupt())
    assert (tmp_path / "d" / "x").read_text() == "1"
    assert os.listdir(tmp_path) == ["d"]


def test_what_a_killed_run_left_is_cleaned_up(tmp_path: Path) -> None:
    (tmp_path / ".d.partial").mkdir()
    (tmp_path / ".d.partial" / "half").touch()
    (tmp_path / ".d.old").mkdir()
    (tmp_path / ".d.old" / "whole").touch()
    with pytest.raises(ValueError, match="stop"):
        write_and_fail(tmp_path / "d", "new", ValueError("stop"))
    # The kill came between the two renames: the old directory is back.
    assert os.listdir(tmp_path) == ["d"]
    assert os.listdir(tmp_path / "d") == ["whole"]


def test_what_is_moved_takes_the_place_of_what_is_there(tmp_path: Path, other_disk: Path) -> None:
    (tmp_path / "new").mkdir()
    write_text(tmp_path / "new/folder/x", "new")
    write_text(tmp_path / "new/file", "new")
    write_text(other_disk / "folder/old", "old")
    move_all(
        {
            other_disk / "folder": tmp_path / "new/folder",
            tmp_path / "a/file": tmp_path / "new/file",
        }
    )
    assert os.listdir(other_disk) == ["folder"]
    assert os.listdir(other_disk / "folder") == ["x"]
    assert (tmp_path / "a/file").read_text() == "new"


def test_all_that_was_there_stays_where_one_cannot_be_moved(tmp_path: Path) -> None:
    write_text(tmp_path / "place/a", "old")
    write_text(tmp_path / "new/a", "new")
    with pytest.raises(FileNotFoundError):
        move_all(
            {tmp_path / "place/a": tmp_path / "new/a", tmp_path / "place/b": tmp_path / "none"}
        )
    assert os.listdir(tmp_path / "place") == ["a"]
    assert (tmp_path / "place/a").read_text() == "old"


def test_a_scratch_directory_is_empty_and_goes(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "old").touch()
    with scratch_directory(tmp_path / "s") as folder:
        assert not list(folder.iterdir())
    assert not (tmp_path / "s").exists()


def test_hashes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_file(tmp_path / "a") == known == hash_text("abc")
    assert hash_text("\ud800") != hash_text("?")


def test_what_a_killed_write_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".record.json.ab12_xyz").write_text("half")
    (tmp_path / ".other.json.ab12_xyz").write_text("another's")
    (tmp_path / "record.json").write_text("whole")
    remove_leavings(tmp_path / "record.json")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".other.json.ab12_xyz", "record.json"]
