"""Texts from which `gate_errors` draws test sets, with a true loss or without.

All texts are what real updates did (`gate_shapes`). *No loss*: base and update change places in
half of the texts, so no score differs. *Loss*: those texts are weighted by exp(a x + b y), x and y
their shares in the F of base and update, so that F of the base stays and that of the update is
lower by exactly the loss: of all such distributions the one nearest to the real one. *Label*: the
same for a single label. *Whole texts*: the update loses all that the base found in a text, in as
many texts as make the loss.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from scripts.evaluation.bootstrap import CountArray, FloatArray, f_scores

SHAPES = Path(__file__).parent / "results" / "gate_shapes.json"
LABELS = ("LOC", "ORG", "PER")
LABEL = "ORG"  # the one that loses, where a single label does


class Shape(msgspec.Struct, frozen=True):
    """What one update did on one test set.

    rows: a line for each kind of text: how many texts are like this; then hits, spurious spans and
    misses of the base for each of LABELS, then of the update; then the same three for all labels
    together with the base's spans as reference (agreement).
    """

    name: str
    texts: int
    rows: list[list[int]]


class Population(NamedTuple):
    """Texts to draw from. counts: [kinds, pipelines, labels, 3]; agreement: [kinds, 3]."""

    counts: CountArray
    agreement: CountArray
    weights: FloatArray


@dataclass(frozen=True)
class Cell:
    """A line of the result. kind: what is simulated, one of KINDS. loss: true, in points."""

    kind: str
    shape: str
    truth: str
    loss: float
    texts: int


def read_shapes(path: Path = SHAPES) -> list[Shape]:
    """What `gate_shapes` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=list[Shape])


@cache
def shape_named(name: str) -> Shape:
    """One of the shapes on disk."""
    return next(shape for shape in read_shapes() if shape.name == name)


def make_population(cell: Cell) -> Population:
    """What the cell's test sets are drawn from."""
    rows = np.array(shape_named(cell.shape).rows)
    counts = rows[:, 1:19].reshape(-1, 2, len(LABELS), 3)
    population = Population(counts, rows[:, 19:], rows[:, 0] / rows[:, 0].sum())
    if cell.truth == "whole texts":
        return lose_texts(population, cell.loss)
    population = exchange(population)
    if cell.truth == "no loss":
        return population
    judged = counts_of_label(population) if cell.truth == "label" else population.counts.sum(axis=2)
    return population._replace(weights=weigh(judged, population.weights, cell.loss))


def counts_of_label(population: Population) -> CountArray:
    """[kinds, pipelines, 3] of the one label."""
    counts: CountArray = population.counts[:, :, LABELS.index(LABEL)]
    return counts


def exchange(population: Population) -> Population:
    """Base and update change places in half of the texts."""
    return Population(
        np.concatenate([population.counts, population.counts[:, ::-1]]),
        np.concatenate([population.agreement, population.agreement[:, [0, 2, 1]]]),
        np.concatenate([population.weights, population.weights]) / 2,
    )


def lose_texts(population: Population, loss: float) -> Population:
    """An update that is the base, but finds nothing in some of the texts with hits."""
    same = population.counts.copy()
    same[:, 1] = same[:, 0]
    hits = same[:, 0, :, 0].sum(axis=1)
    chosen = hits > 0
    lost = same[chosen]
    lost[:, 1] = 0
    lost[:, 1, :, 2] = lost[:, 0, :, [0, 2]].sum(axis=0)
    counts = np.concatenate([same, lost])
    found = same[:, 0, :, :2].sum(axis=(1, 2))
    agreement = np.zeros((len(counts), 3), np.int64)
    agreement[: len(same), 0] = found
    agreement[len(same) :, 2] = found[chosen]

    def weights(share: float) -> FloatArray:
        kept = np.where(chosen, (1 - share), 1) * population.weights
        return np.concatenate([kept, share * population.weights[chosen]])

    low, high = 0.0, 1.0
    for _ in range(50):
        share = (low + high) / 2
        f = f_scores(np.einsum("k,kplc->pc", weights(share), counts))
        low, high = (share, high) if f[0] - f[1] < loss else (low, share)
    return Population(counts, agreement, weights(share))


def weigh(counts: CountArray, weights: FloatArray, loss: float) -> FloatArray:
    """Weights under which the update loses, those nearest to the given ones (Kullback-Leibler).

    counts: [kinds, pipelines, 3]. A moment is 0 when F is as wanted; Newton's method on the
    logarithm of the partition function, with short steps.
    """
    totals = 2 * counts[..., 0] + counts[..., 1] + counts[..., 2]
    f = f_scores((counts * weights[:, None, None]).sum(axis=0))[0]
    moments = 2 * counts[..., 0] - np.array([f, f - loss]) * totals
    multipliers = np.zeros(2)
    for _ in range(500):
        exponents = moments @ multipliers
        new = weights * np.exp(exponents - exponents.max())
        new /= new.sum()
        mean = new @ moments
        spread = (moments * new[:, None]).T @ moments - np.outer(mean, mean)
        step = np.linalg.solve(spread + 1e-9 * np.eye(2), mean)
        longest = float(np.abs(step).max())
        multipliers -= step * min(1, 0.5 / max(longest, 1e-12))
        if longest < 1e-9:
            return np.asarray(new)
    raise ValueError(f"no weights make a loss of {loss}")
