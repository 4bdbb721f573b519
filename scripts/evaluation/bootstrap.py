"""Paired bootstrap over documents: how sure an F, and the difference of two, is.

Documents are drawn with replacement, the same ones for both pipelines, and F is taken anew of each
draw (Koehn 2004, "Statistical significance tests for machine translation evaluation"). The bounds
are one-sided: 5 % of the draws lie below the lower one, 5 % above the upper one.

A plain bootstrap is too sure where little changed: when no document differs, all draws agree, and
an update that lost one span in a hundred would often pass on a small test set. So the lower bound
is taken with one document more, in which everything was lost, and the upper bound with one in
which everything was gained: nearly the exact bound for a Poisson count (for no event in n: 3 / n).
How many spans that document has follows from the test set: as many as the document of a hit drawn
at random, since spans are lost together (a name that a text repeats). docs/gate.md has the errors.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Last axis of all arrays of counts: true positives, false positives, false negatives.
CountArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A value measured on all documents, and its one-sided bounds.

    error: the standard error (delta method), without what the bounds add for what was not seen.
    None where it was not taken.
    """

    value: float
    lower: float
    upper: float
    error: float | None = None

    def times(self, factor: float) -> "Interval":
        """The same in another unit."""
        error = None if self.error is None else self.error * factor
        return Interval(self.value * factor, self.lower * factor, self.upper * factor, error)


@dataclass(frozen=True)
class Sampling:
    """How bounds are taken. level: the confidence of each one-sided bound."""

    resamples: int = 10_000
    level: float = 0.95
    seed: int = 0


def f_scores(counts: CountArray | FloatArray) -> FloatArray:
    """F (0 to 1) of counts of shape [..., 3]; 0 where there is no span at all."""
    right, wrong = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.divide(2 * right, 2 * right + wrong, out=np.zeros(right.shape), where=right > 0)


def bound_f(counts: CountArray, sampling: Sampling) -> Interval:
    """F of one pipeline with its bounds. counts: [documents, 3]."""
    spans = spans_together(counts[:, 0] + counts[:, 2])
    return _bound(
        counts[:, None],
        _Extremes([_missed(spans)], [_found(spans)]),
        lambda f: np.asarray(f[..., 0]),
        lambda f: np.ones(1),
        sampling,
    )


def bound_difference(before: CountArray, after: CountArray, sampling: Sampling) -> Interval:
    """F after minus F before (-1 to 1) with its bounds. before, after: [documents, 3]."""
    return _bound(
        np.stack([before, after], axis=1),
        _extremes(before, after),
        lambda f: np.asarray(f[..., 1] - f[..., 0]),
        lambda f: np.array([-1.0, 1.0]),
        sampling,
    )


def bound_ratio(before: CountArray, after: CountArray, sampling: Sampling) -> Interval | None:
    """F after / F before with its bounds, None where F before is 0. Shapes as above."""
    if f_scores(before.sum(axis=0)) == 0:
        return None
    return _bound(
        np.stack([before, after], axis=1),
        _extremes(before, after),
        # A draw in which F before is 0 says nothing: such draws are as good as 1.
        lambda f: np.divide(f[..., 1], f[..., 0], out=np.ones(f.shape[:-1]), where=f[..., 0] > 0),
        lambda f: np.array([-f[1] / f[0], 1.0]) / f[0],
        sampling,
    )


def bound_percent(value: float, draws: FloatArray, sampling: Sampling) -> Interval:
    """A value in percent with the bounds of its draws alone. value, draws: in parts of one."""
    lower, upper = np.quantile(draws, [1 - sampling.level, sampling.level])
    return Interval(100 * float(value), 100 * float(lower), 100 * float(upper))


def spans_together(spans: CountArray) -> int:
    """Spans of the document in which a span drawn at random stands, on average; at least 1.

    spans: [documents]. For k spans in each document it is k, and more where they are unequal.
    """
    total = int(spans.sum())
    return round(int((spans**2).sum()) / total) if total else 1


def resample_f(counts: CountArray, sampling: Sampling) -> FloatArray:
    """F of each draw of as many documents as there are.

    counts: [documents, pipelines, 3]. Returns [resamples, pipelines].
    """
    return resample_with(counts, [], sampling)[0]


def resample_with(
    counts: CountArray, unseen: Sequence[Sequence[Sequence[int]]], sampling: Sampling
) -> list[FloatArray]:
    """The same with one document more, [pipelines, 3]: an array for each that it may be.

    Documents with equal counts cannot be told apart, so draws are made among the different ones,
    in proportion to how often each occurs: the same distribution at a fraction of the work.
    """
    documents, pipelines, _ = counts.shape
    rows, times = np.unique(counts.reshape(documents, 3 * pipelines), axis=0, return_counts=True)
    times = np.append(times, bool(unseen))
    random = np.random.default_rng(sampling.seed)
    draws = random.multinomial(times.sum(), times / times.sum(), size=sampling.resamples)
    totals = (draws[:, :-1] @ rows).reshape(sampling.resamples, pipelines, 3)
    if not unseen:
        return [f_scores(totals)]
    often = draws[:, -1, None, None]
    return [f_scores(totals + often * np.array(document)) for document in unseen]


class _Extremes(NamedTuple):
    """Documents that may not have been drawn, [pipelines, 3]: one for each bound."""

    lower: list[list[int]]
    upper: list[list[int]]


def _extremes(before: CountArray, after: CountArray) -> _Extremes:
    """All hits of a document lost, and all of one gained."""
    lost, gained = spans_together(before[:, 0]), spans_together(after[:, 0])
    return _Extremes([_found(lost), _missed(lost)], [_missed(gained), _found(gained)])


def _found(spans: int) -> list[int]:
    return [spans, 0, 0]


def _missed(spans: int) -> list[int]:
    return [0, 0, spans]


def _bound(
    counts: CountArray,
    extremes: _Extremes,
    statistic: Callable[[FloatArray], FloatArray],
    gradient: Callable[[FloatArray], FloatArray],
    sampling: Sampling,
) -> Interval:
    """statistic: of F, [..., pipelines] to [...]; gradient: its derivatives at F, [pipelines]."""
    pessimistic, optimistic = map(statistic, resample_with(counts, extremes, sampling))
    f = f_scores(counts.sum(axis=0))
    value = float(statistic(f))
    return Interval(
        value,
        min(value, float(np.quantile(pessimistic, 1 - sampling.level))),
        max(value, float(np.quantile(optimistic, sampling.level))),
        # fsum: the same sum in any order of the documents.
        math.sqrt(math.fsum((_influence(counts) @ gradient(f)) ** 2)),
    )


def _influence(counts: CountArray) -> FloatArray:
    """How much each document moves each F, to first order: [documents, pipelines].

    Columns add up to 0; the root of the sum of squares is the standard error (delta method).
    """
    weights = 2 * counts[..., 0] + counts[..., 1] + counts[..., 2]
    totals = weights.sum(axis=0)
    moved = 2 * counts[..., 0] - f_scores(counts.sum(axis=0)) * weights
    influence: FloatArray = np.divide(moved, totals, out=np.zeros(moved.shape), where=totals > 0)
    return influence
