"""How much larger a test set must be before it can tell.

An interval gets narrower with the root of the number of texts, and what `evaluation.bootstrap` adds
for texts that were not seen shrinks with the number itself. Both are taken from the interval that
was measured. docs/gate.md has what the predictions are worth.
"""

import math

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Row

# Standard normal quantiles: of the bounds (0.95), and of the power (0.8) that an advice aims at.
BOUND, POWER = 1.645, 0.842
# Doubt that a test set of a few spans does not show: as many spans more, half of them found
# (Agresti and Coull 1998, "Approximate is better than exact for interval estimation").
UNSEEN_SPANS = 4
# Where few texts changed, their number says little of how many will: this part of an unseen text is
# taken to vary too (fitted with tests.benchmarks.gate_errors).
FEW = 0.35
MOST = 1_000_000  # texts: what needs more is out of reach


def texts_for_no_loss(change: Interval, texts: int, max_loss: float) -> int | None:
    """Texts with which an update that loses nothing passes four times out of five.

    change: of F against the base, in points, on `texts` texts. It passes when its lower bound is
    at least -max_loss. None where nothing is known of the error, or no number in reach would do.
    """
    if not texts or change.error is None or not max_loss:
        return None
    error, unseen = change.error, _unseen(change)

    def lower_bound(factor: float) -> float:
        """As it is in one of five larger test sets or lower, when nothing is lost."""
        drawn, rare = error / math.sqrt(factor), unseen / factor
        varied = math.hypot(error, FEW * unseen) / math.sqrt(factor)
        return -(rare + BOUND * math.hypot(drawn, rare) + POWER * varied)

    low, high = 1e-3, MOST / texts
    if lower_bound(high) < -max_loss:
        return None
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if lower_bound(middle) >= -max_loss else (middle, high)
    return math.ceil(texts * high)


def texts_for_width(row: Row, texts: int, width: float) -> int:
    """Texts with which the bounds of the update's F are about `width` points apart.

    At least as many spans as a binomial share would need, since a few spans hardly show how unsure
    they are. Where there is no span, a text is taken to hold one.
    """
    share = (row.update.f / 100 * row.support + UNSEEN_SPANS / 2) / (row.support + UNSEEN_SPANS)
    spans = (2 * BOUND * 100 / width) ** 2 * share * (1 - share)
    by_spans = spans * texts / row.support if row.support else spans
    by_interval = texts * ((row.bounds.upper - row.bounds.lower) / width) ** 2
    return math.ceil(max(by_spans, by_interval))


def _unseen(change: Interval) -> float:
    """By how much the text that was added for the lower bound moved it, in points.

    value - lower = unseen + BOUND * hypot(error, unseen), solved for unseen.
    """
    error, distance = change.error or 0.0, change.value - change.lower
    surplus = distance**2 - (BOUND * error) ** 2
    if surplus <= 0:
        return 0.0
    square = BOUND**2 - 1
    return (math.sqrt(distance**2 + square * surplus) - distance) / square
