"""Choosing raw texts from files: whole, resumed, the same by any number of processes."""

import gzip
from pathlib import Path

import pytest

from scripts.corpora import selection
from scripts.corpora.corpus import SPLITS
from scripts.corpora.raw_text import RawFile, raw_files
from scripts.corpora.sampling import Rules, select_texts
from scripts.corpora.selection import Selection, Wanted, select
from scripts.project.engines import LocalProcesses
from scripts.project.errors import UserError
from scripts.project.files import hash_text
from scripts.project.resolve import resolve_files

SIZES = {"train": 40, "dev": 10, "test": 10}
PLAIN = Wanted(Rules(SIZES))
WORDS = ("red", "green", "blue", "old", "new", "tall", "small", "oak", "rose", "fern", "moss")


def text(number: int) -> str:
    """A sentence that is not near any other."""
    digits = hash_text(str(number))
    return " ".join(f"{WORDS[int(d, 16) % len(WORDS)]}{d}" for d in digits[:40])


def write_files(folder: Path, files: int = 4, texts: int = 60) -> list[RawFile]:
    folder.mkdir()
    for number in range(files):
        lines = [text(number * texts + place) for place in range(texts)]
        (folder / f"{number}.txt").write_text("\n".join(lines), encoding="utf8")
    return raw_files(resolve_files("raw_text", str(folder), known={}))


def chosen(found: Selection) -> dict[str, list[str]]:
    return {part: [raw.text for raw in found.texts(part)] for part in found.shards}


def choose(
    files: list[RawFile], folder: Path, wanted: Wanted = PLAIN, workers: int = 1
) -> Selection:
    return select(files, wanted, list, folder, LocalProcesses(workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_files_are_chosen_from_as_their_texts_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(selection, "GROUP_BYTES", 20_000)
    monkeypatch.setattr(selection, "_RUNS", 2)
    monkeypatch.setattr(selection, "SHARD_DOCS", 16)
    files = write_files(tmp_path / "raw")
    found = choose(files, tmp_path / "work", workers=workers)
    expected = select_texts(map(text, range(240)), Rules(SIZES))
    assert chosen(found) == {
        split: [raw.text for raw in texts] for split, texts in expected.texts.items()
    } | {"more": []}
    assert [shard.texts for shard in found.shards["train"]] == [16, 16, 8]
    assert found.counts == expected.counts | {"near dev or test": 0}


def test_a_damaged_file_is_listed_and_the_others_are_read(tmp_path: Path) -> None:
    files = write_files(tmp_path / "raw", files=2)
    content = gzip.compress("\n".join(map(text, range(1000, 2000))).encode())
    damaged = tmp_path / "damaged.txt.gz"
    damaged.write_bytes(content[: len(content) // 2])
    found = choose([files[0], RawFile(str(damaged)), files[1]], tmp_path / "work")
    assert list(found.refused) == [str(damaged)]
    assert "cannot be read" in found.refused[str(damaged)][0]
    assert chosen(found) == chosen(choose(files, tmp_path / "other"))
    with pytest.raises(UserError, match="cannot be read"):
        choose([RawFile(str(damaged))], tmp_path / "third")


def test_what_is_done_is_not_read_again_unless_it_is_damaged(tmp_path: Path) -> None:
    files, work = write_files(tmp_path / "raw"), tmp_path / "work"
    found = chosen(choose(files, work))
    for file in files:
        Path(file.path).write_text("something else\n", encoding="utf8")
    assert chosen(choose(files, work)) == found
    (work / "source-00000.train").write_bytes(b"")
    with pytest.raises(UserError, match="has changed since"):
        choose(files, work)


def test_near_duplicates_are_left_out_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    lines = [f"{text(number)} {end}" for number in range(30) for end in ("today", "tomorrow")]
    (tmp_path / "raw/a.txt").write_text("\n".join(lines), encoding="utf8")
    files = raw_files(resolve_files("raw_text", str(tmp_path / "raw"), known={}))
    rules = Rules(dict.fromkeys(SPLITS, 60))
    every = choose(files, tmp_path / "a", Wanted(rules))
    assert every.counts["near dev or test"] > 0
    one = choose(files, tmp_path / "b", Wanted(rules, near=False))
    texts = [raw for part in chosen(one).values() for raw in part]
    assert len({line.rsplit(" ", 1)[0] for line in texts}) == len(texts)
    assert one.counts["nearly repeated"] > 0
    refused = one.counts["nearly repeated"] + one.counts["near dev or test"]
    assert one.counts["read"] == 60 == len(texts) + refused + one.counts["not needed"]


def test_what_is_beyond_the_dose_follows_it(tmp_path: Path) -> None:
    files = write_files(tmp_path / "raw")
    dose = chosen(choose(files, tmp_path / "a"))
    rules = Rules(SIZES | {"train": 100})
    more = chosen(choose(files, tmp_path / "b", Wanted(rules, more=60)))
    assert more["train"] == dose["train"]
    whole = select_texts(map(text, range(240)), rules).texts["train"]
    assert more["train"] + more["more"] == [raw.text for raw in whole]
