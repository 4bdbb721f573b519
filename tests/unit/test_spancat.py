"""Spans that may overlap: from regions of Label Studio to a second spancat behind a frozen one."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.training import Example

from scripts.beside import HoldSpans, MergeSpans
from scripts.conversion.label_map import LabelMap, Target
from scripts.convert import convert
from scripts.corpora.corpus import SPLITS, read_corpus, write_corpus
from scripts.evaluation.scores import CharSpan
from scripts.kinds.kind import UNKNOWN, Claims
from scripts.kinds.spancat import (
    SPANCAT,
    best_threshold,
    covering,
    fit,
    ignore_unknown,
    read_scored,
    refuse,
    settle,
)
from scripts.kinds.teaching import teach
from scripts.label_studio.regions import Found, other_answers
from scripts.project.errors import UserError
from scripts.training.merging import Scheme
from tests.small_exports import annotation, spanned, task
from tests.small_tokens import make_spancat, tasks_with_tools

TEXT = "We repair old steam engines."
TASK, TOOL = CharSpan(3, 27, "TASK"), CharSpan(14, 27, "TOOL")
SCHEME = Scheme(frozenset({"TOOL"}), frozenset({"TASK"}))
LABELS = ("TASK", "TOOL")


def make(*spans: CharSpan) -> Doc:
    doc = spacy.blank("en").make_doc(TEXT)
    doc.spans["sc"] = [doc.char_span(*span) for span in spans]
    return doc


@pytest.fixture(scope="module")
def base() -> Language:
    return make_spancat()


def convert_tasks(tmp_path: Path, *tasks: Any, **options: Any) -> tuple[Doc, dict[str, Any]]:
    """The gold of an export of one text, and its record."""
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf8")
    nlp = spacy.blank("en")
    report = convert(
        paths=[tmp_path / "export.json"],
        tokenizer=nlp.tokenizer,
        output=tmp_path / "corpus",
        kind=SPANCAT,
        **{"label_map": LabelMap(), **options},
    )
    gold = tmp_path / "corpus/gold"
    (doc,) = [doc for split in SPLITS for doc in read_corpus(gold / split, nlp.vocab)]
    return doc, report


def unknown(doc: Doc) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.spans[UNKNOWN]]


def test_regions_that_overlap_all_become_spans(tmp_path: Path) -> None:
    spans = [
        spanned(TEXT, "repair old steam engines", "TASK", name="a"),
        spanned(TEXT, "steam engines", "TOOL", name="b"),
        spanned(TEXT, "steam engines", "MACHINE", name="c"),
    ]
    doc, report = convert_tasks(tmp_path, task(1, TEXT, annotation(*spans)))
    assert SPANCAT.read(doc) == [TASK, CharSpan(14, 27, "MACHINE"), TOOL]
    assert SPANCAT.unknown(doc) == []
    assert report["spans"]["spans"] == 3
    assert report["regions"] == []
    assert report["labels"]["counts"] == {"MACHINE": 1, "TASK": 1, "TOOL": 1}


def test_what_annotators_dispute_is_unknown_for_its_label_alone(tmp_path: Path) -> None:
    whole = spanned(TEXT, "repair old steam engines", "TASK", name="a")
    first = annotation(whole, spanned(TEXT, "engines", "TOOL", name="b"), by=1)
    second = annotation(whole, spanned(TEXT, "steam engines", "TOOL", name="c"), by=2)
    doc, report = convert_tasks(tmp_path, task(1, TEXT, first, second))
    assert SPANCAT.read(doc) == [TASK]
    assert unknown(doc) == [("engines", "TOOL"), ("steam engines", "TOOL")]
    assert {region["reason"] for region in report["regions"]} == {"no_majority"}
    assert len(json.loads((tmp_path / "corpus/disputes.json").read_text())) == 1


def test_what_cuts_a_token_or_is_outside_the_map_is_unknown(tmp_path: Path) -> None:
    spans = [
        spanned(TEXT, "steam eng", "TOOL", name="a"),
        spanned(TEXT, "old", "AGE", name="b"),
        spanned(TEXT, "We", "WHO", name="c"),
    ]
    names = {"TOOL": Target("TOOL"), "WHO": Target(None)}
    doc, report = convert_tasks(
        tmp_path, task(1, TEXT, annotation(*spans)), label_map=LabelMap(names)
    )
    assert SPANCAT.read(doc) == []
    assert unknown(doc) == [("steam engines", "TOOL"), ("old", "")]
    reasons = [region["reason"] for region in report["regions"]]
    assert sorted(reasons) == ["token_boundaries", "unmapped_label"]


def test_nothing_is_known_of_a_text_with_a_region_that_is_not_found(tmp_path: Path) -> None:
    lost = spanned(TEXT, "old", "TOOL") | {"value": {"start": 90, "end": 99, "labels": ["TOOL"]}}
    told = annotation(lost, spanned(TEXT, "steam engines", "TOOL", name="b"))
    doc, _ = convert_tasks(tmp_path, task(1, TEXT, told), max_rejected=1.0)
    assert SPANCAT.read(doc) == [TOOL]
    assert unknown(doc) == [(TEXT, "")]


@pytest.mark.parametrize(
    ("source", "said", "found", "becomes", "doubted"),
    [
        ("gold", [TASK], [], [TASK, TOOL], []),  # completed by the base
        ("project", [TASK], [TOOL], [TASK, TOOL], []),
        ("raw", [TASK], [TOOL], [TASK], []),  # what the specialist alone finds is not there
    ],
)
def test_what_the_teachers_make_of_a_text(
    source: Any,
    said: list[CharSpan],
    found: list[CharSpan],
    becomes: list[CharSpan],
    doubted: list[str],
) -> None:
    doc = make()
    if source == "gold":
        SPANCAT.write(doc, Claims([TOOL]), ("TOOL",))
    assert teach(SPANCAT, doc, source, make(*said), make(*found), SCHEME) == said
    assert SPANCAT.read(doc) == becomes
    assert [span.label_ for span in doc.spans[UNKNOWN]] == doubted


def test_the_suggester_knows_the_lengths_of_base_and_annotators() -> None:
    block = {"suggester": {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 5, "max_size": 6}}
    fit(block, [make(TOOL), make(TASK)] * 60)
    assert block["suggester"] == {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3, 4, 5, 6]}
    untouched = {"suggester": {"@misc": "spacy.ngram_suggester.v1", "sizes": [3]}}
    fit(untouched, [make()])
    assert untouched["suggester"]["sizes"] == [3]


def test_one_span_of_a_hundred_may_be_longer_than_the_suggester_knows() -> None:
    assert covering(Counter({1: 60, 4: 39, 30: 1})) == 4
    assert covering(Counter({1: 60, 4: 38, 30: 2})) == 30
    assert covering(Counter()) == 0


def test_spans_of_a_page_are_refused() -> None:
    doc = spacy.blank("en").make_doc("word " * 200)
    doc.spans["sc"] = [doc[0:150]]
    with pytest.raises(UserError, match="has 150 words or more"):
        fit({}, [doc])


def test_the_unknown_is_not_learnt() -> None:
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("spancat")
    known = make(TASK)
    known.spans[UNKNOWN] = [known.char_span(*TOOL)]
    examples = [Example(nlp.make_doc(TEXT), known), Example(nlp.make_doc(TEXT), make(TASK, TOOL))]
    nlp.initialize(lambda: examples)
    assert pipe.labels == LABELS
    found = pipe.predict([example.predicted for example in examples])
    _, before = pipe.get_loss(examples, found)
    ignore_unknown(pipe)
    _, after = pipe.get_loss(examples, found)
    places = found[0][0].dataXd
    touched = (places[:, 0] < 5) & (places[:, 1] > 3)
    half = len(places)
    assert 0 < touched.sum() < half
    assert not after[:half][touched, 1].any()
    assert np.array_equal(after[:half][~touched], before[:half][~touched])
    assert np.array_equal(after[:half, 0], before[:half, 0])  # of the other label all is known
    assert np.array_equal(after[half:], before[half:])


def test_what_is_right_is_learnt_within_the_unknown() -> None:
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("spancat", config={"suggester": {"sizes": [2, 4]}})
    known = make(TOOL)
    known.spans[UNKNOWN] = [known.char_span(0, len(TEXT), "")]
    examples = [Example(nlp.make_doc(TEXT), known)]
    nlp.initialize(lambda: examples)
    found = pipe.predict([examples[0].predicted])
    ignore_unknown(pipe)
    _, gradients = pipe.get_loss(examples, found)
    learnt = gradients.any(axis=1)
    assert [tuple(place) for place in found[0][0].dataXd[learnt]] == [(3, 5)]


def test_the_threshold_is_that_with_the_highest_f() -> None:
    gold = [([TASK, TOOL], [(0, 2)])] * 2
    sure = {TASK: 0.8, TOOL: 0.35, CharSpan(0, 2, "TOOL"): 0.9, CharSpan(3, 9, "TOOL"): 0.3}
    assert best_threshold(gold, [sure] * 2, {"TOOL"}) == 0.35
    assert best_threshold(gold, [sure] * 2, {"TASK"}) == 0.5  # many do: the nearest to a half


def test_dev_settles_the_threshold_of_a_trained_spancat(base: Language, tmp_path: Path) -> None:
    docs = []
    for one in tasks_with_tools(5, 60):
        doc = base.make_doc(one.text)
        doc.spans["sc"] = [doc.char_span(*span) for span in one.spans if span[2] == "TASK"]
        docs.append(doc)
    write_corpus(docs, tmp_path / "dev")
    write_corpus(docs[:5], tmp_path / "few")
    # Scores of a model that is too sure of itself.
    (linear,) = [n for n in base.get_pipe("spancat").model.walk() if n.name == "linear"]
    trained = tmp_path / "trained"
    before = linear.get_param("b").copy()
    linear.set_param("b", before + 7)
    base.to_disk(trained)
    linear.set_param("b", before)
    settle(trained, tmp_path / "few", {"TASK"})
    assert spacy.load(trained).get_pipe("spancat").cfg["threshold"] == 0.5
    settle(trained, tmp_path / "dev", {"TASK"})
    settled = spacy.load(trained)
    chosen = settled.get_pipe("spancat").cfg["threshold"]
    assert chosen > 0.5
    assert settled.get_pipe_config("spancat")["threshold"] == chosen


def test_a_base_with_spans_elsewhere_is_refused() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("span_ruler")
    refuse(nlp)
    nlp.add_pipe("span_ruler", name="own", config={"spans_key": "sc"})
    with pytest.raises(UserError, match="own, a span_ruler, writes"):
        refuse(nlp)
    nlp = spacy.blank("en")
    nlp.add_pipe("spancat", config={"spans_key": "skills"})
    with pytest.raises(UserError, match=r"writes doc.spans\['skills'\]") as refused:
        refuse(nlp)
    assert "get_pipe_config" in refused.value.remedy


def test_the_second_has_the_say_in_its_labels_and_the_scores_go_along() -> None:
    doc = spacy.blank("en").make_doc(TEXT)
    doc.spans["sc"] = group(doc, {TASK: 0.9, CharSpan(3, 9, "TOOL"): 0.6})
    doc = HoldSpans("held")(doc)
    assert "sc" not in doc.spans
    doc.spans["sc"] = group(doc, {TOOL: 0.75, CharSpan(10, 13, "TASK"): 0.9})
    doc = MergeSpans("held", frozenset({"TOOL"}))(doc)
    assert read_scored(doc) == {TASK: pytest.approx(0.9), TOOL: pytest.approx(0.75)}
    assert list(doc.spans) == ["sc"]


def test_spans_are_served_with_their_scores() -> None:
    doc = spacy.blank("en").make_doc(TEXT)
    doc.spans["sc"] = group(doc, {TASK: 0.75, TOOL: 0.625})
    assert other_answers(doc, [SPANCAT]) == [
        Found(*TASK, 0.75, layered=True),
        Found(*TOOL, 0.625, layered=True),
    ]
    assert SPANCAT.certainty(doc, {"TOOL", "TASK"}) == 0.625
    assert SPANCAT.certainty(doc, {"TASK"}) == 0.75
    assert SPANCAT.certainty(spacy.blank("en").make_doc(TEXT), {"TASK"}) == 1.0


def test_a_text_without_any_span_has_an_empty_group() -> None:
    doc = spacy.blank("en").make_doc("")
    merged = MergeSpans("held", frozenset({"TOOL"}))(HoldSpans("held")(doc))
    assert list(merged.spans["sc"]) == []


def group(doc: Doc, scores: dict[CharSpan, float]) -> SpanGroup:
    spans = [doc.char_span(*span) for span in scores]
    return SpanGroup(doc, name="sc", spans=spans, attrs={"scores": np.array([*scores.values()])})
