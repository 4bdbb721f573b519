"""Texts to annotate next: uncertain ones, and unlike each other."""

from pathlib import Path

import pytest

from scripts.corpora.corpus import SPLITS, write_corpus
from scripts.corpora.splits import assign_split
from scripts.insight import find_waiting
from scripts.insights import next_texts
from scripts.insights.next_texts import Waiting, choose_next, choose_unlike, sample, sample_raw
from scripts.project.files import hash_text
from scripts.project.resolve import resolve_files
from tests.small_insights import gold_doc, write_gold
from tests.small_ners import train_ner

LIKE = [f"sow the beans in row {number} of the north bed" for number in ("one", "two", "three")]
OTHER = ["an owl came by at night", "my tomatoes have blight again"]


def test_the_most_uncertain_comes_first_and_then_what_is_unlike_it() -> None:
    chosen = choose_unlike([*LIKE, *OTHER], [0.9, 0.89, 0.88, 0.6, 0.5], 3)
    assert chosen == [0, 3, 4]


def test_copies_and_certain_texts_are_never_chosen() -> None:
    assert choose_unlike([OTHER[0], OTHER[0], OTHER[1]], [0.9, 0.8, 0.0], 5) == [0]
    assert choose_unlike([], [], 5) == []


def test_those_with_the_smallest_hashes_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_texts, "MOST", 2)
    texts = [Waiting([number], key, key) for number, key in enumerate("cab")]
    assert [one.hash for one in sample(texts)] == ["a", "b"]
    raw = [f"a raw text with {number} words" for number in ("two", "three", "five", "six", "ten")]
    split = [text for text in raw if assign_split(text) == "train"]
    expected = sorted(split, key=hash_text)[:2]
    assert [one.text for one in sample_raw([*raw, *raw], frozenset())] == expected


def test_a_raw_text_that_the_update_knows_is_not_looked_at(tmp_path: Path) -> None:
    texts = [f"a raw text about {letter} and {letter}" for letter in "abcdefghijkl"]
    write_gold(tmp_path, [gold_doc(texts[0], []), gold_doc(texts[1], [])])
    rehearsed, left = texts[2:6], texts[6:]
    write_corpus([gold_doc(text, []) for text in rehearsed], tmp_path / "rehearsal/train")
    for split in SPLITS:
        write_corpus([], tmp_path / "project" / split)
    path = tmp_path / "raw.txt"
    path.write_text("\n".join(texts), encoding="utf8")
    source, waiting = find_waiting(tmp_path, resolve_files("raw_text", str(path), known={}))
    assert source == "raw text"
    expected = {text for text in left if assign_split(text) == "train"}
    assert {one.text for one in waiting} == expected
    path.write_text("\n".join(rehearsed), encoding="utf8")
    assert find_waiting(tmp_path, resolve_files("raw_text", str(path), known={})) == ("none", [])
    assert find_waiting(tmp_path, None) == ("none", [])


def test_a_text_of_the_project_comes_first(tmp_path: Path) -> None:
    write_gold(tmp_path, [])
    for split in SPLITS:
        write_corpus([], tmp_path / "project" / split)
    write_corpus([gold_doc("not annotated", [], task=5)], tmp_path / "project/dev")
    source, (waiting,) = find_waiting(tmp_path, None)
    assert (source, waiting.tasks, waiting.text) == ("project", [5], "not annotated")


def test_a_pipeline_s_doubts_decide() -> None:
    nlp = train_ner("Ada saw an oak", [(11, 14, "PLANT")])
    texts = [Waiting([7], "a", "Ada saw an oak"), Waiting([8], "b", "oak oak Ada lilies oak saw")]
    chosen = choose_next(nlp, texts, ["PLANT"])
    assert chosen[0].tasks == [8]
    assert 0 <= chosen[0].certainty < 0.9
    assert all(span.label == "PLANT" for span in chosen[0].found)
