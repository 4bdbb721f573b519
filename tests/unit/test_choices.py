"""From Choices of Label Studio to the classes of texts."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc

from scripts.conversion.fields import Wanted
from scripts.conversion.label_config import parse_label_config
from scripts.conversion.label_map import LabelMap, Target
from scripts.convert import convert
from scripts.corpora.corpus import SPLITS, read_corpus
from scripts.kinds.kind import Kind
from scripts.kinds.textcat import TEXTCAT, TEXTCAT_MULTILABEL
from scripts.project.errors import UserError
from tests.small_components import choices
from tests.small_exports import annotation, spanned, task

TEXT = "The striker scored a goal."
OTHER = "Stir the soup and serve."


def convert_tasks(
    tmp_path: Path, kind: Kind, *tasks: Any, label_map: LabelMap | None = None, **options: Any
) -> tuple[list[Doc], dict[str, Any]]:
    """All gold of an export, and its record."""
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf8")
    nlp = spacy.blank("en")
    report = convert(
        paths=[tmp_path / "export.json"],
        tokenizer=nlp.tokenizer,
        output=tmp_path / "corpus",
        label_map=label_map or LabelMap(),
        wanted=Wanted(results=kind.results),
        kind=kind,
        **options,
    )
    gold = tmp_path / "corpus/gold"
    docs = [doc for split in SPLITS for doc in read_corpus(gold / split, nlp.vocab)]
    return sorted(docs, key=lambda doc: doc.text), report


def test_a_choice_is_the_class_of_a_text(tmp_path: Path) -> None:
    first = task(1, TEXT, annotation(choices("SPORT")))
    docs, report = convert_tasks(
        tmp_path, TEXTCAT, first, task(2, OTHER, annotation(choices("FOOD")))
    )
    assert [doc.cats for doc in docs] == [{"FOOD": 1, "SPORT": 0}, {"FOOD": 0, "SPORT": 1}]
    assert report["component"] == "textcat"
    assert report["labels"]["counts"] == {"FOOD": 1, "SPORT": 1}


def test_several_choices_and_none(tmp_path: Path) -> None:
    both = task(1, TEXT, annotation(choices("SPORT", "NEWS")))
    docs, _ = convert_tasks(tmp_path, TEXTCAT_MULTILABEL, both, task(2, OTHER, annotation()))
    assert [doc.cats for doc in docs] == [{"NEWS": 0, "SPORT": 0}, {"NEWS": 1, "SPORT": 1}]


def test_a_majority_decides_on_each_class(tmp_path: Path) -> None:
    said = [("SPORT", "NEWS"), ("SPORT",), ("SPORT", "NEWS"), ("FUN",)]
    by_four = [annotation(choices(*names), by=i) for i, names in enumerate(said)]
    (doc,), report = convert_tasks(tmp_path, TEXTCAT_MULTILABEL, task(1, TEXT, *by_four))
    assert doc.cats == {"SPORT": 1}  # NEWS: two of four; FUN: one of four
    assert report["spans"]["no_majority"] == 2
    assert {region["reason"] for region in report["regions"]} == {"no_majority"}
    assert report["agreement"]


def test_annotators_who_disagree_on_an_exclusive_class_leave_it_unknown(tmp_path: Path) -> None:
    said = [annotation(choices(name), by=name) for name in ("SPORT", "NEWS")]
    (doc,), _ = convert_tasks(tmp_path, TEXTCAT, task(1, TEXT, *said))
    assert doc.cats == {}
    assert not TEXTCAT.teaches(doc)


def test_ground_truth_overrules(tmp_path: Path) -> None:
    said = [annotation(choices("NEWS"), by=1), annotation(choices("NEWS"), by=2)]
    truth = annotation(choices("SPORT"), by=3, ground_truth=True)
    (doc,), _ = convert_tasks(tmp_path, TEXTCAT, task(1, TEXT, *said, truth))
    assert [span.label for span in TEXTCAT.read(doc)] == ["SPORT"]


def test_choices_go_through_the_label_map(tmp_path: Path) -> None:
    label_map = LabelMap({"Sports": Target("SPORT"), "Spam": Target(None)})
    docs, _ = convert_tasks(
        tmp_path,
        TEXTCAT_MULTILABEL,
        task(1, TEXT, annotation(choices("Sports"))),
        task(2, OTHER, annotation(choices("Spam"))),
        label_map=label_map,
    )
    assert [doc.cats for doc in docs] == [{"SPORT": 0}, {"SPORT": 1}]


def test_a_choice_for_a_part_of_a_text_is_rejected(tmp_path: Path) -> None:
    part = choices("SPORT") | {"value": {"start": 0, "end": 3, "choices": ["SPORT"]}}
    whole = [task(i, f"{OTHER} {i}", annotation(choices("FOOD"))) for i in range(3)]
    docs, report = convert_tasks(
        tmp_path, TEXTCAT, task(9, TEXT, annotation(part)), *whole, max_rejected=1.0
    )
    assert [doc.cats for doc in docs if doc.text == TEXT] == [{}]
    assert [region["reason"] for region in report["regions"]] == ["no_label"]


def test_spans_are_other_results(tmp_path: Path) -> None:
    mixed = annotation(spanned(TEXT, "striker", "PERSON"), choices("SPORT"))
    (doc,), report = convert_tasks(tmp_path, TEXTCAT, task(1, TEXT, mixed))
    assert doc.cats == {"SPORT": 1}
    assert report["results"]["labels"] == 1


def test_an_export_without_choices_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no choice for a text in"):
        convert_tasks(tmp_path, TEXTCAT, task(1, TEXT, annotation(spanned(TEXT, "goal", "X"))))


def test_the_configuration_of_choices() -> None:
    xml = """<View><Text name="text" value="$body"/>
      <Choices name="topic" toName="text"><Choice value="SPORT"/><Choice value="FOOD"/></Choices>
      <Labels name="label" toName="text"><Label value="PERSON"/></Labels></View>"""
    config = parse_label_config(xml, "config.xml", results="choices")
    assert (config.from_name, config.text_field) == ("topic", "body")
    assert [label.name for label in config.labels] == ["SPORT", "FOOD"]
    assert parse_label_config(xml, "config.xml").from_name == "label"
