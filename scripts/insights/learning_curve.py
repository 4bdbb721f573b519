"""The learning curve: what more annotated texts would bring.

1 - F falls with the number of annotated texts x like a + b * x ** -c: an inverse power law, fitted
by weighted least squares with the larger numbers weighing more, after Figueroa, Zeng-Treitler,
Kandula and Ngo, "Predicting sample size required for classification performance" (BMC Medical
Informatics and Decision Making 12:8, 2012). Hestness et al. (arXiv:1712.00409) found the same law
for networks over many orders of magnitude.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..evaluation.bootstrap import (
    CountArray,
    FloatArray,
    Interval,
    Sampling,
    bound_percent,
    f_scores,
)
from ..evaluation.scores import CharSpan, count_offsets, entity_spans, micro_counts, missing_ranges
from .folds import GoldText
from .records import LearningCurve, Point, Worth
from .trainings import Outcome

MORE = 1.5  # how far the curve is followed: half as many texts again
WORTH = 1.0  # points of F that make half as many texts again worth their while
SAMPLING = Sampling(resamples=2000)
_EXPONENTS = np.linspace(0.05, 1.5, 30)


class Law(NamedTuple):
    """a + b * x ** -c, each parameter of shape [...]."""

    a: FloatArray
    b: FloatArray
    c: FloatArray

    def at(self, x: float) -> FloatArray:
        """1 - F at x, of shape [...]."""
        value: FloatArray = self.a + self.b * x**-self.c
        return value


def fit_law(sizes: FloatArray, errors: FloatArray) -> Law:
    """The law that comes nearest to some errors (1 - F), with a and b not negative.

    sizes: [points], the largest about 1. errors: [..., points]. For each exponent of a grid a and
    b follow from linear least squares; the best exponent is taken.
    """
    weights = sizes / sizes.sum()
    best = [np.full(errors.shape[:-1], np.inf), *(np.zeros(errors.shape[:-1]) for _ in range(3))]
    for exponent in _EXPONENTS:
        x = sizes**-exponent
        a, b = _line(x, errors, weights)
        loss = (weights * (errors - a[..., None] - b[..., None] * x) ** 2).sum(axis=-1)
        better = loss < best[0] - 1e-12
        for kept, value in zip(best, (loss, a, b, exponent), strict=True):
            np.copyto(kept, value, where=better)
    return Law(*best[1:])


def _line(x: FloatArray, y: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """a and b of y = a + b * x, neither of them negative."""
    middle, level = (weights * x).sum(), (weights * y).sum(axis=-1)
    spread = (weights * (x - middle) ** 2).sum()
    b = (weights * (x - middle) * (y - level[..., None])).sum(axis=-1) / spread
    a = level - b * middle
    through_zero = (weights * x * y).sum(axis=-1) / (weights * x**2).sum()
    b = np.where(a < 0, through_zero, b)
    a = np.where(a < 0, 0.0, a)
    return np.where(b < 0, level, a), np.maximum(b, 0.0)


def count_texts(
    gold: Sequence[GoldText], outcomes: Sequence[Outcome], labels: Collection[str]
) -> CountArray:
    """Counts of each text by the specialist of each share that has not seen it.

    Of shape [texts, shares, 3], texts as in `gold`, shares as in the outcomes from the smallest.
    """
    said = {(outcome.share, one.hash): one.found for outcome in outcomes for one in outcome.said}
    shares = sorted({outcome.share for outcome in outcomes})
    rows = []
    for text in gold:
        spans, missing = entity_spans(text.doc), missing_ranges(text.doc)
        found = [said[share, text.doc.user_data["hash"]] for share in shares]
        counts = [
            micro_counts(count_offsets(spans, [CharSpan(*one) for one in each], missing), labels)
            for each in found
        ]
        rows.append([(c.true_positives, c.false_positives, c.false_negatives) for c in counts])
    return np.array(rows, dtype=np.int64).reshape(len(gold), len(shares), 3)


def resample(counts: CountArray, folds: NDArray[Any], sampling: Sampling) -> FloatArray:
    """F of each draw, [resamples, shares].

    Folds are drawn with replacement and texts within them: how well a specialist does depends on
    the texts that it is trained on, and these are a fold's together. counts: [texts, shares, 3];
    folds: [texts].
    """
    random = np.random.default_rng(sampling.seed)
    parts = [counts[folds == fold] for fold in np.unique(folds)]
    drawn = random.multinomial(len(parts), np.full(len(parts), 1 / len(parts)), sampling.resamples)
    totals = np.zeros((sampling.resamples, *counts.shape[1:]), dtype=np.int64)
    for part, times in zip(parts, drawn.T, strict=True):
        # Texts with equal counts cannot be told apart (see `bootstrap.resample_with`).
        rows, often = np.unique(part.reshape(len(part), -1), axis=0, return_counts=True)
        draws = random.multinomial(times * len(part), often / len(part))
        totals += (draws @ rows).reshape(totals.shape)
    return f_scores(totals)


def measure_curve(
    counts: CountArray, folds: NDArray[Any], sizes: Sequence[tuple[int, int]], sampling: Sampling
) -> LearningCurve:
    """The curve through what was measured, and what half as many texts again would bring.

    sizes: texts and spans that each share has, from the smallest.
    """
    whole, draws = f_scores(counts.sum(axis=0)), resample(counts, folds, sampling)
    texts = sizes[-1][0]
    x = np.array([count for count, _ in sizes]) / texts
    law, laws = fit_law(x, 1 - whole), fit_law(x, 1 - draws)
    gains = laws.at(1.0) - laws.at(MORE)
    miss = 100 * unforeseen(x, whole)
    gain = bound_percent(float(law.at(1.0) - law.at(MORE)), gains, sampling)
    f = bound_percent(float(1 - law.at(MORE)), 1 - laws.at(MORE), sampling)
    gain, f = _widen(gain, miss, least=0.0), _widen(f, miss, most=100.0)
    worth = judge_gain(gain)
    more = round(texts * MORE)
    points = [
        Point(*size, bound_percent(float(value), column, sampling))
        for size, value, column in zip(sizes, whole, draws.T, strict=True)
    ]
    law_values = (float(law.a), float(law.b), float(law.c))
    sentence = describe_gain(gain, worth, more - texts)
    return LearningCurve(points, *law_values, texts, more, f, gain, worth, sentence)


def unforeseen(sizes: FloatArray, f: FloatArray) -> float:
    """How far off the law may be at `MORE` texts, judged by the last point that was measured.

    It is fitted to the points before that one and asked about it; the error is taken in proportion
    to the logarithms of the two steps. The draws cannot tell of it: each has a law of its own, but
    nature may have another. sizes: [points], the last is 1. f: [points].
    """
    before = sizes[:-1] / sizes[-2]
    error = abs(float(1 - fit_law(before, 1 - f[:-1]).at(float(1 / sizes[-2])) - f[-1]))
    return error * float(np.log(MORE) / -np.log(sizes[-2]))


def _widen(
    interval: Interval, by: float, *, least: float = -100.0, most: float = 100.0
) -> Interval:
    lower, upper = max(least, interval.lower - by), min(most, interval.upper + by)
    return Interval(interval.value, lower, upper)


def judge_gain(gain: Interval) -> Worth:
    """Whether more annotation is worth it."""
    if gain.lower >= WORTH:
        return "yes"
    return "hardly" if gain.upper < WORTH else "unclear"


def describe_gain(gain: Interval, worth: Worth, texts: int) -> str:
    """The same in one sentence."""
    verdict = {
        "yes": "more annotation is worth it",
        "hardly": "more annotation of this kind is hardly worth it",
        "unclear": "whether more annotation is worth it cannot be told yet",
    }[worth]
    return (
        f"Half as many annotated texts again ({texts:,} more) would bring about "
        f"{gain.value:.1f} points of F ({gain.lower:.1f} to {gain.upper:.1f}): {verdict}."
    )


def average_sizes(outcomes: Sequence[Outcome]) -> list[tuple[int, int]]:
    """Texts and spans that the specialists of each share were trained on, from the smallest."""
    shares = sorted({outcome.share for outcome in outcomes})
    return [
        (
            round(float(np.mean([one.texts for one in outcomes if one.share == share]))),
            round(float(np.mean([one.spans for one in outcomes if one.share == share]))),
        )
        for share in shares
    ]
