"""What a naive update forgets of spans and tags, and what ours keeps, on public data.

    python -m tests.benchmarks.marks FOLDER [--only tagger] [--seeds 3]

FOLDER is a new folder, or one whose seeds are there already; those are not run again. The data
stand beside the project (see CONTRIBUTING.md).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import srsly
import typer
from rich.console import Console
from rich.table import Table
from spacy.language import Language

from scripts.evaluation.bootstrap import CountArray, Interval, Sampling, f_scores, resample_f
from scripts.evaluation.held_out import Reference
from scripts.evaluation.scores import count_offsets, micro_counts
from scripts.kinds.kind import Kind
from scripts.kinds.known import find_kind
from scripts.training.beside import find_components, find_mergers
from scripts.training.pipelines import find_upstream, load_pipeline
from tests.rounds import Round

from .component_data import Inputs, Tests, prepare_spancat, prepare_tagger

DATA = Path("../shared/data")
CASES = {"spancat": prepare_spancat, "tagger": prepare_tagger}
PIPELINES = {"base": "base", "naive": "specialist", "update": "update"}
SAMPLING = Sampling(resamples=2000)
Counted = dict[str, dict[str, CountArray]]  # pipeline -> "new" or "old" -> [documents, 3]


def main(
    folder: Annotated[Path, typer.Argument(help="folder of the runs")],
    only: Annotated[str, typer.Option(help="one of the components")] = "",
    seeds: Annotated[int, typer.Option(help="number of seeds, from 0")] = 3,
    epochs: Annotated[int, typer.Option(help="of each training, 0 for a length by data")] = 0,
) -> None:
    """Run all seeds and print F of new and old labels with bounds."""
    table = Table("component", "labels", *PIPELINES)
    for name, prepare in CASES.items():
        if only in ("", name):
            inputs, tests = prepare(DATA, folder / name)
            runs = [
                run_seed(inputs, tests, folder / name / str(seed), seed, epochs)
                for seed in range(seeds)
            ]
            for part, title in (("new", "new"), ("old", "of the base")):
                cells = [_cell(bound([run[p][part] for run in runs])) for p in PIPELINES]
                table.add_row(name, title, *cells)
    Console().print(table)


def run_seed(inputs: Inputs, tests: Tests, folder: Path, seed: int, epochs: int) -> Counted:
    """Make the updates of a seed, unless they are there, and count what is right."""
    if not (folder / "update").exists():
        training = {"seed": seed, "max_epochs": epochs}
        Round(*inputs, training=training).run(folder)
    kind = find_kind(inputs.component)
    counted: Counted = {}
    for name, place in PIPELINES.items():
        nlp = only_kind(load_pipeline(folder / place), kind)
        counted[name] = {
            "new": count(nlp, kind, tests.new, tests.new_labels),
            "old": count(nlp, kind, tests.old, tests.old_labels),
        }
    values = {
        name: {part: float(f_scores(array.sum(axis=0))) for part, array in parts.items()}
        for name, parts in counted.items()
    }
    srsly.write_json(folder / "scores.json", values)
    return counted


def only_kind(nlp: Language, kind: Kind) -> Language:
    """The pipeline with nothing enabled but what makes its answers, for speed."""
    found = find_components(nlp, kind)
    nlp.select_pipes(enable=[*find_upstream(nlp, found), *found, *find_mergers(nlp, kind)])
    return nlp


def count(
    nlp: Language, kind: Kind, references: Sequence[Reference], labels: Sequence[str]
) -> CountArray:
    """Counts of some labels together in each text: [documents, 3]."""
    rows = []
    docs = nlp.pipe(reference.text for reference in references)
    for reference, doc in zip(references, docs, strict=True):
        counts = count_offsets(reference.spans, kind.read(doc), reference.missing)
        one = micro_counts(counts, labels)
        rows.append((one.true_positives, one.false_positives, one.false_negatives))
    return np.array(rows, dtype=np.int64)


def bound(seeds: Sequence[CountArray]) -> Interval:
    """The mean F of some seeds in points, with one-sided bounds of 95 %.

    Documents and seeds are drawn, for all seeds the same documents.
    """
    drawn = resample_f(np.stack(seeds, axis=1), SAMPLING)
    random = np.random.default_rng(SAMPLING.seed)
    chosen = random.integers(len(seeds), size=drawn.shape)
    means = np.take_along_axis(drawn, chosen, axis=1).mean(axis=1)
    lower, upper = np.quantile(means, [0.05, 0.95])
    value = np.mean([f_scores(array.sum(axis=0)) for array in seeds])
    return Interval(float(value), float(lower), float(upper)).times(100)


def _cell(one: Interval) -> str:
    return f"{one.value:.1f} [{one.lower:.1f}, {one.upper:.1f}]"


if __name__ == "__main__":
    sys.exit(typer.run(main))
