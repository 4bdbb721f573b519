"""An evaluation and the gate's decision, made by hand, for tests of what is built from them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.evaluation.bootstrap import Interval
from scripts.evaluation.records import (
    FORMAT,
    Comparison,
    Evaluation,
    FalseAlarms,
    Figures,
    Labels,
    PipelineRecord,
    Row,
    Size,
    Speed,
)
from scripts.release.gate_rules import Decision, decide
from scripts.release.lineage import Lineage
from scripts.release.thresholds import Thresholds
from scripts.release.tracing import Run, trace
from scripts.training.pipelines import BaseRecord

BASE = BaseRecord(
    name="base",
    version="2.0.0",
    lang="en",
    spacy_version=">=3.8.0,<3.9.0",
    source="demo",
    labels=["ORG", "PERSON"],
    recognizers=["ner"],
    upstream=[],
    entity_components=["ner"],
    fingerprint="b" * 64,
)


def figures(f: float) -> Figures:
    """Figures with the same precision, recall and F, in percent."""
    return Figures(precision=f, recall=f, f=f, predicted=100)


def row(support: int, base: float, update: float) -> Row:
    """A row whose bounds lie half a point around its values."""
    against = Interval(update - base, update - base - 0.5, update - base + 0.5)
    return Row(
        support=support,
        base=figures(base),
        specialist=figures(update),
        update=figures(update),
        bounds=Interval(update, update - 0.5, update + 0.5),
        against_base=against,
        against_specialist=Interval(0, -0.5, 0.5),
    )


def comparison(reference: str, group: str, rows: dict[str, Row]) -> Comparison:
    """A comparison with one group: that of the first row."""
    return Comparison(
        reference="gold" if reference == "gold" else "base",
        size=Size(documents=200, words=4321, spans=345),
        micro={group: next(iter(rows.values()))},
        labels=rows,
        left_out={},
        analysis={},
        changed={},
    )


def evaluation(fingerprint: str = "a" * 64, *, label: str = "DRUG") -> Evaluation:
    """An update that learnt one label, kept ORG, and has no gold for it."""
    gold = comparison("gold", "annotated", {label: row(120, 0.0, 81.2)})
    gold.micro["new"] = gold.micro["annotated"]
    records = {
        name: PipelineRecord(f"en_{name}", "1.0.0", "3.8.18", ["ner"], fingerprint)
        for name in ("base", "specialist", "update")
    }
    return Evaluation(
        format=FORMAT,
        labels=Labels(annotated=[label], new=[label], shared=[], retained=["ORG"]),
        pipelines=records,
        gold=gold,
        retained_gold=None,
        agreement=comparison("base", "retained", {"ORG": row(99, 100.0, 99.3)}),
        false_alarms=FalseAlarms(documents=200, words=10_000, specialist=60, update=5),
        negative_text=None,
        retention=None,
        plasticity=Interval(0.97, 0.95, 1.0),
        speed=Speed(documents=200, words=4321, rounds=3, base=9000, update=7000, ratio=0.78),
        resamples=1000,
        seed=0,
    )


def evaluation_with_gold(f: float) -> Evaluation:
    """The same with gold for ORG, on which the base has 70 and the update F."""
    retained = comparison("gold", "retained", {"ORG": row(500, 70.0, f)})
    return replace(evaluation(), retained_gold=retained, retention=Interval(f / 70, f / 70, f / 70))


def decision(of: Evaluation) -> Decision:
    """The gate's decision with its default thresholds."""
    return decide(of, Thresholds())


def file_record(path: str, digit: str) -> dict[str, Any]:
    """A file as `inputs` records it. digit: of its hash."""
    return {"path": path, "sha256": digit * 64, "bytes": 10, "times": [1, 2]}


def inputs() -> dict[str, Any]:
    """What `inputs` writes of a run with an export and raw text (`assets/inputs.json`)."""
    files = {"export": "/home/ada/secret/export.json", "raw_text": "/home/ada/secret/news.txt"}
    records = {
        name: {"paths": [path], "files": [file_record(path, str(number))]}
        for number, (name, path) in enumerate(files.items(), start=1)
    }
    names = ("export", "raw_text", "label_map", "retained_gold", "replay_gold", "config")
    values = files | dict.fromkeys(names[2:]) | {"raw_source": None, "raw_license": "CC-BY-4.0"}
    return {
        "vars": values | {"seed": 7, "encoder": "full", "name": "drugs", "max_loss": 1.0},
        "inputs": {
            "encoder": {},
            "teacher": {},
            "base": {"kind": "folder", "place": "/home/ada/base", "files": []},
            "export": {"export": records["export"], "label_map": None},
            "raw_text": {"raw_text": records["raw_text"]},
            "retained_gold": {"retained_gold": None},
            "replay_gold": {"replay_gold": None},
            "config": {"config": None},
            "choice": {},
        },
    }


CONVERSION: dict[str, Any] = {
    "tasks": {"tasks": 2200, "annotated": 1970, "annotated_empty": 30},
    "spans": {"regions": 900, "entities": 880},
    "labels": {"annotated": ["DRUG"], "counts": {"DRUG": 880}},
    "splits": {"train": 1400, "dev": 200, "test": 400},
    "agreement": [
        {
            "annotators": [who, "ada@example.org"],
            "texts": 10,
            "label": label,
            "support": support,
            "exact": exact,
            "partial": exact,
        }
        for who, support, exact in (("1", 30, 0.8), ("2", 10, 0.4))
        for label in (None, "DRUG")
    ],
}
REHEARSAL: dict[str, Any] = {
    "merged": {"train": 1500, "dev": 220},
    "rehearsal": {"train": 3000, "dev": 300, "test": 800},
    "raw_text": {"read": 5000, "repeated": 3},
    "replay": {"train": 0, "dev": 0},
}
STRATEGY: dict[str, Any] = {
    "strategy": "double",
    "chosen": "double",
    "why": "vars.strategy says so.",
    "config": {"name": "update.cfg", "sha256": "c" * 64, "bytes": 3},
}


def run(scores: Evaluation) -> Run:
    """A run that ended with an evaluation."""
    return Run(
        inputs=inputs(),
        conversion=CONVERSION,
        rehearsal=REHEARSAL,
        strategy=STRATEGY,
        base=BASE,
        license="MIT",
        evaluation=scores,
        gate=decision(scores),
        project=Path("tests/unit"),
    )


def lineage(scores: Evaluation) -> Lineage:
    """The lineage of an update with an evaluation."""
    return trace(run(scores))
