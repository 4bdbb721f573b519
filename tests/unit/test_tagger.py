"""Tags of tokens: from regions of Label Studio to a second tagger behind a frozen one."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from scripts.beside import HoldTags, LateTags, MergeTags, write_labels
from scripts.conversion.label_map import LabelMap, Target
from scripts.convert import convert
from scripts.corpora.corpus import SPLITS, read_corpus
from scripts.evaluation.scores import CharSpan
from scripts.kinds.kind import Claims
from scripts.kinds.known import kinds_in
from scripts.kinds.ner import NER
from scripts.kinds.tagger import TAGGER, fit
from scripts.kinds.teaching import teach
from scripts.label_studio.regions import Found, other_answers
from scripts.project.errors import UserError
from scripts.training.merging import Scheme
from tests.small_exports import annotation, region, spanned, task

TEXT = "We visit New  York."
WORDS = ("We", "visit", "New", " ", "York", ".")


def make(*tags: str) -> Doc:
    doc = spacy.blank("en").make_doc(TEXT)
    for token, tag in zip(doc, tags, strict=False):
        token.tag_ = tag
    return doc


def tags(doc: Doc) -> list[str]:
    return [token.tag_ for token in doc]


def convert_all(
    tmp_path: Path, *tasks: Any, **options: Any
) -> tuple[dict[str, Doc], dict[str, Any]]:
    """The gold of an export by its text, and its record."""
    (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf8")
    nlp = spacy.blank("en")
    report = convert(
        paths=[tmp_path / "export.json"],
        tokenizer=nlp.tokenizer,
        output=tmp_path / "corpus",
        kind=TAGGER,
        **{"label_map": LabelMap(), **options},
    )
    gold = tmp_path / "corpus/gold"
    docs = [doc for split in SPLITS for doc in read_corpus(gold / split, nlp.vocab)]
    return {doc.text: doc for doc in docs}, report


def convert_tasks(tmp_path: Path, *tasks: Any, **options: Any) -> tuple[Doc, dict[str, Any]]:
    """The gold of `TEXT`, and the record of the export."""
    docs, report = convert_all(tmp_path, *tasks, **options)
    assert [token.text for token in docs[TEXT]] == list(WORDS)
    return docs[TEXT], report


def test_a_region_tags_each_of_its_tokens_and_the_others_are_unknown(tmp_path: Path) -> None:
    told = annotation(spanned(TEXT, "New  York", "NNP", name="a"), spanned(TEXT, "We", "PRP"))
    doc, report = convert_tasks(tmp_path, task(1, TEXT, told))
    assert tags(doc) == ["PRP", "", "NNP", "", "NNP", ""]
    assert TAGGER.unknown(doc) == [(3, 8), (13, 14), (18, 19)]
    assert report["spans"]["tags"] == 3
    assert report["labels"]["counts"] == {"NNP": 2, "PRP": 1}
    assert report["regions"] == []


def test_annotators_are_compared_token_by_token(tmp_path: Path) -> None:
    whole = annotation(spanned(TEXT, "New  York", "NNP"), by=1)
    parts = annotation(
        spanned(TEXT, "New", "NNP", name="a"), spanned(TEXT, "York", "NN", name="b"), by=2
    )
    doc, report = convert_tasks(tmp_path, task(1, TEXT, whole, parts))
    assert tags(doc) == ["", "", "NNP", "", "", ""]
    assert {row["reason"] for row in report["regions"]} == {"no_majority"}


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        ([spanned(TEXT, "vis", "VB")], ["token_boundaries"]),
        ([spanned(TEXT, "visit", "ODD")], ["unmapped_label"]),
        (
            [spanned(TEXT, "visit", "NN"), spanned(TEXT, "visit", "VB", name="b")],
            ["two_labels"] * 2,
        ),
        ([region(80, 90, None, "VB")], ["out_of_bounds"]),
    ],
)
def test_where_nobody_knows_the_tag_there_is_none_even_by_the_base(
    tmp_path: Path, told: list[dict[str, Any]], reasons: list[str]
) -> None:
    names = dict.fromkeys(("VB", "NN"), None)
    more = task(2, "Not this.", annotation(*(spanned("Not this.", "Not", name) for name in names)))
    docs, report = convert_all(
        tmp_path,
        *(task(1, TEXT, annotation(*told)), more),
        label_map=LabelMap({name: Target(name) for name in names}),
        max_rejected=1.0,
    )
    doc = docs[TEXT]
    assert tags(doc) == [""] * 6
    assert [row["reason"] for row in report["regions"] if row["task"] == 1] == reasons
    said = make("PRP", "VB", "NNP", "_SP", "NNP", ".")
    teach(TAGGER, doc, "gold", said, said, Scheme(frozenset({"VB"}), frozenset({"PRP", "VB"})))
    assert doc[1].tag_ == ""


def test_the_better_ranked_label_wins_and_a_majority_stands(tmp_path: Path) -> None:
    ranked = LabelMap({"VB": Target("VB", 0), "NN": Target("NN", 1)})
    both = [spanned(TEXT, "visit", "NN"), spanned(TEXT, "visit", "VB", name="b")]
    doc, report = convert_tasks(tmp_path, task(1, TEXT, annotation(*both)), label_map=ranked)
    assert tags(doc) == ["", "VB", "", "", "", ""]
    assert [row["reason"] for row in report["regions"]] == ["two_labels"]
    said = [annotation(spanned(TEXT, "visit", name), by=i) for i, name in enumerate("VVN")]
    doc, report = convert_tasks(tmp_path, task(1, TEXT, *said))
    assert tags(doc) == ["", "V", "", "", "", ""]
    assert [row["reason"] for row in report["regions"]] == ["no_majority"]


def test_a_token_without_a_tag_teaches_nothing() -> None:
    nlp = spacy.blank("en")
    tagger = nlp.add_pipe("tagger")
    known = make("PRP", "VB", "NNP", "NNP", "NNP", ".")
    nlp.initialize(lambda: [Example(nlp.make_doc(TEXT), known)])
    examples = [Example(nlp.make_doc(TEXT), make("PRP", "", "NNP"))]
    scores = tagger.model.predict([examples[0].predicted])
    _, (gradients,) = tagger.get_loss(examples, scores)
    assert gradients.any(axis=1).tolist() == [True, False, True, False, False, False]


def test_a_token_with_two_tags_has_none() -> None:
    doc = make()
    found = [CharSpan(0, 2, "PRP"), CharSpan(0, 2, "NN"), CharSpan(3, 8, "VB")]
    TAGGER.write(doc, Claims(found), ())
    assert tags(doc) == ["", "VB", "", "", "", ""]
    assert TAGGER.teaches(doc)
    assert not TAGGER.teaches(make())


def test_parts_of_speech_are_refused_where_the_base_has_tags() -> None:
    with pytest.raises(UserError, match="NOUN, VERB are universal parts of speech") as refused:
        fit({}, [], ["NN", "VB"], ["NOUN", "VERB"])
    assert "component pos" in refused.value.remedy
    fit({}, [], [], ["NOUN", "VERB"])  # a tagger of their own
    fit({}, [], ["ADJ", "NOUN"], ["X"])
    fit({}, [], ["NN", "VB"], ["X", "USR"])
    with pytest.raises(UserError, match="The label !NN begins with !"):
        fit({}, [], ["NN"], ["!NN"])


def test_each_tagger_has_the_say_in_its_tags() -> None:
    first = make("PRP", "VB", "NN", "_SP", "NN", ".")
    doc = HoldTags("held")(first)
    assert tags(doc) == [""] * 6
    for token, tag in zip(doc, ["NEW", "NN", "VB", "_SP", "NNP", "PRP"], strict=True):
        token.tag_ = tag
    # Of the first's tags the annotators had NN and NNP, beside a new one.
    merge = MergeTags("held", frozenset({"NN", "NNP", "NEW"}), frozenset({"NEW"}))
    doc = merge(doc)
    # visit: NN by the second; New: the first says NN, which the second denies; York: the second.
    assert tags(doc) == ["PRP", "NN", "VB", "_SP", "NNP", "."]
    doc = LateTags("held")(doc)
    assert tags(doc) == ["NEW", "NN", "VB", "_SP", "NNP", "."]
    assert not doc.user_data


def test_where_the_teachers_differ_on_project_text_nothing_is_known() -> None:
    doc = make()
    base = make("PRP", "VB", "NN", "_SP", "NN", ".")
    specialist = make("PRP", "NEW", "NEW", "_SP", "NN", "NEW")
    scheme = Scheme(frozenset({"NEW", "NN"}), frozenset({"PRP", "VB", "NN", "."}))
    teach(TAGGER, doc, "project", base, specialist, scheme)
    assert tags(doc) == ["PRP", "", "", "", "NN", ""]


def test_on_general_text_the_base_tags() -> None:
    doc = make()
    base = make("PRP", "VB", "NN", "_SP", "NN", ".")
    scheme = Scheme(frozenset({"NEW"}), frozenset({"PRP", "VB", "NN", "."}))
    teach(TAGGER, doc, "raw", base, make(*["NEW"] * 6), scheme)
    assert tags(doc) == ["PRP", "VB", "NN", "", "NN", "."]


def test_tags_are_answers_of_a_pipeline_where_somebody_wants_them() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("tagger")
    assert kinds_in(nlp) == [TAGGER]
    nlp.add_pipe("ner")
    assert kinds_in(nlp) == [NER]
    nlp.add_pipe("merge_tags_v1")
    assert kinds_in(nlp) == [NER, TAGGER]
    answers = other_answers(make("PRP", "", "NNP"), [NER, TAGGER])
    assert answers == [Found(0, 2, "PRP"), Found(9, 12, "NNP")]


def test_a_config_holds_tags_with_a_dollar(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    labels = ["PRP$", "$", "100%", "%24"]
    nlp.add_pipe("merge_tags_v1", config={"labels": write_labels(labels), "late": ["%24"]})
    for _ in range(2):  # each time that it is read, a "$" would be doubled
        nlp.to_disk(tmp_path / "nlp")
        nlp = spacy.load(tmp_path / "nlp")
    merge = nlp.get_pipe("merge_tags_v1")
    assert (merge.labels, merge.late) == (frozenset(labels), frozenset("$"))
