"""How often the gate errs: simulated test sets, judged by the gate itself.

    python -m tests.benchmarks.gate_errors [--trials 500] [--workers 2]

What is drawn stands in `gate_populations`. Interrupted, it goes on where it was; a result with
other settings is made anew.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import srsly
import typer
from numpy.typing import NDArray

from scripts.evaluation.bootstrap import (
    CountArray,
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
from tests.benchmarks.gate_populations import (
    LABEL,
    LABELS,
    Cell,
    Population,
    Shape,
    make_population,
    read_shapes,
)
from tests.evaluations import evaluation

OUTPUT = Path(__file__).parent / "results" / "gate_errors.json"
TEXTS = (100, 500, 2000)
LIMITS = Thresholds()
MARGIN, LABEL_MARGIN = LIMITS.max_loss / 100, LIMITS.max_label_loss / 100
FIELDS = tuple(Cell.__annotations__)
PILOTS = 40  # test sets from which a size is predicted


def main(
    trials: Annotated[int, typer.Option(min=10, help="test sets a cell")] = 500,
    resamples: Annotated[int, typer.Option(min=100, help="draws of each bootstrap")] = 400,
    workers: Annotated[int, typer.Option(min=1, help="processes")] = 2,
    output: Annotated[Path, typer.Option(help="JSON to write")] = OUTPUT,
) -> None:
    """Simulate all cells, write the result and print it as Markdown."""
    record: dict[str, Any] = {"trials": trials, "resamples": resamples, "results": []}
    if output.exists():
        found = srsly.read_json(output)
        record = found if {**found, "results": []} == record else record
    results = record["results"]
    done = {tuple(one[key] for key in FIELDS) for one in results}
    cells = list(list_cells(read_shapes()))
    jobs = [(cell, trials, resamples) for cell in cells if astuple(cell) not in done]
    with get_context("spawn").Pool(workers) as pool:
        for result in track(pool.imap(simulate, jobs), "Gate", len(jobs)):
            results.append(result)
            write_json(output, record)
    print(tables(results))


def list_cells(shapes: Sequence[Shape]) -> Iterator[Cell]:
    """What is simulated, the verdicts first."""
    names = [shape.name for shape in shapes]
    double = [name for name in names if name.endswith("double")]
    for texts in TEXTS:
        for name in names:
            yield Cell("verdict", name, "no loss", 0, texts)
            yield Cell("verdict", name, "loss", MARGIN, texts)
        for name in double:
            yield Cell("verdict", name, "whole texts", MARGIN, texts)
    for name in names:
        for texts in TEXTS[:2]:
            yield Cell("size", name, "no loss", 0, texts)
    for name in names:
        for texts in TEXTS if name not in double else ():
            yield Cell("label", name, "label", LABEL_MARGIN, texts)
    for name in double:
        for loss in (0.01, 0.015, 0.02):
            for truth in ("loss", "whole texts"):
                yield Cell("agreement", name, truth, loss, TEXTS[-1])


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
    trials = min(trials, 200)  # large test sets take long
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


def tables(results: Sequence[dict[str, Any]]) -> str:
    """The results as Markdown, a table for each kind, as docs/gate.md has them."""
    by_kind = {kind: [one for one in results if one["kind"] == kind] for kind in KINDS}
    spans = [
        [_truth(one), f"{one['texts']:,}", f"{one['spans']:,.0f}", _percent(one["refused"])]
        for one in by_kind["label"]
    ]
    sizes = [
        [
            one["shape"],
            f"{one['texts']:,}",
            "{1:,} ({0:,} to {2:,})".format(*one["size"]),
            _percent(one["power"]),
        ]
        for one in by_kind["size"]
    ]
    agreements = [
        [_truth(one), f"{100 * one['agreement']:.1f}", _percent(one["pass"])]
        for one in by_kind["agreement"]
    ]
    return "\n\n".join(
        (
            _table(
                "texts like | truth | pass | inconclusive | fail", _verdicts(by_kind["verdict"])
            ),
            _table("texts like | truth | texts | gold spans | refused", spans),
            _table(
                "texts like | texts | asked for: median (10 to 90 %) | passes with these", sizes
            ),
            _table("texts like | truth | agreement | passes", agreements),
        )
    )


def _verdicts(results: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each truth, with a share for each number of texts, in percent."""
    lines = sorted({_truth(one) for one in results})
    return [
        [
            line,
            *(
                " / ".join(
                    f"{100 * one['with_labels'][verdict]:.1f}"
                    for texts in TEXTS
                    for one in results
                    if _truth(one) == line and one["texts"] == texts
                )
                for verdict in ("pass", "inconclusive", "fail")
            ),
        ]
        for line in lines
    ]


def _table(head: str, lines: Iterable[Sequence[str]]) -> str:
    rule = "|".join("---" for _ in head.split("|"))
    return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {' | '.join(line)} |" for line in lines)])


def _truth(one: dict[str, Any]) -> str:
    loss = f" of {100 * one['loss']:g}" if one["loss"] and one["truth"] == "loss" else ""
    loss = f", {100 * one['loss']:g}" if one["truth"] in ("whole texts", "label") else loss
    return f"{one['shape']} | {one['truth']}{loss}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    typer.run(main)
