import numpy as np
import pytest

from scripts.evaluation.bootstrap import Sampling
from scripts.evaluation.comparison import (
    compare,
    count_documents,
    count_false_alarms,
    map_labels,
    retained_label_map,
    sort_labels,
)
from scripts.evaluation.held_out import Reference
from scripts.evaluation.predictions import Outputs
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError

SAMPLING = Sampling(resamples=200)
LABELS = sort_labels(base=["ORG", "PERSON", "GPE", "LOC"], annotated=["PEST", "GPE"])
ADA, RUST, DELFT = CharSpan(0, 3, "PERSON"), CharSpan(8, 12, "PEST"), CharSpan(16, 21, "GPE")


def test_labels_are_new_shared_or_retained() -> None:
    assert (LABELS.new, LABELS.shared) == (["PEST"], ["GPE"])
    assert LABELS.retained == ["LOC", "ORG", "PERSON"]


def outputs(base: list[CharSpan], specialist: list[CharSpan], update: list[CharSpan]) -> Outputs:
    return Outputs([base], [specialist], [update], words=5)


def test_counts_are_by_document_pipeline_and_label() -> None:
    gold = [Reference("Ada saw rust in Delft", [RUST, DELFT], [])]
    counts = count_documents(
        gold, outputs([DELFT], [RUST], [RUST, DELFT._replace(end=20)]), ["GPE", "PEST"]
    )
    assert counts.shape == (1, 3, 2, 3)
    assert counts[0].tolist() == [
        [[1, 0, 0], [0, 0, 1]],
        [[0, 0, 1], [1, 0, 0]],
        [[0, 1, 1], [1, 0, 0]],
    ]


def test_labels_that_the_gold_does_not_know_are_not_judged() -> None:
    gold = [Reference("Ada saw rust in Delft", [RUST], [])]
    groups = {"annotated": ["PEST"], "shared": []}
    result = compare(
        gold,
        outputs([ADA], [RUST], [ADA, RUST]),
        groups,
        reference="gold",
        left_out={},
        analysis={},
        changed={},
        sampling=SAMPLING,
    )
    assert list(result.micro) == ["annotated"]
    assert result.micro["annotated"].update.precision == 100
    assert result.labels["PEST"].against_base.value == 100
    assert (result.size.documents, result.size.words, result.size.spans) == (1, 5, 1)


def test_an_empty_test_set_tells_nothing() -> None:
    result = compare(
        [],
        Outputs([], [], [], words=0),
        {"annotated": ["PEST"]},
        reference="gold",
        left_out={},
        analysis={},
        changed={},
        sampling=SAMPLING,
    )
    row = result.labels["PEST"]
    assert row.support == 0
    assert (row.against_base.lower, row.against_base.upper) == (-100, 100)
    assert np.isclose(row.update.f, 0)


def test_false_alarms_are_spans_of_new_labels() -> None:
    alarms = count_false_alarms(outputs([], [RUST, RUST], [ADA, RUST]), LABELS.new)
    assert (alarms.specialist, alarms.update, alarms.words) == (2, 1, 5)
    assert alarms.per_thousand(alarms.update) == 200


def test_several_model_labels_go_to_one_gold_label() -> None:
    label_map, left_out = retained_label_map(
        {"PER", "ORGANISATION", "MISC"},
        LABELS,
        {"PERSON": "PER", "ORG": "ORGANISATION", "LOC": "ORGANISATION"},
    )
    assert label_map == {"PERSON": "PER", "ORG": "ORGANISATION", "LOC": "ORGANISATION"}
    assert left_out == {"MISC": "stands for no label of the base"}
    assert map_labels([[ADA, RUST]], label_map) == [[CharSpan(0, 3, "PER")]]


def test_a_gold_label_that_an_annotated_label_shares_is_left_out() -> None:
    label_map, left_out = retained_label_map(
        {"LOC", "PER"}, LABELS, {"LOC": "LOC", "GPE": "LOC", "PERSON": "PER"}
    )
    assert label_map == {"PERSON": "PER"}
    assert left_out == {"LOC": "stands for an annotated label"}


def test_without_a_map_labels_are_the_same() -> None:
    label_map, left_out = retained_label_map({"PERSON", "GPE", "LAW"}, LABELS, None)
    assert label_map == {"LOC": "LOC", "ORG": "ORG", "PERSON": "PERSON"}
    assert left_out == {
        "GPE": "stands for an annotated label",
        "LAW": "stands for no label of the base",
    }


def test_a_map_may_name_labels_that_this_base_has_not_but_not_only_such() -> None:
    label_map, left_out = retained_label_map({"PER"}, LABELS, {"PERSON": "PER", "FAC": "LOC"})
    assert label_map == {"PERSON": "PER"}
    assert left_out == {}
    with pytest.raises(UserError, match="the model has not: FAC"):
        retained_label_map({"PER"}, LABELS, {"FAC": "PER"})
