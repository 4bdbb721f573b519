"""How often the gate errs: simulated test sets, judged by the gate itself.

    python -m tests.benchmarks.gate_errors [--trials 1000] [--workers 2]

Texts are drawn from what real updates did (`gate_shapes`). *No loss*: base and update change places
in half of the texts, so no score differs. *Loss*: those texts are weighted by exp(a x + b y), x and
y their shares in the F of base and update, so that F of the base stays and that of the update is
lower by exactly the loss: of all such distributions the one nearest to the real one. *Whole texts*:
the update loses all that the base found in a text, in as many texts as make the loss.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from scripts.evaluation.bootstrap import (
    CountArray,
    FloatArray,
    Interval,
    Sampling,
    bound_difference,
    bound_f,
    f_scores,
)
from scripts.evaluation.records import Figures, Row
from scripts.project.files import write_json
from scripts.project.progress import track
from scripts.release.gate_rules import decide
from scripts.release.sample_size import texts_for_no_loss
from scripts.release.thresholds import Thresholds
from tests.benchmarks.gate_shapes import LABELS, Shape, read_shapes
from tests.evaluations import evaluation

OUTPUT = Path(__file__).parent / "results" / "gate_errors.json"
TEXTS = (100, 500, 2000)
LIMITS = Thresholds()
MARGIN, LABEL_MARGIN = LIMITS.max_loss / 100, LIMITS.max_label_loss / 100
LABEL = "ORG"  # the one that loses, where a single label does
PILOTS = 60  # test sets from which a size is predicted


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


def main(
    trials: Annotated[int, typer.Option(min=10, help="test sets a cell")] = 1000,
    resamples: Annotated[int, typer.Option(min=100, help="draws of each bootstrap")] = 400,
    workers: Annotated[int, typer.Option(min=1, help="processes")] = 2,
    output: Annotated[Path, typer.Option(help="JSON to write")] = OUTPUT,
) -> None:
    """Simulate all cells, write the result and print it."""
    cells = list(list_cells(read_shapes()))
    jobs = [(cell, trials, resamples) for cell in cells]
    results = []
    with get_context("spawn").Pool(workers) as pool:
        for result in track(pool.imap(simulate, jobs), "Gate", len(jobs)):
            results.append(result)
            record = {"trials": trials, "resamples": resamples, "results": results}
            write_json(output, record)
    Console(width=160).print(make_table(results))


def list_cells(shapes: Sequence[Shape]) -> Iterator[Cell]:
    """What is simulated, the shorter ones first within each shape."""
    for shape in shapes:
        double = shape.name.endswith("double")
        for texts in TEXTS:
            yield Cell("verdict", shape.name, "no loss", 0, texts)
            yield Cell("verdict", shape.name, "loss", MARGIN, texts)
            if double:
                yield Cell("verdict", shape.name, "whole texts", MARGIN, texts)
            else:
                yield Cell("label", shape.name, "label", LABEL_MARGIN, texts)
        for texts in TEXTS[:2]:
            yield Cell("size", shape.name, "no loss", 0, texts)
        for loss in (0.01, 0.015, 0.02) if double else ():
            for truth in ("loss", "whole texts"):
                yield Cell("agreement", shape.name, truth, loss, TEXTS[-1])


def simulate(job: tuple[Cell, int, int]) -> dict[str, Any]:
    """One cell, always with the same draws."""
    cell, trials, resamples = job
    seed = int.from_bytes(msgspec.json.encode(cell)) % 2**63
    random = np.random.default_rng(seed)
    found = KINDS[cell.kind](make_population(cell), cell, random, trials, Sampling(resamples))
    return {**msgspec.to_builtins(cell), **found}


def count_verdicts(
    population: Population,
    cell: Cell,
    random: np.random.Generator,
    trials: int,
    sampling: Sampling,
) -> dict[str, Any]:
    """Shares of pass, inconclusive and fail, with the rule for single labels and without."""
    with_labels, without = Counter[str](), Counter[str]()
    for _ in range(trials):
        counts = population.counts[draw(population, cell.texts, random)]
        judged = evaluation(
            retained=make_row(counts.sum(axis=2), sampling, MARGIN),
            retained_labels={
                label: make_row(counts[:, :, column], sampling, LABEL_MARGIN)
                for column, label in enumerate(LABELS)
            },
        )
        with_labels[decide(judged, LIMITS).verdict] += 1
        without[decide(judged, Thresholds(max_label_loss=100)).verdict] += 1
    return {
        name: {verdict: counter[verdict] / trials for verdict in ("pass", "inconclusive", "fail")}
        for name, counter in (("with_labels", with_labels), ("without_labels", without))
    }


def count_label_refusals(
    population: Population,
    cell: Cell,
    random: np.random.Generator,
    trials: int,
    sampling: Sampling,
) -> dict[str, Any]:
    """Share of the test sets in which the label is refused, and its gold spans."""
    refused, spans = 0, []
    for _ in range(trials):
        counts = population.counts[draw(population, cell.texts, random)]
        row = make_row(counts[:, :, LABELS.index(LABEL)], sampling, LABEL_MARGIN)
        spans.append(row.support)
        rules = decide(evaluation(retained_labels={LABEL: row}), LIMITS).rules
        refused += any(r.name == f"retained label {LABEL}" and r.verdict == "fail" for r in rules)
    return {"refused": refused / trials, "spans": float(np.median(spans))}


def count_agreements(
    population: Population,
    cell: Cell,
    random: np.random.Generator,
    trials: int,
    sampling: Sampling,
) -> dict[str, Any]:
    """Share of the test sets in which agreement alone lets the update pass."""
    passed, values = 0, []
    for _ in range(trials):
        counts = population.agreement[draw(population, cell.texts, random)]
        values.append(float(f_scores(counts.sum(axis=0))))
        least = LIMITS.min_agreement / 100
        passed += values[-1] >= least and bound_f(counts, sampling).lower >= least
    return {"pass": passed / trials, "agreement": float(np.mean(values))}


def check_sizes(
    population: Population,
    cell: Cell,
    random: np.random.Generator,
    trials: int,
    sampling: Sampling,
) -> dict[str, Any]:
    """The size that a test set of `cell.texts` asks for, and how often one of it passes."""
    sizes = []
    for _ in range(PILOTS):
        change = change_of(population, cell.texts, random, sampling).times(100)
        sizes.append(texts_for_no_loss(change, cell.texts, LIMITS.max_loss) or math.inf)
    low, size, high = (int(np.quantile(sizes, share)) for share in (0.1, 0.5, 0.9))
    trials = min(trials, 300)  # large test sets take long
    passed = sum(
        change_of(population, size, random, sampling).lower >= -MARGIN for _ in range(trials)
    )
    return {"size": [low, size, high], "power": passed / trials}


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "verdict": count_verdicts,
    "label": count_label_refusals,
    "agreement": count_agreements,
    "size": check_sizes,
}


def draw(population: Population, texts: int, random: np.random.Generator) -> NDArray[Any]:
    """Which kinds of text a test set has."""
    return random.choice(len(population.weights), texts, p=population.weights)


def change_of(
    population: Population, texts: int, random: np.random.Generator, sampling: Sampling
) -> Interval:
    """Micro F of the update minus that of the base on a test set."""
    counts = population.counts[draw(population, texts, random)].sum(axis=2)
    return bound_difference(counts[:, 0], counts[:, 1], sampling)


def make_row(counts: CountArray, sampling: Sampling, margin: float) -> Row:
    """What the gate reads of base and update. counts: [texts, pipelines, 3].

    Bounds that cannot decide are not taken: the upper one lies at the value or above it.
    """
    before, after = counts[:, 0], counts[:, 1]
    f = f_scores(counts.sum(axis=0)) * 100
    value = float(f[1] - f[0])
    support = int(counts[:, 0, [0, 2]].sum())
    decides = value < -LABEL_MARGIN * 100 or margin == MARGIN
    change = Interval(value, -100, 100)
    if decides:
        change = bound_difference(before, after, sampling).times(100)
    base, update = (Figures(0, 0, float(one), 0) for one in f)
    return Row(support, base, base, update, Interval(float(f[1]), 0, 100), change, change)


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


def make_table(results: Sequence[dict[str, Any]]) -> Table:
    """A line a cell."""
    table = Table("kind", "texts like", "truth", "loss", "texts", "result")
    for one in results:
        rest = {key: value for key, value in one.items() if key not in Cell.__annotations__}
        cell = [one[key] for key in ("kind", "shape", "truth", "loss", "texts")]
        table.add_row(*map(str, cell), msgspec.json.encode(rest).decode())
    return table


if __name__ == "__main__":
    typer.run(main)
