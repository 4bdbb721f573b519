import pytest
import spacy
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab

from scripts.evaluation.scores import (
    CharSpan,
    Counts,
    add_counts,
    count_offsets,
    count_spans,
    micro_counts,
)

WORDS = ["Ada", "saw", "rust", "on", "basil", "in", "Delft", "today"]


def doc_with(*ents: tuple[int, int, str], missing: tuple[tuple[int, int], ...] = ()) -> Doc:
    doc = Doc(Vocab(), WORDS)
    doc.set_ents(
        [Span(doc, start, end, label) for start, end, label in ents],
        missing=[doc[start:end] for start, end in missing],
        default="outside",
    )
    return doc


def test_right_spurious_and_missed_are_told_apart() -> None:
    gold = doc_with((0, 1, "PERSON"), (2, 3, "PEST"), (4, 5, "PLANT"))
    predicted = doc_with((0, 1, "PERSON"), (2, 3, "PLANT"), (4, 6, "PLANT"))
    assert count_spans(gold, predicted) == {
        "PERSON": Counts(1, 0, 0),
        "PEST": Counts(0, 0, 1),
        "PLANT": Counts(0, 2, 1),
    }


def test_prediction_on_a_missing_token_is_ignored() -> None:
    gold = doc_with((0, 1, "PERSON"), missing=((4, 5),))
    assert count_spans(gold, doc_with((4, 6, "PLANT"))) == {"PERSON": Counts(0, 0, 1)}
    assert count_spans(gold, doc_with((5, 7, "PLANT")))["PLANT"] == Counts(0, 1, 0)


def test_doc_without_annotation_judges_nothing() -> None:
    unannotated = spacy.blank("en").make_doc(" ".join(WORDS))
    assert count_spans(unannotated, doc_with((0, 1, "PERSON"))) == {}


@pytest.mark.parametrize(
    "predicted",
    [
        ((0, 1, "PERSON"), (2, 3, "PEST"), (6, 7, "GPE")),
        ((0, 2, "PERSON"), (3, 5, "PLANT"), (6, 8, "GPE")),
        (),
    ],
)
def test_counts_equal_those_of_spacy(predicted: tuple[tuple[int, int, str], ...]) -> None:
    gold = doc_with((0, 1, "PERSON"), (2, 3, "PEST"), (6, 7, "GPE"), missing=((4, 5),))
    theirs = get_ner_prf([Example(doc_with(*predicted), gold)])
    ours = count_spans(gold, doc_with(*predicted))
    assert micro_counts(ours, ours).f == pytest.approx(theirs["ents_f"] or 0.0)
    for label, figures in theirs["ents_per_type"].items():
        counts = ours.get(label, Counts())
        assert (counts.precision, counts.recall, counts.f) == pytest.approx(
            (figures["p"], figures["r"], figures["f"])
        )


def test_other_tokenisation_is_compared_by_offsets() -> None:
    gold = Doc(Vocab(), ["anti-aphid", "spray"])
    gold.set_ents([Span(gold, 0, 1, "PEST")])
    predicted = Doc(Vocab(), ["anti", "-", "aphid", "spray"], spaces=[False, False, True, False])
    predicted.set_ents([Span(predicted, 0, 3, "PEST")])
    assert count_spans(gold, predicted) == {"PEST": Counts(1, 0, 0)}


def test_a_span_given_twice_counts_once() -> None:
    span = CharSpan(0, 3, "PERSON")
    assert count_offsets([span], [span, span]) == {"PERSON": Counts(1, 0, 0)}


def test_counts_add_up_and_micro_f_is_over_the_labels_asked_for() -> None:
    total = add_counts(
        [
            {"PEST": Counts(1, 1, 0)},
            {"PEST": Counts(2, 0, 1), "PLANT": Counts(0, 1, 3)},
        ]
    )
    assert total["PEST"] == Counts(3, 1, 1)
    assert micro_counts(total, ["PEST", "PLANT", "GPE"]) == Counts(3, 2, 4)
    assert micro_counts(total, ["PEST"]).f == pytest.approx(6 / 8)


def test_scores_without_any_span_are_zero() -> None:
    empty = Counts()
    assert (empty.precision, empty.recall, empty.f, empty.support) == (0.0, 0.0, 0.0, 0)
