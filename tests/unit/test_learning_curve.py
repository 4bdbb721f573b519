"""The learning curve: the law is found, the gain has an interval, a sentence says what follows."""

import numpy as np
import pytest

from scripts.evaluation.bootstrap import Interval, Sampling
from scripts.insights.folds import SHARES
from scripts.insights.labels import describe_labels
from scripts.insights.learning_curve import (
    average_sizes,
    count_texts,
    fit_law,
    judge_gain,
    measure_curve,
    resample,
    unforeseen,
)
from tests.small_insights import gold_doc, oak_doc, outcomes

SIZES = np.array(SHARES)
FEW = Sampling(resamples=200)
WORDS = {
    "yes": "more annotation is worth it",
    "hardly": "more annotation of this kind is hardly worth it",
    "unclear": "whether more annotation is worth it cannot be told yet",
}


@pytest.mark.parametrize(("a", "b", "c"), [(0.2, 0.15, 0.5), (0.0, 0.4, 0.2), (0.3, 0.02, 1.1)])
def test_a_law_is_found_again(a: float, b: float, c: float) -> None:
    law = fit_law(SIZES, a + b * SIZES**-c)
    for x in (0.25, 1.0, 1.5, 2.0):
        assert law.at(x) == pytest.approx(a + b * x**-c, abs=0.003)


def test_many_laws_are_fitted_at_once() -> None:
    errors = np.array([[0.6, 0.5, 0.42, 0.36], [0.3, 0.3, 0.3, 0.3], [0.2, 0.25, 0.3, 0.35]])
    law = fit_law(SIZES, errors)
    alone = [fit_law(SIZES, row) for row in errors]
    assert law.at(1.5) == pytest.approx([float(one.at(1.5)) for one in alone])
    gain = law.at(1.0) - law.at(1.5)
    assert gain[0] > 0.02
    # What does not fall, or rises, falls no further.
    assert gain[1:] == pytest.approx([0.0, 0.0])
    assert (law.a >= 0).all()
    assert (law.b >= 0).all()


def test_the_interval_holds_the_gain_of_a_known_law() -> None:
    """Of 40 simulated corpora; nine tenths of the intervals should hold it."""
    random, held = np.random.default_rng(0), 0
    folds = np.repeat(np.arange(4), 60)
    truth = 0.2 + 0.2 * SIZES**-0.4
    gain = 100 * 0.2 * (1 - 1.5**-0.4)
    for _ in range(40):
        hits = (random.random((240, 1)) > truth).astype(int)  # the same texts are hard for all
        counts = np.stack([hits, 1 - hits, 1 - hits], axis=-1)
        curve = measure_curve(counts, folds, [(round(180 * s), 0) for s in SHARES], FEW)
        held += curve.gain.lower <= gain <= curve.gain.upper
    assert held >= 36


def test_a_last_point_that_no_law_foretold_makes_the_interval_wider() -> None:
    lawful, jump = 1 - (0.1 + 0.3 * SIZES**-0.3), np.array([0.463, 0.580, 0.651, 0.766])
    assert unforeseen(SIZES, lawful) < 0.005
    # What was measured on BC5CDR: 69.2 foretold, 76.6 reached by a doubling; half of that for 1.5.
    assert unforeseen(SIZES, jump) == pytest.approx(0.585 * 0.074, abs=0.005)


def test_draws_are_of_folds_and_texts() -> None:
    counts = np.zeros((8, 1, 3), dtype=np.int64)
    counts[:4, 0, 0] = counts[4:, 0, 1] = 1  # one fold finds all, the other nothing
    draws = resample(counts, np.repeat([0, 1], 4), FEW)
    assert {0.0, 1.0} < {round(float(f), 3) for f in draws[:, 0]}
    assert draws == pytest.approx(resample(counts, np.repeat([0, 1], 4), FEW))


def test_counts_are_those_of_the_specialist_that_has_not_seen_the_text() -> None:
    gold, found = outcomes([oak_doc(number) for number in range(80)], (0.25, 0.5, 0.75, 1.0))
    counts = count_texts(gold, found, ["PLANT"])
    assert counts.shape == (80, 4, 3)
    share_right = counts[:, :, 0].mean(axis=0)
    assert share_right == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.02)
    assert [size[0] for size in average_sizes(found)] == [8, 15, 30, 60]


@pytest.mark.parametrize(
    ("lower", "upper", "worth"), [(1.0, 4.0, "yes"), (0.2, 3.0, "unclear"), (0.0, 0.9, "hardly")]
)
def test_more_is_worth_it_when_a_point_is_sure(lower: float, upper: float, worth: str) -> None:
    assert judge_gain(Interval(0.9, lower, upper)) == worth


def test_the_sentence_says_how_many_texts_and_how_much() -> None:
    gold, found = outcomes([oak_doc(number) for number in range(160)], (0.2, 0.4, 0.6, 0.8))
    folds = np.array([text.fold for text in gold])
    counts = count_texts(gold, found, ["PLANT"])
    curve = measure_curve(counts, folds, average_sizes(found), FEW)
    assert curve.more == 180
    assert curve.sentence.startswith("Half as many annotated texts again (60 more) would bring")
    assert curve.sentence.endswith(f": {WORDS[curve.worth]}.")
    assert f"{curve.gain.value:.1f} points of F ({curve.gain.lower:.1f} to" in curve.sentence


def test_rare_labels_come_first_and_are_remarked_on() -> None:
    docs = [oak_doc(number) for number in range(120)]
    text = "a wasp near an oak"
    docs.append(gold_doc(text, [(2, 6, "PEST"), (15, 18, "PLANT")]))
    gold, found = outcomes(docs, (0.2, 0.4, 0.6, 0.9))
    pest, plant = describe_labels(gold, found, ["PLANT", "PEST"], FEW)
    assert (pest.label, pest.spans, pest.texts, pest.forms) == ("PEST", 1, 1, 1)
    assert "under 50 spans" in pest.remark
    assert "under a tenth of the most frequent label's 121 spans" in pest.remark
    assert (plant.spans, plant.forms) == (121, 1)
    assert plant.remark == "still gains by more texts"
    assert plant.last.lower > 1
