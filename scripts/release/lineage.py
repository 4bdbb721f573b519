"""Where an update comes from: all that decided what it became, for the `meta.json` of its package.

It tells of inputs by name, number and hash. It holds no text of a task, no path of this machine and
no annotator's name.
"""

from dataclasses import dataclass, field
from typing import Any

from ..evaluation.bootstrap import Interval
from ..kinds.kind import Kind
from ..kinds.known import find_kind
from ..kinds.ner import NER

FORMAT = 1


@dataclass(frozen=True)
class SourceFile:
    """A file of an input. name: without its folder; the whole address where it lies in a store."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class BaseSource:
    """The base. kind: demo, package, folder, wheel or blank (none).

    fingerprint: SHA-256 over its files. original: over those that it was made from by other names
    for its labels, or with the word vectors of another pipeline.
    """

    name: str
    version: str
    license: str | None
    kind: str
    source: str
    fingerprint: str
    original: str | None = None


@dataclass(frozen=True)
class TeacherSource:
    """A teacher in the base's place. source: what the user calls it, without a path.

    kind: package, folder, wheel, or transformers, whose files are among the inputs.
    fingerprint: SHA-256 over the files of the base with the teacher inside. original: over those of
    the teacher, None for a kind whose files are told. labels: those it spoke for.
    """

    name: str
    version: str
    license: str | None
    kind: str
    source: str
    fingerprint: str
    original: str | None
    labels: list[str]


@dataclass(frozen=True)
class Agreement:
    """How far annotators agree, over all pairs of them. label: None for all labels together.

    exact: F1 of spans with the same borders and label; partial: one that overlaps counts one half.
    """

    label: str | None
    pairs: int
    texts: int
    support: int
    exact: float
    partial: float


@dataclass(frozen=True)
class Export:
    """What people annotated, in numbers. fingerprint: SHA-256 over the hashes of its files."""

    fingerprint: str
    tasks: dict[str, int]
    spans: dict[str, int]
    labels: dict[str, int]
    splits: dict[str, int]
    agreement: list[Agreement]


@dataclass(frozen=True)
class Rehearsal:
    """Text that both teachers labelled. fingerprint: of the raw text's files, None without any.

    raw_text: how many were read and left out; texts: how many were labelled, by corpus and split.
    """

    source: str
    license: str | None
    fingerprint: str | None
    raw_text: dict[str, int]
    texts: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Recipe:
    """How the update was trained.

    asked: vars.strategy; chosen: what made the update, another one with auto. config: name and
    SHA-256 of the training config, None for a strategy without a training.
    """

    asked: str
    chosen: str
    why: str
    config: SourceFile | None
    encoder: str
    vars: dict[str, Any]
    seeds: dict[str, int]


@dataclass(frozen=True)
class Score:
    """Scores in percent on so many gold spans; the change against the base in points."""

    support: int
    precision: float
    recall: float
    f: Interval
    base_f: float
    change: Interval


@dataclass(frozen=True)
class Scores:
    """annotated, new, shared: on gold test, None without any. retained: on retained gold, the same.

    agreement: of retained labels with the base in general text, F in percent, which is no accuracy.
    """

    annotated: Score | None
    new: Score | None
    shared: Score | None
    retained: Score | None
    agreement: Interval | None
    labels: dict[str, Score]
    retention: Interval | None
    plasticity: Interval | None


@dataclass(frozen=True)
class Verdict:
    """The gate's word, and that of each of its rules."""

    verdict: str
    passed: bool
    rules: dict[str, str]


@dataclass(frozen=True)
class Environment:
    """What it ran in. code: SHA-256 over configs, scripts and constraints; commit: of git.

    processor: its kind, by which OpenBLAS chooses kernels that round in other ways, and the kernels
    where `OPENBLAS_CORETYPE` names them; empty in older wheels.
    """

    python: str
    system: str
    machine: str
    packages: dict[str, str]
    code: str
    commit: str | None
    processor: str = ""


@dataclass(frozen=True)
class Lineage:
    """The block `lineage` of a package's `meta.json`.

    inputs: the files that each var names. data: a hash of each part of what the weights come from.
    earlier: the updates that the base went through and whose labels it still has, the oldest first.
    """

    format: int
    base: BaseSource
    data: dict[str, str | None]
    inputs: dict[str, list[SourceFile]]
    export: Export
    rehearsal: Rehearsal
    labels: dict[str, list[str]]
    recipe: Recipe
    scores: Scores
    gate: Verdict
    environment: Environment
    teacher: TeacherSource | None = None
    earlier: list["Lineage"] = field(default_factory=list)

    @property
    def learnt(self) -> list[str]:
        """The labels that were annotated, or that a teacher spoke for, sorted."""
        return sorted({*self.labels["annotated"], *(self.teacher.labels if self.teacher else ())})

    @property
    def kind(self) -> Kind:
        """What was updated; lineages of before there was a choice name no component."""
        return find_kind(self.recipe.vars.get("component", NER.component))
