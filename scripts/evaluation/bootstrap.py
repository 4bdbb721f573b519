"""Paired bootstrap over documents: how sure an F, and the difference of two, is.

Documents are drawn with replacement, the same ones for both pipelines, and F is taken anew of each
draw (Koehn 2004, "Statistical significance tests for machine translation evaluation"). The bounds
are one-sided: 5 % of the draws lie below the lower one, 5 % above the upper one.

A plain bootstrap is too sure where little changed: when no document differs, all draws agree, and
an update that lost one span in a hundred would often pass on a small test set. So the lower bound
is taken with one document more, in which a span was lost, and the upper bound with one in which a
span was gained. That is nearly the exact bound for a Poisson count (for no event in n: 3 / n).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Last axis of all arrays of counts: true positives, false positives, false negatives.
CountArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

FOUND, MISSED = (1, 0, 0), (0, 0, 1)


@dataclass(frozen=True)
class Interval:
    """A value measured on all documents, and its one-sided bounds."""

    value: float
    lower: float
    upper: float

    def times(self, factor: float) -> "Interval":
        """The same in another unit."""
        return Interval(self.value * factor, self.lower * factor, self.upper * factor)


@dataclass(frozen=True)
class Sampling:
    """How bounds are taken. level: the confidence of each one-sided bound."""

    resamples: int = 10_000
    level: float = 0.95
    seed: int = 0


def f_scores(counts: CountArray) -> FloatArray:
    """F (0 to 1) of counts of shape [..., 3]; 0 where there is no span at all."""
    right, wrong = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.divide(2 * right, 2 * right + wrong, out=np.zeros(right.shape), where=right > 0)


def bound_f(counts: CountArray, sampling: Sampling) -> Interval:
    """F of one pipeline with its bounds. counts: [documents, 3]."""
    return _bound(counts[:, None], ((MISSED,), (FOUND,)), lambda f: np.asarray(f[..., 0]), sampling)


def bound_difference(before: CountArray, after: CountArray, sampling: Sampling) -> Interval:
    """F after minus F before (-1 to 1) with its bounds. before, after: [documents, 3]."""
    return _bound(
        np.stack([before, after], axis=1),
        ((FOUND, MISSED), (MISSED, FOUND)),
        lambda f: np.asarray(f[..., 1] - f[..., 0]),
        sampling,
    )


def bound_ratio(before: CountArray, after: CountArray, sampling: Sampling) -> Interval | None:
    """F after / F before with its bounds, None where F before is 0. Shapes as above."""
    if f_scores(before.sum(axis=0)) == 0:
        return None
    return _bound(
        np.stack([before, after], axis=1),
        ((FOUND, MISSED), (MISSED, FOUND)),
        # A draw in which F before is 0 says nothing: such draws are as good as 1.
        lambda f: np.divide(f[..., 1], f[..., 0], out=np.ones(f.shape[:-1]), where=f[..., 0] > 0),
        sampling,
    )


def resample_f(counts: CountArray, sampling: Sampling) -> FloatArray:
    """F of each draw of as many documents as there are.

    counts: [documents, pipelines, 3]. Returns [resamples, pipelines].
    Documents with equal counts cannot be told apart, so draws are made among the different ones,
    in proportion to how often each occurs: the same distribution at a fraction of the work.
    """
    documents, pipelines, _ = counts.shape
    rows, times = np.unique(counts.reshape(documents, -1), axis=0, return_counts=True)
    random = np.random.default_rng(sampling.seed)
    draws = random.multinomial(documents, times / documents, size=sampling.resamples)
    return f_scores((draws @ rows).reshape(sampling.resamples, pipelines, 3))


def _bound(
    counts: CountArray,
    extra: tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, int, int], ...]],
    statistic: Callable[[FloatArray], FloatArray],
    sampling: Sampling,
) -> Interval:
    """extra: the document added for the lower bound, and the one added for the upper bound."""
    pessimistic, optimistic = (
        statistic(resample_f(np.concatenate([counts, np.array([document])]), sampling))
        for document in extra
    )
    value = float(statistic(f_scores(counts.sum(axis=0))))
    return Interval(
        value,
        min(value, float(np.quantile(pessimistic, 1 - sampling.level))),
        max(value, float(np.quantile(optimistic, sampling.level))),
    )
