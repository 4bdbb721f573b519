"""How much larger a test set must be."""

from dataclasses import replace

import numpy as np
import pytest

from scripts.evaluation.bootstrap import Interval, Sampling, bound_difference, bound_f
from scripts.evaluation.comparison import make_row
from scripts.kinds.ner import NER
from scripts.release.needs import (
    Need,
    advise,
    amount,
    name_small,
    need_first_gold,
    need_no_loss,
    need_width,
)
from scripts.release.sample_size import texts_for_no_loss, texts_for_width
from tests.benchmarks.gate_populations import Shape, read_shapes
from tests.evaluations import evaluation, row


def test_a_size_by_the_normal_approximation() -> None:
    # No unseen text in these bounds: 2.487 standard errors must fit into the margin.
    change = Interval(0.3, 0.3 - 1.645 * 2, 4, 2.0)
    assert texts_for_no_loss(change, 500, 1.0) == pytest.approx(500 * (2.487 * 2) ** 2, rel=0.01)


def test_the_margin_counts_by_its_square_and_the_value_not_at_all() -> None:
    change = Interval(-0.8, -0.8 - 1.645 * 2, 4, 2.0)
    wide = texts_for_no_loss(change, 500, 2.0)
    assert wide == pytest.approx((texts_for_no_loss(change, 500, 1.0) or 0) / 4, rel=0.01)


def test_where_nothing_changed_the_size_is_what_rare_losses_need() -> None:
    """No change in n texts of a span: a loss of 3 / n is possible, F loses half of it."""
    unchanged = np.tile([[1, 0, 0]], (60, 1))
    change = bound_difference(unchanged, unchanged, Sampling(4000)).times(100)
    size = texts_for_no_loss(change, 60, 1.0)
    assert size is not None
    assert 150 <= size <= 190
    larger = np.tile([[1, 0, 0]], (size, 1))
    assert bound_difference(larger, larger, Sampling(4000)).lower >= -0.01


def test_a_test_set_of_the_predicted_size_passes_four_times_out_of_five() -> None:
    random, sampling = np.random.default_rng(2), Sampling(400)

    def change(texts: int) -> Interval:
        hits = random.random((texts, 2)) < 0.8
        hits[:, 1] = np.where(random.random(texts) < 0.8, hits[:, 0], hits[:, 1])
        counts = np.stack([hits, np.zeros_like(hits), ~hits], axis=2).astype(np.int64)
        return bound_difference(counts[:, 0], counts[:, 1], sampling)

    size = texts_for_no_loss(change(500).times(100), 500, 2.0)
    assert size is not None
    assert 0.68 <= np.mean([change(size).lower >= -0.02 for _ in range(120)]) <= 0.92


@pytest.mark.parametrize(
    ("change", "texts", "margin"),
    [
        (Interval(0, -5, 5), 100, 1.0),  # nothing known of the error
        (Interval(0, -100, 100, 0.0), 0, 1.0),  # no text
        (Interval(0, -5, 5, 2.0), 100, 0.0),  # no loss at all can be told
        (Interval(0, -5, 5, 2.0), 100, 1e-6),  # more texts than anyone has
    ],
)
def test_no_size_where_there_is_none(change: Interval, texts: int, margin: float) -> None:
    assert texts_for_no_loss(change, texts, margin) is None


def test_three_spans_that_were_all_found_are_not_taken_for_certainty() -> None:
    three = np.array([[1, 0, 0]] * 3)
    found = replace(row(3, f=(0, 70, 100)), bounds=bound_f(three, Sampling(1000)).times(100))
    assert texts_for_width(found, 3, 30) >= 20


def test_a_test_set_of_the_predicted_size_is_narrow_enough() -> None:
    random = np.random.default_rng(1)

    def counts(texts: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        spans = random.poisson(0.8, texts)
        hits = random.binomial(spans, 0.6)
        return np.stack([hits, random.poisson(0.1, texts), spans - hits], axis=1).astype(np.int64)

    def width(texts: int) -> float:
        bounds = bound_f(counts(texts), Sampling(1000)).times(100)
        return bounds.upper - bounds.lower

    pilot = counts(12)
    found = make_row(np.stack([pilot] * 3, axis=1), Sampling(1000))
    size = texts_for_width(found, 12, 30)
    assert np.mean([width(size) for _ in range(20)]) < 36


@pytest.mark.parametrize(
    ("need", "text"),
    [
        (Need("r", None, "annotated tasks", 3, 160), "About 160 more annotated tasks would tell"),
        (Need("r", None, "retained gold", 9, 70), "About 70 more texts of retained gold would"),
        (Need("r", None, "retained gold", 0, 70), "About 70 texts of retained gold would tell"),
        (Need("r", None, "retained gold", 9, None), ""),
    ],
)
def test_advice_in_words(need: Need, text: str) -> None:
    assert text in advise(need)
    assert bool(advise(need)) == bool(text)


def test_one_is_one() -> None:
    assert amount(Need("r", None, "annotated tasks", 3, 1)) == "1 more annotated task"
    assert amount(Need("r", None, "retained gold", 0, 1)) == "1 text of retained gold"


def check_more(need: Need, exact: float) -> None:
    """A number with two digits, rounded upwards."""
    assert need.more is not None
    assert exact <= need.more < 1.1 * exact
    assert str(need.more)[2:].strip("0") == ""


def test_gold_that_there_is_counts_and_gold_that_there_is_not_is_needed_as_a_whole() -> None:
    gold = evaluation().gold  # of 100 texts
    doubtful = row(400, change=(-4.0, 3.0), bounds=(40.0, 90.0))
    doubtful = replace(doubtful, against_base=Interval(-0.5, -4.0, 3.0, 2.0))
    texts = texts_for_no_loss(doubtful.against_base, 100, 1.0)
    assert texts is not None
    kept = need_no_loss("kept", "ORG", doubtful, gold, test_set="retained gold", max_loss=1.0)
    assert kept == Need("kept", "ORG", "retained gold", 400, kept.more)
    check_more(kept, texts - 100)
    shared = need_no_loss("s", None, doubtful, gold, test_set="annotated tasks", max_loss=1.0)
    check_more(shared, (texts - 100) / 0.2)  # a fifth of the tasks is for testing
    first = need_first_gold("kept", doubtful, gold, 1.0)
    assert first == Need("kept", None, "retained gold", 0, first.more)
    check_more(first, texts)
    wide = need_width("new", "PLANT", doubtful, gold, 20.0)
    assert wide == Need("new", "PLANT", "annotated tasks", 400, wide.more)
    check_more(wide, (texts_for_width(doubtful, 100, 20.0) - 100) / 0.2)


def test_without_a_span_nothing_can_be_reckoned() -> None:
    gold = evaluation().gold
    need = need_no_loss("r", "X", row(0), gold, test_set="retained gold", max_loss=1.0)
    assert need == Need("r", "X", "retained gold", 0, None)


def test_only_a_few_labels_are_named() -> None:
    needs = [Need("r", f"L{number}", "retained gold", number, 10) for number in range(8)]
    assert name_small(needs, NER.words).endswith(
        "L4 (4 spans, 10 more texts of retained gold) and 3 others."
    )
    assert name_small([], NER.words) == ""


@pytest.mark.parametrize("shape", read_shapes(), ids=lambda shape: shape.name)
def test_agreement_varies_about_as_much_as_the_change_on_gold(shape: Shape) -> None:
    """What `need_first_gold` rests on, on the texts of real updates (docs/gate.md)."""
    rows = np.array(shape.rows)
    counts = np.repeat(rows[:, 1:], rows[:, 0], axis=0)
    base, update = counts[:, :18].reshape(-1, 2, 3, 3).sum(axis=2).transpose(1, 0, 2)
    agreement = counts[:, 18:]
    change = bound_difference(base, update, Sampling(100)).error
    disagreement = bound_f(agreement, Sampling(100)).error
    assert change
    assert disagreement
    assert 0.9 < disagreement / change < 1.5
