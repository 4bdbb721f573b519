"""Tracing an update: from the files that a run left to its lineage."""

import hashlib
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..evaluation.records import Comparison, Evaluation, Row
from ..project.encoder import SIZES
from ..project.files import hash_file
from ..project.teacher import TRANSFORMERS
from ..training.pipelines import BaseRecord
from .data import hash_record, trace_data
from .gate_rules import Decision
from .lineage import (
    FORMAT,
    Agreement,
    BaseSource,
    Environment,
    Export,
    Lineage,
    Recipe,
    Rehearsal,
    Score,
    Scores,
    SourceFile,
    TeacherSource,
    Verdict,
)

CPUINFO = Path("/proc/cpuinfo")  # of Linux, where platform.processor() says little
# Vars that say nothing of what an update becomes: where it runs, what it is called, where it goes.
# Those that name files are inputs here, no vars.
ELSEWHERE = {
    *("base_model", "encoder", "engine", "workers", "tracking", "raw_source", "raw_license"),
    *("name", "lang", "version", "author", "license", "description"),
    *("released", "reproduce_from", "hub_repo", "hub_visibility", "publish"),
    *("project", "pull", "pipeline", "push_limit", "push_file", "project_title", "backend"),
    *("sweep_trials", "sweep_jobs", "parts"),
}
NUMERICS = (
    *("blis", "cymem", "label-studio-sdk", "murmurhash", "numpy", "preshed", "spacy"),
    *("spacy-legacy", "srsly", "thinc", "weasel"),
)
OF_TRANSFORMERS = ("spacy-transformers", "tokenizers", "torch", "transformers")
CODE = ("configs/**/*.cfg", "scripts/**/*.py", "constraints.txt")
NAMED = 3  # files that stand for all of a source


@dataclass(frozen=True)
class Run:
    """What a run left.

    inputs: `vars` and `inputs` as in `assets/inputs.json`; the others are the contents of the files
    of their names in `corpus/` and `training/`. license: the base's. project: the folder of code.
    teacher: in the base's place, None without one; teacher_license: its licence. earlier: the
    updates that made the base.
    """

    inputs: Mapping[str, Any]
    conversion: Mapping[str, Any]
    rehearsal: Mapping[str, Any]
    strategy: Mapping[str, Any]
    base: BaseRecord
    license: str | None
    evaluation: Evaluation
    gate: Decision
    project: Path
    teacher: BaseRecord | None = None
    teacher_license: str | None = None
    earlier: Sequence[Lineage] = ()


def trace(run: Run) -> Lineage:
    """The lineage of the update that a run made."""
    labels, record = run.evaluation.labels, run.inputs["inputs"]["teacher"].get("teacher")
    return Lineage(
        format=FORMAT,
        base=trace_base(run.base, run.inputs["inputs"]["base"], run.license),
        data=trace_data(run.inputs["inputs"], run.base.fingerprint),
        inputs=trace_inputs(run.inputs),
        export=trace_export(run.inputs["inputs"]["export"], run.conversion),
        rehearsal=trace_rehearsal(run.inputs, run.rehearsal),
        labels=asdict(labels),
        recipe=trace_recipe(run.inputs, run.strategy, run.evaluation.seed),
        scores=trace_scores(run.evaluation),
        gate=trace_verdict(run.gate),
        environment=trace_environment(
            run.project,
            transformer=run.inputs["vars"]["encoder"] not in SIZES or run.teacher is not None,
        ),
        teacher=trace_teacher(run.teacher, record, run.teacher_license) if run.teacher else None,
        earlier=list(run.earlier),
    )


def trace_export(record: Mapping[str, Any], conversion: Mapping[str, Any]) -> Export:
    """From what `inputs` wrote about the export, and from the report of `convert`."""
    return Export(
        fingerprint=hash_record(record) or "",
        tasks=dict(conversion["tasks"]),
        spans=dict(conversion["spans"]),
        labels=dict(conversion["labels"]["counts"]),
        splits=dict(conversion["splits"]),
        agreement=pool_agreement(conversion["agreement"]),
    )


def pool_agreement(rows: Iterable[Mapping[str, Any]]) -> list[Agreement]:
    """A row a label over all pairs of annotators, each pair by its number of spans."""
    by_label: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["support"]:
            by_label.setdefault(row["label"], []).append(row)
    return [_pool(label, found) for label, found in by_label.items()]


def _pool(label: str | None, rows: list[Mapping[str, Any]]) -> Agreement:
    support = sum(row["support"] for row in rows)

    def mean(score: str) -> float:
        return float(round(sum(row[score] * row["support"] for row in rows) / support, 4))

    texts = sum(row["texts"] for row in rows)
    return Agreement(label, len(rows), texts, support, mean("exact"), mean("partial"))


def trace_rehearsal(inputs: Mapping[str, Any], rehearsal: Mapping[str, Any]) -> Rehearsal:
    """From the whole of `assets/inputs.json` and from `corpus/rehearsal.json`."""
    record, values = inputs["inputs"]["raw_text"], inputs["vars"]
    files = source_files(record["raw_text"])
    return Rehearsal(
        source=values["raw_source"] or describe_files(files),
        license=values["raw_license"],
        fingerprint=hash_record(record),
        raw_text=dict(rehearsal["raw_text"]),
        texts={name: dict(rehearsal[name]) for name in ("merged", "rehearsal", "replay")},
    )


def describe_files(files: list[SourceFile]) -> str:
    """Files in words: the first names, and how many others there are."""
    named = ", ".join(file.name for file in files[:NAMED])
    others = len(files) - NAMED
    return (f"{named} and {others:,} other files" if others > 0 else named) or "none"


def trace_inputs(inputs: Mapping[str, Any]) -> dict[str, list[SourceFile]]:
    """The files of each var that names any, from the whole of `assets/inputs.json`.

    Not those of pipelines, which have a fingerprint.
    """
    found: dict[str, list[SourceFile]] = {}
    for concern, record in inputs["inputs"].items():
        if concern == "encoder":
            found["encoder"] = source_files(record)
        elif concern != "choice":  # which repeats others
            for name, part in record.items():
                if not is_pipeline(part):
                    found.setdefault(name, source_files(part))
    return {name: files for name, files in found.items() if files}


def is_pipeline(part: Any) -> bool:
    """Whether a part of a record of `inputs` is a pipeline, known by the hash over its files."""
    return isinstance(part, Mapping) and part.get("kind", TRANSFORMERS) != TRANSFORMERS


def source_files(part: Any) -> list[SourceFile]:
    """The files of one var in a record of `inputs`; none where the var is null."""
    files = part.get("files", ()) if isinstance(part, Mapping) else ()
    return [SourceFile(name_of(one["path"]), one["sha256"], one["bytes"]) for one in files]


def name_of(path: str) -> str:
    """The name of a file without its folder, the whole address of one in a store."""
    return path if "://" in path else Path(path).name


def trace_recipe(inputs: Mapping[str, Any], strategy: Mapping[str, Any], seed: int) -> Recipe:
    """From `assets/inputs.json` and `training/strategy.json`. seed: of the evaluation."""
    values, config = inputs["vars"], strategy["config"]
    return Recipe(
        asked=strategy["strategy"],
        chosen=strategy["chosen"],
        why=strategy["why"],
        config=SourceFile(**config) if config else None,
        encoder=Path(values["encoder"]).name,
        vars=trace_vars(inputs),
        seeds={"training": values["seed"], "evaluation": seed},
    )


def trace_vars(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """All vars that decide what an update becomes, but for those that name files or hold a path.

    One that could have named a file and did not is null: that decides it, too. A pipeline may be
    known by its name.
    """
    of_files = {
        name
        for record in inputs["inputs"].values()
        for name, part in record.items()
        if isinstance(part, Mapping) and part.get("kind") != "package"
    }
    return {
        name: value
        for name, value in inputs["vars"].items()
        if name not in of_files | ELSEWHERE and "/" not in str(value)
    }


def trace_scores(evaluation: Evaluation) -> Scores:
    """The scores with their bounds; those of labels, annotated ones first."""
    gold, retained = evaluation.gold, evaluation.retained_gold
    agreement = evaluation.agreement.micro.get("retained")
    return Scores(
        annotated=_group(gold, "annotated"),
        new=_group(gold, "new"),
        shared=_group(gold, "shared"),
        retained=_group(retained, "retained"),
        agreement=agreement.bounds if agreement and agreement.support else None,
        labels={
            label: _score(row)
            for comparison in (gold, retained)
            if comparison
            for label, row in comparison.labels.items()
        },
        retention=evaluation.retention,
        plasticity=evaluation.plasticity,
    )


def _group(comparison: Comparison | None, name: str) -> Score | None:
    row = comparison.micro.get(name) if comparison else None
    return _score(row) if row and row.support else None


def _score(row: Row) -> Score:
    found = row.update
    return Score(
        row.support, found.precision, found.recall, row.bounds, row.base.f, row.against_base
    )


def trace_verdict(decision: Decision) -> Verdict:
    """The gate's word without its sentences, which stand in the model card."""
    rules: dict[str, str] = {rule.name: rule.verdict for rule in decision.rules}
    return Verdict(decision.verdict, decision.passed, rules)


def trace_base(base: BaseRecord, record: Mapping[str, Any], license_: str | None) -> BaseSource:
    """From the base's record and what `inputs` wrote about it."""
    return BaseSource(
        name=f"{base.lang}_{base.name}",
        version=base.version,
        license=license_,
        kind=record["kind"],
        source=base.source,
        fingerprint=base.fingerprint,
        original=base.original,
    )


def trace_teacher(
    teacher: BaseRecord, record: Mapping[str, Any], license_: str | None
) -> TeacherSource:
    """From the record of what speaks in the base's place, and what `inputs` wrote about it."""
    return TeacherSource(
        name=teacher.name,
        version=teacher.version,
        license=license_ or None,
        kind=record["kind"],
        source=teacher.source,
        fingerprint=teacher.fingerprint,
        original=teacher.original,
        labels=list(teacher.taught),
    )


def trace_environment(project: Path, *, transformer: bool) -> Environment:
    """Versions of what numbers depend on, and a hash of the code in a project's folder."""
    names = (*NUMERICS, *OF_TRANSFORMERS) if transformer else NUMERICS
    return Environment(
        python=platform.python_version(),
        system=platform.system(),
        machine=platform.machine(),
        packages={name: found for name in names if (found := installed_version(name))},
        code=hash_code(project),
        commit=find_commit(project),
        processor=find_processor(),
    )


def find_processor() -> str:
    """The kind of the processor, and the kernels of OpenBLAS that were chosen by hand."""
    kind = platform.processor() or platform.machine()
    if CPUINFO.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", CPUINFO.read_text(), re.MULTILINE)
        kind = found[1].strip() if found else kind
    kernels = os.environ.get("OPENBLAS_CORETYPE")
    return f"{kind}, OPENBLAS_CORETYPE={kernels}" if kernels else kind


def installed_version(package: str) -> str | None:
    """The version of an installed package, None where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def hash_code(project: Path) -> str:
    """SHA-256 over the paths and contents of all that a run is made of."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in CODE for path in project.glob(pattern)}):
        digest.update(f"{path.relative_to(project).as_posix()}\0{hash_file(path)}\n".encode())
    return digest.hexdigest()


def find_commit(project: Path) -> str | None:
    """The commit that is checked out, if the project's folder is the top of a repository."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--show-prefix", "HEAD"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    prefix, _, commit = done.stdout.partition("\n")
    return commit.strip() if done.returncode == 0 and not prefix else None
