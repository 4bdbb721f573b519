"""Conversions that were stopped in the middle go on, and what is damaged is made again."""

import json
import os
import signal
import time
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import numpy as np
import pytest
import spacy
from spacy.tokens import Doc

from scripts.conversion import converting, exports
from scripts.conversion.examples import is_among
from scripts.conversion.label_map import LabelMap, Target
from scripts.convert import SHARDS, WORK, convert
from scripts.project.errors import UserError
from scripts.project.files import hash_file
from scripts.project.units import Made
from tests.small_conversions import NLP, varied_tasks, written

TASKS = varied_tasks(120)
TEXTS = len({task["data"]["text"] for task in TASKS})


class StoppedError(Exception):
    """What ends a conversion in the middle."""


class Counting:
    """A tokenizer that counts its texts, and fails after so many."""

    def __init__(self, last: int | None = None) -> None:
        self.texts, self._last = 0, last

    def __call__(self, text: str) -> Doc:
        if self.texts == self._last:
            raise StoppedError
        self.texts += 1
        return NLP.tokenizer(text)


def run(folder: Path, name: str, tokenizer: Any, **options: Any) -> Path:
    """Convert in small chunks; gives the folder of the corpora."""
    export, output = folder / "export.json", folder / name
    export.write_text(json.dumps(TASKS))
    given: dict[str, Any] = {"label_map": LabelMap(), "base_key": "base"} | options
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "_CHUNK", 8000)
        convert(paths=[export], tokenizer=tokenizer, output=output, **given)
    return output


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpora of a conversion that nothing stopped."""
    return run(tmp_path_factory.mktemp("whole"), "corpus", NLP.tokenizer)


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A folder with a conversion that was stopped at its 60th text."""
    with pytest.raises(StoppedError):
        run(tmp_path, "corpus", Counting(60))
    assert set(written(tmp_path / "corpus")) == {
        name for name in written(tmp_path / "corpus") if name.startswith(WORK)
    }
    return tmp_path


class Deadly(Counting):
    """A tokenizer that kills its process at its 20th text."""

    def __call__(self, text: str) -> Doc:
        if self.texts == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(text)


def shards(corpus: Path) -> dict[str, Made]:
    record = json.loads((corpus / SHARDS).read_text())
    return {made.name: made for made in msgspec.convert(record["shards"], list[Made])}


def test_a_stopped_conversion_goes_on(stopped: Path, whole: Path) -> None:
    done = {path.stem for path in (stopped / "corpus" / WORK / "parts").glob("*.json")}
    assert 1 < len(done) < len(shards(whole))
    kept = {f"parts/{name}" for name in done}
    before = {
        name: msgspec.json.decode((stopped / "corpus" / WORK / f"{name}.json").read_bytes())
        for name in kept
    }
    tokenizer = Counting()
    corpus = run(stopped, "corpus", tokenizer)
    docs = sum(sum(made.counts.values()) - made.counts["tasks"] for made in shards(corpus).values())
    assert tokenizer.texts < TEXTS - 40
    assert docs <= TEXTS
    assert {name: shards(corpus)[name].seconds for name in kept} == pytest.approx(
        {name: record["seconds"] for name, record in before.items()}
    )
    assert written(corpus) == written(whole)


def test_what_was_made_before_a_process_was_killed_is_kept(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="A worker process was killed"):
        run(tmp_path, "corpus", Deadly(), workers=2)
    done = len(list((tmp_path / "corpus" / WORK / "texts").glob("*.json")))
    assert done > 10
    assert written(run(tmp_path, "corpus", NLP.tokenizer)) == written(whole)


@pytest.mark.parametrize("pattern", ["gold/*/*.spacy", "texts/*", "parts/*.value", "parts/*.json"])
def test_what_is_damaged_is_made_again(stopped: Path, whole: Path, pattern: str) -> None:
    damaged = sorted((stopped / "corpus" / WORK).glob(pattern))[:2]
    for path in damaged:
        content = path.read_bytes()
        path.write_bytes(content[:-9] + bytes(9))
    assert damaged
    assert written(run(stopped, "corpus", NLP.tokenizer)) == written(whole)


@pytest.mark.parametrize(
    "options",
    [{"base_key": "another"}, {"label_map": LabelMap({"PER": Target("PERSON")})}],
)
def test_what_was_made_otherwise_is_made_again(
    stopped: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    tokenizer = Counting()
    corpus = run(stopped, "corpus", tokenizer, **options)
    assert tokenizer.texts == TEXTS
    assert written(corpus) == written(run(tmp_path, "other", NLP.tokenizer, **options))


def test_a_shard_that_has_its_place_already_stays_as_it_is(stopped: Path) -> None:
    """As after a kill between the appearance of the corpora and the end."""
    shard = next((stopped / "corpus" / WORK).glob("gold/train/*.spacy"))
    os.link(shard, stopped / "placed.spacy")
    before = hash_file(shard)
    run(stopped, "corpus", NLP.tokenizer, label_map=LabelMap({"PER": Target("PERSON")}))
    assert hash_file(stopped / "placed.spacy") == before


def test_a_large_vocabulary_does_not_grow(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "_WORDS", 0)
    tokenizer = spacy.blank("en").tokenizer
    before = len(tokenizer.vocab.strings)
    assert written(run(tmp_path, "corpus", tokenizer)) == written(whole)
    assert len(tokenizer.vocab.strings) < before + 10  # labels, but no words


def test_the_record_of_shards_says_what_is_there(whole: Path) -> None:
    found = {file: known for made in shards(whole).values() for file, known in made.files.items()}
    there = {
        str(path.relative_to(whole)): hash_file(path)
        for path in whole.rglob("*.spacy")
        if path.name != "00000.spacy"  # of a corpus without Docs
    }
    assert found == there
    assert len(there) > 10
    assert all(len(made.source) == 64 and made.seconds >= 0 for made in shards(whole).values())


def test_an_export_that_changes_while_it_is_read(tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    export.write_text(json.dumps(TASKS * 40))

    def grow() -> None:
        while not (tmp_path / "corpus" / WORK / "texts").exists():
            time.sleep(0.001)
        with export.open("a") as file:
            file.write("\n")

    writer = Thread(target=grow)
    writer.start()
    with pytest.raises(UserError, match="has changed while it was read"):
        convert(
            paths=[export],
            tokenizer=NLP.tokenizer,
            output=tmp_path / "corpus",
            label_map=LabelMap(),
        )
    writer.join()
    assert not (tmp_path / "corpus" / "gold").exists()


def test_hashes_are_found_among_sorted_ones() -> None:
    known = np.array([3, 5, 9], np.uint64)
    asked = np.array([9, 1, 5, 10, 3, 4], np.uint64)
    assert is_among(asked, known).tolist() == [True, False, True, False, True, False]
    assert is_among(asked, known[:0]).tolist() == [False] * 6
