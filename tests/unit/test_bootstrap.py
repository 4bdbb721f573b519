import numpy as np
import pytest

from scripts.evaluation.bootstrap import (
    CountArray,
    Sampling,
    bound_difference,
    bound_f,
    bound_ratio,
    f_scores,
    resample_f,
    resample_with,
    spans_together,
)

SAMPLING = Sampling(resamples=10_000, seed=1)


def found(spans: int, of: int) -> CountArray:
    """Documents of one span each, of which the first are found."""
    right = np.arange(of) < spans
    return np.stack([right, np.zeros(of, bool), ~right], axis=1).astype(np.int64)


def test_f_of_counts() -> None:
    counts = np.array([[3, 1, 2], [0, 5, 0], [0, 0, 0]])
    assert f_scores(counts) == pytest.approx([6 / 9, 0, 0])


def test_resampled_f_is_centred_on_f_with_the_binomial_spread() -> None:
    # Without false positives F = 2p / (1 + p), p the share found: sd of p is sqrt(p(1 - p) / n).
    draws = resample_f(found(200, of=400)[:, None], SAMPLING)[:, 0]
    share = draws / (2 - draws)
    assert share.mean() == pytest.approx(0.5, abs=0.002)
    assert share.std() == pytest.approx((0.25 / 400) ** 0.5, rel=0.05)


def test_resampling_is_over_documents_not_spans() -> None:
    # The same 400 spans in 40 documents whose ten spans are found or missed together.
    clustered = found(20, of=40)[:, None] * 10
    share = (f := resample_f(clustered, SAMPLING)[:, 0]) / (2 - f)
    assert share.std() == pytest.approx((0.25 / 40) ** 0.5, rel=0.05)


def test_an_unseen_document_is_drawn_like_the_others() -> None:
    seen, unseen = found(30, of=40)[:, None], [[0, 0, 9]]
    (with_it,) = resample_with(seen, [unseen], SAMPLING)
    as_one = resample_f(np.concatenate([seen, np.array([unseen])]), SAMPLING)
    shares = (0.05, 0.5, 0.95)
    assert np.quantile(with_it, shares) == pytest.approx(np.quantile(as_one, shares), abs=0.01)


def test_the_same_seed_gives_the_same_bounds_in_any_order_of_documents() -> None:
    before, after = found(90, of=120), found(80, of=120)
    order = np.random.default_rng(0).permutation(120)
    first = bound_difference(before, after, SAMPLING)
    assert bound_difference(before[order], after[order], SAMPLING) == first
    assert bound_difference(before, after, Sampling(seed=2)) != first


def test_pairs_stay_together() -> None:
    # Both pipelines find the same half: the difference is surely 0, though each F is unsure.
    half = found(1000, of=2000)
    paired = bound_difference(half, half, SAMPLING)
    assert paired.value == 0
    assert -0.003 < paired.lower < 0 < paired.upper < 0.003
    assert bound_f(half, SAMPLING).lower < f_scores(half.sum(axis=0)) - 0.01


def test_nothing_changed_is_not_certainty() -> None:
    # Nothing lost in n spans leaves a loss of 3 / n possible (one-sided 95 %), F loses half of it.
    unchanged = found(100, of=100)
    bounds = bound_difference(unchanged, unchanged, SAMPLING)
    assert bounds.value == 0
    assert bounds.lower == pytest.approx(-0.015, abs=0.002)


def test_spans_of_a_text_may_be_lost_together() -> None:
    # The same 100 spans, ten in a text: what was not seen is a text, so ten times as much.
    single, together = found(100, of=100), found(10, of=10) * 10
    alone = bound_difference(single, single, SAMPLING).lower
    assert bound_difference(together, together, SAMPLING).lower < 5 * alone


@pytest.mark.parametrize(
    ("spans", "together"), [([], 1), ([0, 0], 1), ([1, 0, 1], 1), ([3, 3], 3), ([1, 1, 6], 5)]
)
def test_spans_that_stand_together(spans: list[int], together: int) -> None:
    assert spans_together(np.array(spans, np.int64)) == together


def test_the_standard_error_is_that_of_the_draws() -> None:
    random = np.random.default_rng(0)
    spans = random.poisson(3, 400)
    before = np.stack([hits := random.binomial(spans, 0.7), random.poisson(0.5, 400), spans - hits])
    after = np.stack([hits := random.binomial(spans, 0.65), random.poisson(0.6, 400), spans - hits])
    counts = np.stack([before.T, after.T], axis=1)
    draws = resample_f(counts, SAMPLING)
    difference = bound_difference(counts[:, 0], counts[:, 1], SAMPLING)
    ratio = bound_ratio(counts[:, 0], counts[:, 1], SAMPLING)
    assert ratio is not None
    for interval, drawn in (
        (bound_f(counts[:, 1], SAMPLING), draws[:, 1]),
        (difference, draws[:, 1] - draws[:, 0]),
        (ratio, draws[:, 1] / draws[:, 0]),
    ):
        assert interval.error == pytest.approx(float(drawn.std()), rel=0.04)
    assert difference.times(100).error == pytest.approx(100 * (difference.error or 0))


def test_bounds_of_a_loss() -> None:
    before, after = found(1000, of=1000), found(900, of=1000)
    bounds = bound_difference(before, after, SAMPLING)
    value = 2 * 0.9 / 1.9 - 1
    # dF/dp = 2 / (1 + p)^2 at p = 0.9, sd of p 0.0095, 1.645 of them to each side
    margin = 1.645 * 0.0095 * 2 / 1.9**2
    assert bounds.value == pytest.approx(value)
    assert bounds.lower == pytest.approx(value - margin, abs=0.0015)
    assert bounds.upper == pytest.approx(value + margin, abs=0.0015)


def test_ratio_and_difference_tell_the_same() -> None:
    before, after = found(400, of=500), found(380, of=500)
    ratio, difference = (
        bound_ratio(before, after, SAMPLING),
        bound_difference(before, after, SAMPLING),
    )
    f_before = float(f_scores(before.sum(axis=0)))
    assert ratio is not None
    assert ratio.value == pytest.approx(1 + difference.value / f_before)
    assert ratio.lower < ratio.value < ratio.upper < 1


def test_no_ratio_to_nothing() -> None:
    assert bound_ratio(found(0, of=9), found(5, of=9), SAMPLING) is None


def test_without_documents_everything_is_possible() -> None:
    nothing = np.zeros((0, 3), np.int64)
    difference = bound_difference(nothing, nothing, SAMPLING)
    assert (difference.value, difference.lower, difference.upper) == (0, -1, 1)
    assert (bound_f(nothing, SAMPLING).lower, bound_f(nothing, SAMPLING).upper) == (0, 1)


@pytest.mark.parametrize("spans", [150, 600])
def test_a_true_loss_at_the_margin_seldom_passes(spans: int) -> None:
    """P(lower bound over the margin | the true change is the margin) stays near 5 %."""
    random, sampling = np.random.default_rng(0), Sampling(resamples=1000)
    before, loss, passed, trials = found(spans, of=spans), 0.03, 0, 200
    margin = 2 * (1 - loss) / (2 - loss) - 1
    for _ in range(trials):
        after = found(int(random.binomial(spans, 1 - loss)), of=spans)
        passed += bound_difference(before, after, sampling).lower >= margin
    assert passed <= 0.09 * trials  # 5 %, and 2.6 standard errors of 200 trials
