"""A real English base updated with biomedical annotations, scored on public test sets.

    python -m tests.benchmarks.real_base FOLDER [--strategy two-teacher] [--seed 1]

FOLDER is a new folder: the project is copied there and run to a verified wheel, with 1,500
sentences of bc5cdr as a Label Studio export, the other 3,060 as unannotated tasks of it.
The data stand beside the project (see docs/benchmark.md).
"""

import subprocess
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import srsly
import typer
from rich.console import Console
from rich.table import Table
from spacy.language import Language

from scripts.conversion.label_studio_json import export_tasks
from scripts.evaluation.bootstrap import Interval, Sampling, bound_difference, bound_f
from scripts.evaluation.scores import CharSpan, count_offsets, entity_spans, micro_counts
from scripts.to_label_studio import read_labelled_texts
from scripts.training.pipelines import find_recognizers, load_pipeline
from tests.workflow.conftest import ROOT, command, copy_project

DATA = ROOT.parent / "shared" / "data"
BASE = DATA / "pipelines/en_core_web_sm_v23_port"
BC5CDR = DATA / "datasets/bc5cdr"
# The base's labels as wikigold and EWT name them.
RETAINED = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
NEW = {"Chemical": "Chemical", "Disease": "Disease"}
ANNOTATED = 1500


class TestSet(NamedTuple):
    """A public test set. names: model label -> gold label; others are left out of both."""

    name: str
    path: Path
    names: dict[str, str]


TEST_SETS = (
    TestSet("bc5cdr test", BC5CDR / "test.jsonl", NEW),
    TestSet("wikigold", DATA / "datasets/wikigold/all.jsonl", RETAINED),
    TestSet("EWT test", DATA / "datasets/uner_en_ewt/test.jsonl", RETAINED),
)
PIPELINES = {
    "base": "training/base",
    "naive": "training/specialist/model-best",
    "update": "training/update/model-best",
}


def main(
    folder: Annotated[Path, typer.Argument(help="new folder for the run")],
    strategy: Annotated[str, typer.Option(help="var of the project")] = "double",
    seed: Annotated[int, typer.Option(help="var of the project")] = 0,
    project_texts: Annotated[int, typer.Option(help="unannotated tasks")] = 3060,
) -> None:
    """Run the project on a real base and print F with intervals on public test sets."""
    values = prepare(folder, project_texts=project_texts)
    values |= {"strategy": strategy, "seed": seed}
    subprocess.run(command("all", values), cwd=folder, check=True)
    results = score_all(folder)
    shown = {name: str(value) for name, value in values.items()}
    srsly.write_json(folder / "real_base.json", {"vars": shown, "results": results})
    Console().print(table(results))


def prepare(folder: Path, *, project_texts: int) -> dict[str, object]:
    """Copy the project, write its inputs; returns the vars of the run."""
    copy_project(folder)
    assets = folder / "assets"
    texts = read_labelled_texts(BC5CDR / "train.jsonl")
    tasks = list(export_tasks(islice(texts, ANNOTATED + project_texts)))
    for task in tasks[ANNOTATED:]:
        task["annotations"] = []
    srsly.write_json(assets / "export.json", tasks)
    srsly.write_yaml(assets / "retained_map.yml", RETAINED)
    srsly.write_jsonl(assets / "retained.jsonl", islice(srsly.read_jsonl(TEST_SETS[1].path), 800))
    return {
        "base_model": BASE,
        "export": "assets/export.json",
        "raw_text": DATA / "raw/wikisplit_sentences.txt",
        "retained_gold": "assets/retained.jsonl",
        "retained_gold_map": "assets/retained_map.yml",
        "name": "bc5cdr",
    }


def score_all(folder: Path, limit: int | None = None) -> dict[str, dict[str, Any]]:
    """For each test set: F of each pipeline and the update's difference, in points with bounds."""
    pipelines = {name: only_entities(load_pipeline(folder / p)) for name, p in PIPELINES.items()}
    results = {}
    for test in TEST_SETS:
        lines = list(islice(srsly.read_jsonl(test.path), limit))
        counts = {name: count(nlp, lines, test.names) for name, nlp in pipelines.items()}
        other = "naive" if test.names is NEW else "base"
        results[test.name] = {
            **{name: _points(bound_f(array, Sampling())) for name, array in counts.items()},
            f"update - {other}": _points(
                bound_difference(counts[other], counts["update"], Sampling())
            ),
            "ratio": float(np.divide(*(_f(counts[name]) for name in ("update", other)))),
            "spans": int(counts["base"][:, [0, 2]].sum()),
        }
    return results


def only_entities(nlp: Language) -> Language:
    """The pipeline with nothing enabled but its recognizers, for speed."""
    nlp.select_pipes(enable=find_recognizers(nlp))
    return nlp


def count(nlp: Language, lines: list[dict[str, Any]], names: dict[str, str]) -> Any:
    """Counts of some labels together in each annotated text: an array [texts, 3]."""
    labels, counts = set(names.values()), []
    for line, doc in zip(lines, nlp.pipe(line["text"] for line in lines), strict=True):
        gold = [CharSpan(**span) for span in line["spans"] if span["label"] in labels]
        found = [span for span in entity_spans(doc) if span.label in names]
        renamed = [span._replace(label=names[span.label]) for span in found]
        all_labels = micro_counts(count_offsets(gold, renamed), labels)
        counts.append(
            (all_labels.true_positives, all_labels.false_positives, all_labels.false_negatives)
        )
    return np.array(counts, dtype=np.int64)


def _f(counts: Any) -> float:
    right, wrong, missed = counts.sum(axis=0)
    return float(2 * right / (2 * right + wrong + missed))


def _points(interval: Interval) -> list[float]:
    points = interval.times(100)
    return [points.value, points.lower, points.upper]


def table(results: dict[str, dict[str, Any]]) -> Table:
    """F in points, with one-sided 95 % bounds, a row a test set."""
    shown = Table("test set", "gold spans", *PIPELINES, "update - other", "ratio")
    for name, result in results.items():
        cells = [_cell(values) for key, values in result.items() if isinstance(values, list)]
        shown.add_row(name, str(result["spans"]), *cells, f"{result['ratio']:.3f}")
    return shown


def _cell(values: Iterable[float]) -> str:
    value, lower, upper = values
    return f"{value:.1f} [{lower:.1f}, {upper:.1f}]"


if __name__ == "__main__":
    sys.exit(typer.run(main))
