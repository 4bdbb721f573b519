"""Gold for labels of the base that is trained on."""

import pytest
import spacy

from scripts.corpora.splits import HeldOut
from scripts.evaluation.held_out import Reference, RetainedGold, take_part
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError
from scripts.training.merging import Labelling, Scheme, TokenSpan
from scripts.training.replay import gold_labelling, read_gold_labels, sift

SCHEME = Scheme(annotated=frozenset({"PLANT"}), base=frozenset({"GPE", "LOC", "PERSON", "DATE"}))
WORDS = [f"{a} {b} met {c} near {d}" for a in "abcde" for b in "fghij" for c in "kl" for d in "mn"]


def gold(*spans: CharSpan, label_map: dict[str, str] | None = None) -> RetainedGold:
    return RetainedGold([Reference("Ada saw Rome today", list(spans), [])], label_map)


def test_what_is_near_the_retained_gold_is_left_out_and_counted() -> None:
    texts = [f"{words} in the long afternoon of {words}" for words in WORDS]
    retained, held_out = HeldOut(texts[:3]), HeldOut(texts[3:5])
    again = texts[10].upper()
    found = sift([Reference(text, [], []) for text in [*texts, again]], retained, held_out)
    assert found.counts == {
        "read": len(texts) + 1,
        "repeated": 1,
        "near the retained gold": 3,
        "near another test": 2,
    }
    used = [reference.text for part in found.texts.values() for reference in part]
    assert sorted(used) == sorted(texts[5:])
    assert found.texts["dev"]


def test_replaying_the_test_itself_is_an_error() -> None:
    references = [Reference("a text of the retained gold that is given again", [], [])]
    with pytest.raises(UserError, match="1 near the retained gold"):
        sift(references, HeldOut([references[0].text]), HeldOut([]))


def test_a_label_covers_what_the_map_says() -> None:
    names = {"GPE": "LOC", "LOC": "LOC", "PERSON": "PER", "DATE": "TIME", "OTHER": "MISC"}
    found = gold(CharSpan(0, 3, "PER"), CharSpan(8, 12, "LOC"), label_map=names)
    labels = read_gold_labels(found, SCHEME)
    assert labels.model_labels == {"LOC": {"GPE", "LOC"}, "PER": {"PERSON"}}
    assert labels.covered == {"GPE", "LOC", "PERSON"}  # nobody has seen a TIME in this gold


def test_gold_without_a_label_of_the_base_is_an_error() -> None:
    with pytest.raises(UserError, match=r"vars\.replay_gold \(FOO\)"):
        read_gold_labels(gold(CharSpan(0, 3, "FOO")), SCHEME)


def test_the_base_decides_which_of_several_labels_is_meant() -> None:
    names = {"GPE": "LOC", "LOC": "LOC", "PERSON": "PER"}
    found = gold(CharSpan(0, 3, "PER"), CharSpan(8, 12, "LOC"), label_map=names)
    labels, (reference,) = read_gold_labels(found, SCHEME), found.references
    doc = spacy.blank("en").make_doc(reference.text)
    person, place = TokenSpan(0, 1, "PERSON"), TokenSpan(2, 3, "GPE")
    assert gold_labelling(doc, reference, labels, [place]) == Labelling([person, place])
    assert gold_labelling(doc, reference, labels, []) == Labelling([person], {2})
    other = TokenSpan(2, 3, "DATE")
    assert gold_labelling(doc, reference, labels, [other]) == Labelling([person], {2})


def test_spans_that_cut_a_token_and_missing_ranges_are_missing() -> None:
    reference = Reference("Ada saw Rome today", [CharSpan(8, 10, "GPE")], [(13, 18)])
    labels = read_gold_labels(RetainedGold([reference], None), SCHEME)
    doc = spacy.blank("en").make_doc(reference.text)
    assert gold_labelling(doc, reference, labels, []) == Labelling([], {2, 3})


def test_a_tenth_of_the_gold_is_set_apart_and_the_parts_make_the_whole() -> None:
    whole = RetainedGold([Reference(text, [], []) for text in WORDS], None)
    dev, rest = take_part(whole, "dev").references, take_part(whole, "rest").references
    assert 0.02 < len(dev) / len(WORDS) < 0.25
    assert sorted(map(id, [*dev, *rest])) == sorted(map(id, whole.references))
