"""The rules of the conversion, each with its counter and its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
import srsly

from scripts.conversion.label_config import ConfiguredLabel, LabelConfig
from scripts.conversion.label_map import LabelMap, Target
from scripts.convert import REFUSED
from scripts.corpora.corpus import get_provenance
from scripts.project.errors import UserError
from tests.small_conversions import ANNA, NLP, TEXT, Converted, entities, lines, missing
from tests.small_exports import annotation, region, spanned, task


def test_what_is_gold_and_what_is_not(run: Callable[..., Converted]) -> None:
    prediction = {"id": 5, "result": [ANNA], "model_version": "m"}
    report, docs = run(
        task(1, TEXT, annotation(ANNA)),
        task(2, "Annotated without entities", annotation()),
        task(3, "Nobody has seen this sentence"),
        task(4, "Only a draft so far here", drafts=[prediction]),
        task(5, "Only predictions of a model", predictions=[prediction]),
        task(6, "Skipped by the only annotator", annotation(ANNA, was_cancelled=True)),
        task(7, "Skipped by one of them", annotation(was_cancelled=True), annotation()),
    )
    sources = {get_provenance(doc).tasks[0]: get_provenance(doc).source for doc in docs.values()}
    assert sources == {1: "gold", 2: "gold", 3: "project", 4: "project", 5: "project", 7: "gold"}
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == []
    assert docs["Annotated without entities"].ents == ()
    assert missing(docs["Annotated without entities"]) == []
    assert not docs["Nobody has seen this sentence"].has_annotation("ENT_IOB")
    assert report["tasks"] == {
        "tasks": 7,
        "annotated": 1,
        "annotated_empty": 2,
        "unannotated": 1,
        "only_drafts": 1,
        "only_predictions": 1,
        "skipped": 1,
        "merged_into_others": 0,
    }
    assert report["labels"] == {"annotated": ["PER"], "counts": {"PER": 1}, "unmapped": []}
    assert report["regions"] == []


def test_accepted_prediction_is_an_annotation(run: Callable[..., Converted]) -> None:
    accepted = {**ANNA, "origin": "prediction"}
    _, docs = run(task(1, TEXT, annotation(accepted, parent_prediction=7)))
    assert entities(docs[TEXT]) == [("Anna", "PER")]


def test_ground_truth_overrules(run: Callable[..., Converted]) -> None:
    city = spanned(TEXT, "New York City", "LOC")
    report, docs = run(
        task(1, TEXT, annotation(ANNA), annotation(city, by=2, ground_truth=True), annotation(ANNA))
    )
    assert entities(docs[TEXT]) == [("New York City", "LOC")]
    assert missing(docs[TEXT]) == []
    assert report["spans"]["overruled"] == 2
    assert report["spans"]["regions"] == 3


def test_majority_and_dispute(run: Callable[..., Converted]) -> None:
    city = spanned(TEXT, "New York City", "LOC")
    part = spanned(TEXT, "New York", "LOC")
    report, docs = run(
        task(1, TEXT, annotation(ANNA, city), annotation(ANNA, part, by=2), annotation(part, by=3))
    )
    assert entities(docs[TEXT]) == [("Anna", "PER"), ("New York", "LOC")]
    assert missing(docs[TEXT]) == ["City"]
    assert lines(report) == [(1, "LOC", "no_majority", "tokens missing")]
    assert {(tuple(r["annotators"]), r["label"]): r["exact"] for r in report["agreement"]}[
        ("2", "3"), "LOC"
    ] == 1.0


def test_same_text_in_several_tasks_is_one_example(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(1, TEXT, annotation(ANNA)),
        task(2, "Another one"),
        task(3, TEXT),
        task(4, TEXT, annotation(ANNA, by=2)),
    )
    assert get_provenance(docs[TEXT]).tasks == (1, 3, 4)
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert report["tasks"]["merged_into_others"] == 2
    assert len(docs) == 2


def test_rows_of_one_task_are_one_task_of_the_example(run: Callable[..., Converted]) -> None:
    """JSON_MIN has a row an annotation."""
    row = {"id": 7, "text": TEXT, "label": [ANNA["value"]]}
    report, docs = run(
        {**row, "annotator": 1, "annotation_id": 1}, {**row, "annotator": 2, "annotation_id": 2}
    )
    assert get_provenance(docs[TEXT]).tasks == (7,)
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert report["tasks"]["merged_into_others"] == 1


def test_offsets_are_repaired(run: Callable[..., Converted]) -> None:
    text = "👩‍🚀 met Anna in Paris"
    report, docs = run(
        task(
            1,
            text,
            annotation(
                region(10, 14, "Anna", "PER"),
                region(0, 3, "Paris", "LOC"),
                region(5, 8, " met", "X"),
            ),
        )
    )
    assert entities(docs[text]) == [("met", "X"), ("Anna", "PER"), ("Paris", "LOC")]
    assert lines(report) == [
        (1, "PER", "utf16", "repaired"),
        (1, "LOC", "occurrence", "repaired"),
        (1, "X", "occurrence", "repaired"),
    ]
    assert report["regions"][0]["to"] == [8, 12]


def test_rejected_region_makes_the_rest_missing(run: Callable[..., Converted]) -> None:
    report, docs = run(task(1, TEXT, annotation(ANNA, region(5, 9, "Bob", "PER"))))
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == [t.text for t in NLP(TEXT)][1:]
    assert lines(report) == [(1, "PER", "text_not_found", "rejected")]
    assert (report["spans"]["regions"], report["spans"]["rejected"]) == (2, 1)


def test_trimmed_and_cut(run: Callable[..., Converted]) -> None:
    trimmed = region(4, 9, " met ", "V")
    cut = spanned(TEXT, "rumpism", "T")
    report, docs = run(task(1, TEXT, annotation(trimmed, cut)))
    assert entities(docs[TEXT]) == [("met", "V")]
    assert missing(docs[TEXT]) == ["Trumpism"]
    assert lines(report) == [
        (1, "V", "edge_whitespace", "repaired"),
        (1, "T", "token_boundaries", "tokens missing"),
    ]


def test_nested_crossing_and_twice(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(
            1,
            TEXT,
            annotation(
                spanned(TEXT, "New York", "A"),
                spanned(TEXT, "New York City", "B"),
                spanned(TEXT, "voters in New", "C"),
                ANNA,
                ANNA,
            ),
        )
    )
    doc = docs[TEXT]
    assert entities(doc) == [("Anna", "PER"), ("voters in New", "C")]
    assert missing(doc) == ["York", "City"]
    assert {(s.text, s.label_) for s in doc.spans["sc"]} == {
        ("New York", "A"),
        ("New York City", "B"),
        ("voters in New", "C"),
        ("Anna", "PER"),
    }
    assert report["spans"]["overlap"] == 2
    assert report["labels"]["annotated"] == ["A", "B", "C", "PER"]


@pytest.mark.parametrize("separate", [True, False])
def test_two_labels_on_a_span(separate: bool, run: Callable[..., Converted]) -> None:
    labels = [("A",), ("B",)] if separate else [("A", "B")]
    regions = [spanned(TEXT, "Anna", *given) for given in labels]
    report, docs = run(task(1, TEXT, annotation(*regions)))
    assert entities(docs[TEXT]) == []
    assert missing(docs[TEXT]) == ["Anna"]
    assert report["spans"]["two_labels"] == 2


def test_label_map(run: Callable[..., Converted]) -> None:
    label_map = LabelMap(
        {
            "Person": Target("PER", 1),
            "People": Target("PER"),
            "Verb": Target(None),
            "X": Target("x", 2),
        }
    )
    report, docs = run(
        task(
            1,
            TEXT,
            annotation(
                spanned(TEXT, "Anna", "Person", "People", "X"),
                spanned(TEXT, "met", "Verb"),
                spanned(TEXT, "voters", "Peple"),
                spanned(TEXT, "City", "Person", "Peple"),
            ),
        ),
        task(2, "x", annotation(region(0, 1, "x", "X"), region(0, 1, "x", "People"))),
        label_map=label_map,
    )
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == ["voters", "City"]
    assert report["labels"]["annotated"] == ["PER", "x"]
    assert report["labels"]["unmapped"] == [{"label": "Peple", "count": 2, "similar": "People"}]
    assert report["spans"]["ignored_label"] == 1
    assert report["spans"]["unmapped_label"] == 2


def test_label_map_with_unknown_labels(run: Callable[..., Converted]) -> None:
    with pytest.raises(UserError, match="Dog") as caught:
        run(task(1, TEXT, annotation(ANNA)), label_map=LabelMap({"Dog": Target("D")}))
    assert "PER" in caught.value.remedy


def test_label_outside_the_configuration(run: Callable[..., Converted]) -> None:
    config = LabelConfig("label", "text", "text", False, (ConfiguredLabel("PER", ()),))
    other = region(5, 8, "met", "V", control="other")
    report, docs = run(
        task(1, TEXT, annotation(ANNA, spanned(TEXT, "City", "LOC"), other)),
        label_map=LabelMap(None, config.labels),
        config=config,
    )
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == ["City"]
    assert report["labels"]["annotated"] == ["PER"]
    assert report["results"]["regions of other fields"] == 1


@pytest.mark.parametrize("label", ["None", "O", "with space", "Größe", "B-PER", "-", "_"])
def test_labels_of_any_name(label: str, run: Callable[..., Converted]) -> None:
    _, docs = run(task(1, TEXT, annotation(spanned(TEXT, "New York", label))))
    assert entities(docs[TEXT]) == [("New York", label)]


@pytest.mark.parametrize(
    "text",
    ["\u0000 Anna", "a\r\nb Anna", "א Anna ב", "e\u0301 Anna\u200d", "\u00a0Anna", "👩‍🚀 Anna"],
)
def test_any_text(text: str, run: Callable[..., Converted]) -> None:
    _, docs = run(task(1, text, annotation(spanned(text, "Anna", "PER"))))
    (entity,) = docs[text].ents or [None]
    assert entity is None or entity.text == "Anna"
    assert entity or missing(docs[text])


def test_texts_that_cannot_be_used(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(1, TEXT, annotation(ANNA)),
        task(2, "lone \ud83d surrogate", annotation(region(0, 4, "lone", "X"))),
        task(3, " \n"),
        {"id": 4, "data": {"other": "x"}, "annotations": []},
        task(5, 17),
    )
    assert list(docs) == [TEXT]
    assert [(line["task"], line["reason"]) for line in report["left_out"]] == [
        (2, "lone surrogates, which no Doc can hold"),
        (3, "the text is empty"),
        (4, "no text under 'text'"),
        (5, "no text under 'text'"),
    ]
    assert lines(report) == [(2, "X", "text_rejected", "rejected")]


def test_damaged_annotation_is_neither_gold_nor_project(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(1, TEXT, annotation(ANNA)), task(2, "Something else", {"id": 9, "result": None})
    )
    assert list(docs) == [TEXT]
    assert report["left_out"] == [{"task": 2, "reason": "damaged_annotation", "annotation": "9"}]


def test_too_many_rejected(run: Callable[..., Converted], tmp_path: Path) -> None:
    run(task(1, TEXT, annotation(ANNA)))
    before = sorted(tmp_path.rglob("*"))
    bad = region(5, 9, "Bob", "PER")
    with pytest.raises(UserError, match=r"1 of 2 spans were rejected \(50.0%\)") as error:
        run(task(1, TEXT, annotation(ANNA, bad)), max_rejected=0.49)
    assert "1 (what it quotes is not in the text)" in str(error.value)
    refused = tmp_path / "corpus" / REFUSED
    assert sorted(tmp_path.rglob("*")) == sorted([*before, refused])
    assert srsly.read_json(refused)["spans"]["rejected"] == 1
    assert srsly.read_json(tmp_path / "corpus" / "conversion.json")["spans"]["regions"] == 1
    run(task(1, TEXT, annotation(ANNA, bad)), max_rejected=0.5)
    assert not refused.exists()


def test_strict(run: Callable[..., Converted]) -> None:
    run(task(1, TEXT, annotation(ANNA)), strict=True)
    with pytest.raises(UserError, match="strict"):
        run(task(1, TEXT, annotation(spanned(TEXT, "rumpism", "T"))), strict=True)
