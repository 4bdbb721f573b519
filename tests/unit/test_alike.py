"""Which labels of annotators and base may mean the same: by their names, and by their spans."""

import pytest
import spacy
from spacy.tokens import Doc, Span

from scripts.training.alike import (
    Alike,
    alike_by_name,
    count_alike,
    one_name,
    same_name,
    similar_name,
)
from scripts.training.merging import BASE, Scheme

SCHEME = Scheme(frozenset({"PERSON", "PLANT", "ORG"}), frozenset({"PER", "LOC", "ORG"}))
NLP = spacy.blank("en")


@pytest.mark.parametrize(
    ("label", "known", "alike"),
    [
        ("PERSON", ["PER", "LOC"], "PER"),
        ("Location", ["PER", "LOC"], "LOC"),
        ("Company", ["NORP", "ORG"], "ORG"),
        ("PER", ["PERSON", "PER"], "PER"),
        ("person", ["PERSON"], "PERSON"),
        ("place", ["GPE", "FAC"], "GPE"),
        ("LOCATION", ["GPE", "LOC"], "LOC"),
        ("Organisation", ["ORG", "COMPANY"], "ORG"),
        ("PLANT", ["PER", "LOC", "ORG", "MISC"], None),
        ("DRUG", [], None),
    ],
)
def test_names(label: str, known: list[str], alike: str | None) -> None:
    assert same_name(label, known) == alike
    assert similar_name(label, known) == alike


def test_spelling_counts_where_no_name_is_the_same() -> None:
    assert same_name("Personn", ["PERSON"]) is None
    assert similar_name("Personn", ["PERSON"]) == "PERSON"


def test_pairs_of_labels_that_annotators_and_base_have_alone() -> None:
    assert alike_by_name(["PERSON", "PLANT", "ORG"], ["PER", "LOC", "ORG"]) == [("PERSON", "PER")]
    assert alike_by_name(["PERSON", "PER"], ["PER", "ORG"]) == []


def doc(new: str, old: str | None) -> Doc:
    """One span of a new label, and one of the base's that overlaps it."""
    made = NLP.make_doc("Ada Lovelace wrote it .")
    made.ents = [Span(made, 0, 2, new)]
    made.spans[BASE] = [Span(made, 1, 2, old)] if old else []
    return made


def test_a_pair_is_told_when_the_base_takes_half_of_the_spans_for_it() -> None:
    docs = [doc("PERSON", "PER")] * 12 + [doc("PERSON", None)] * 8
    assert count_alike(docs, SCHEME) == [Alike("PERSON", "PER", 12, 20)]
    assert count_alike([*docs, *[doc("PERSON", None)] * 8], SCHEME) == []


def test_a_few_spans_shared_labels_and_spans_apart_tell_nothing() -> None:
    assert count_alike([doc("PERSON", "PER")] * 9, SCHEME) == []
    assert count_alike([doc("ORG", "PER")] * 20, SCHEME) == []
    assert count_alike([doc("PLANT", "ORG")] * 20, SCHEME) == []


def test_the_remedy_has_both_maps() -> None:
    remedy = one_name("PERSON", "PER")
    assert "PER: PERSON in vars.base_label_map" in remedy
    assert "PER for PERSON in a vars.label_map that has all labels" in remedy
