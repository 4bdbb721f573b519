import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly

from scripts.corpora.corpus import SPLITS
from scripts.corpora.splits import HeldOut, assign_split
from scripts.demo import SHARES, demo_files, read_grammars
from scripts.demonstration.grammar import part_of, read_patterns
from tests.demo_tasks import KINDS, LABELS, PlannedTask, plan_tasks, to_result

DEMO = Path(__file__).parents[2] / "assets" / "demo"
GRAMMAR = DEMO / "grammar"


@pytest.fixture(scope="module")
def plan() -> list[PlannedTask]:
    return plan_tasks(GRAMMAR)


@pytest.fixture(scope="module")
def export() -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = srsly.read_json(DEMO / "export.json")
    return tasks


def test_the_grammar_writes_exactly_the_files_that_are_there() -> None:
    for name, text in demo_files(GRAMMAR).items():
        assert (DEMO / name).read_bytes() == text.encode("utf8"), f"python -m scripts.demo: {name}"


def test_the_export_is_the_plan(plan: list[PlannedTask], export: list[dict[str, Any]]) -> None:
    def essence(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [region["value"] for region in results]

    assert len(export) == len(plan)
    for task, planned in zip(sorted(export, key=lambda task: task["id"]), plan, strict=True):
        assert (task["data"]["text"], task["meta"]["group"]) == (planned.text, planned.group)
        assert [
            (essence(a["result"]), a["was_cancelled"], a["ground_truth"])
            for a in sorted(task["annotations"], key=lambda annotation: annotation["id"])
        ] == [
            (essence(to_result(planned.text, a.spans)), a.skipped, a.ground_truth)
            for a in planned.annotations
        ]
        assert bool(task["drafts"]) == (planned.draft is not None)
        assert bool(task["predictions"]) == (planned.prediction is not None)


def test_every_kind_of_task_is_there(export: list[dict[str, Any]]) -> None:
    annotations = [task["annotations"] for task in export]
    usable = [a for a in annotations if any(not x["was_cancelled"] for x in a)]
    texts = Counter(task["data"]["text"] for task in export)
    assert len(usable) >= 300
    assert annotations.count([]) >= KINDS["unannotated"]
    assert sum(1 for a in usable if all(not x["result"] for x in a)) >= 5
    assert len({x["completed_by"] for a in annotations for x in a}) == 2
    assert sum(1 for text in texts if "\r\n" in text) >= 3
    assert sum(1 for text in texts if any(ord(letter) > 0xFFFF for letter in text)) >= 4
    assert sorted(texts.values())[-3:] == [1, 2, 2]
    assert {len(a) for a in annotations} == {0, 1, 2}


def test_the_files_are_small_and_name_no_real_mailbox() -> None:
    paths = [path for path in DEMO.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in paths) < 3_000_000
    hosts = set(re.findall(r"[\w.+-]+@([\w.-]+)", (DEMO / "export.json").read_text("utf8")))
    assert hosts <= {"example.com"}


@pytest.mark.parametrize("name", ["base_corpus.jsonl", "retained_gold.jsonl"])
def test_annotated_texts_have_entities_on_token_boundaries(name: str) -> None:
    nlp = spacy.blank("en")
    labels = set()
    for line in srsly.read_jsonl(DEMO / name):
        doc = nlp.make_doc(line["text"])
        for span in line["spans"]:
            assert doc.char_span(span["start"], span["end"]) is not None, line
            labels.add(span["label"])
    assert labels == {"PERSON", "ORG", "GPE", "DATE"}


def test_annotators_mark_two_new_labels_and_a_shared_one(plan: list[PlannedTask]) -> None:
    marked = Counter(span.label for task in plan for a in task.annotations for span in a.spans)
    assert set(marked) == set(LABELS) == {"PERSON", "PEST", "PLANT"}
    config = (DEMO / "label_config.xml").read_text()
    assert set(re.findall(r'<Label value="(\w+)"', config)) == set(LABELS)


def test_splits_have_their_shares(plan: list[PlannedTask]) -> None:
    splits = Counter(assign_split(task.text, task.group) for task in plan)
    assert 0.65 < splits["train"] / len(plan) < 0.8
    assert 0.05 < splits["dev"] / len(plan) < 0.15
    assert 0.15 < splits["test"] / len(plan) < 0.25


def test_no_training_text_is_near_a_held_out_one(plan: list[PlannedTask]) -> None:
    texts: dict[str, list[str]] = {split: [] for split in SPLITS}
    for task in plan:
        texts[assign_split(task.text, task.group)].append(task.text)
    assert not any(HeldOut(texts["dev"] + texts["test"]).near_many(texts["train"]))


def test_splits_have_names_and_patterns_of_their_own() -> None:
    grammars = read_grammars(GRAMMAR)
    for key, names in grammars["all"].names.items():
        common = {name for name in names if part_of(name, SHARES) == "all"}
        for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
            shared = set(grammars[one].names[key]) & set(grammars[other].names[key])
            assert shared == common, key
    for file in ("general.yml", "garden.yml"):
        by_split: dict[str, set[str]] = {split: set() for split in SPLITS}
        for group, patterns in read_patterns(GRAMMAR / file).items():
            by_split[assign_split("", group)].update(patterns)
        assert not by_split["train"] & (by_split["dev"] | by_split["test"])


def entities(lines: Iterator[Any]) -> set[str]:
    return {line["text"][s["start"] : s["end"]].lower() for line in lines for s in line["spans"]}


def test_most_entities_of_the_retained_gold_are_new() -> None:
    base = entities(srsly.read_jsonl(DEMO / "base_corpus.jsonl"))
    gold = entities(srsly.read_jsonl(DEMO / "retained_gold.jsonl"))
    assert len(gold - base) > 0.5 * len(gold)
