"""The records of `training/evaluation.json` and `training/examples.json` (docs/evaluation.md).

F, precision and recall are in percent, differences of F in points, retention and plasticity are
ratios. Bounds are one-sided at 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from ..kinds.kind import Kind
from ..kinds.known import find_kind
from ..project.errors import UserError
from ..project.files import write_json
from .bootstrap import Interval
from .scores import CharSpan

FORMAT = 1  # of evaluation.json: grows when a field changes its meaning

Record = TypeVar("Record")

Judge = Literal["gold", "base"]
ChangeKind = Literal["loss", "gain", "both", "unknown"]
ErrorKind = Literal[
    "missed",
    "spurious",
    "wrong_boundary",
    "wrong_label",
    "wrong_both",
    "old_as_new",
    "new_as_old",
]


@dataclass(frozen=True)
class Labels:
    """The labels by what becomes of them.

    annotated: those of the label scheme. new: of these, unknown to the base. shared: known to it.
    retained: the base's others. taught: of all the base's, those of a teacher in its place.
    """

    annotated: list[str]
    new: list[str]
    shared: list[str]
    retained: list[str]
    taught: list[str] = field(default_factory=list)

    @property
    def from_nothing(self) -> bool:
        """Whether the base knows no labels: then the update is the specialist, and forgets none."""
        return not self.shared and not self.retained


@dataclass(frozen=True)
class Figures:
    """What one pipeline reaches: percent, and its spans that were judged."""

    precision: float
    recall: float
    f: float
    predicted: int


@dataclass(frozen=True)
class Row:
    """The three pipelines on one label, or on several together (micro F).

    support: reference spans. bounds: of the update's F. against_base, against_specialist: F of
    the update minus theirs.
    """

    support: int
    base: Figures
    specialist: Figures
    update: Figures
    bounds: Interval
    against_base: Interval
    against_specialist: Interval


@dataclass(frozen=True)
class Size:
    """words: tokens, as spaCy counts words. spans: of the labels that are compared."""

    documents: int
    words: int
    spans: int


@dataclass(frozen=True)
class Matching:
    """Micro F of one pipeline, percent, by four rules of what is right (SemEval-2013 task 9).

    strict: borders and label, as everywhere else. exact: borders, whatever the label. partial: the
    same, and an overlap counts one half. type: the label, and an overlap.
    """

    strict: float
    exact: float
    partial: float
    type: float


@dataclass(frozen=True)
class Confusion:
    """How often spans of one label were found as another, by the spans' places in the text.

    reference, found: a label, None for no entity. by: who says so of the reference.
    """

    reference: str | None
    found: str | None
    by: Judge
    spans: int


@dataclass(frozen=True)
class Analysis:
    """How one pipeline errs on one test set.

    errors: the number of each kind; a kind that the set cannot tell of is left out.
    confusion: the numbers that are not 0, the right ones too.
    """

    matching: Matching
    errors: dict[ErrorKind, int]
    confusion: list[Confusion]


@dataclass(frozen=True)
class Comparison:
    """The three pipelines on one test set.

    reference: whether a person annotated it ("gold") or the base is taken at its word ("base"),
        in which case F is agreement with the base.
    micro: rows over several labels, by their name (annotated, new, shared, retained, taught,
        untested).
    labels: a row for each label. left_out: labels of the set that are not compared, each with
        the reason.
    analysis: of each pipeline's errors, by its name; without gold, empty.
    changed: texts in which base and update differ, by what the gold says of it.
    untested: of retained gold, the retained labels of the model of which it has no span.
    """

    reference: Judge
    size: Size
    micro: dict[str, Row]
    labels: dict[str, Row]
    left_out: dict[str, str]
    analysis: dict[str, Analysis]
    changed: dict[ChangeKind, int]
    untested: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FalseAlarms:
    """Spans of new labels that each pipeline finds in text that is not about them."""

    documents: int
    words: int
    specialist: int
    update: int

    def per_thousand(self, spans: int) -> float:
        """Spans in 1,000 words."""
        return 1000 * spans / self.words if self.words else 0.0


@dataclass(frozen=True)
class Speed:
    """Words per second of the whole pipelines, medians of interleaved rounds.

    ratio: the median of update / base of each round.
    """

    documents: int
    words: int
    rounds: int
    base: float
    update: float
    ratio: float


@dataclass(frozen=True)
class PipelineRecord:
    """What was evaluated. fingerprint: SHA-256 over its files. bytes: of all of them."""

    name: str
    version: str
    spacy_version: str
    components: list[str]
    fingerprint: str
    bytes: int = 0


@dataclass(frozen=True)
class Evaluation:
    """All of `training/evaluation.json`.

    gold: the annotated labels on the gold test set. retained_gold: the retained labels on gold of
    the user's, None without it. agreement: the retained labels on the rehearsal test, against the
    base, with those that a teacher in its place speaks for.
    retention: F of retained labels after / before (on gold, None without it), plasticity:
    F of annotated labels / the specialist's. component: the var.
    """

    format: int
    labels: Labels
    pipelines: dict[str, PipelineRecord]
    gold: Comparison
    retained_gold: Comparison | None
    agreement: Comparison
    false_alarms: FalseAlarms
    negative_text: FalseAlarms | None
    retention: Interval | None
    plasticity: Interval | None
    speed: Speed
    resamples: int
    seed: int
    component: str = "ner"

    @property
    def kind(self) -> Kind:
        """What the pipelines say of a text."""
        return find_kind(self.component)

    @property
    def retained_on_gold(self) -> Row | None:
        """The retained labels on gold, None without gold that has any of them."""
        return self.retained_gold.micro.get("retained") if self.retained_gold else None


@dataclass(frozen=True)
class Change:
    """A text in which base and update differ, or a part of a long one.

    kind: gain (update right, base wrong), loss (the reverse), both or unknown (no gold).
    reference: the gold spans, None where there are none.
    """

    test_set: str
    kind: ChangeKind
    text: str
    base: Sequence[CharSpan]
    update: Sequence[CharSpan]
    reference: Sequence[CharSpan] | None


@dataclass(frozen=True)
class ErrorExample:
    """An error of a pipeline, with the text around it; offsets are of this text.

    reference: what should have been found, None for nothing. by: who says so. found: what was.
    """

    test_set: str
    pipeline: str
    kind: ErrorKind
    text: str
    reference: CharSpan | None
    by: Judge
    found: CharSpan | None


@dataclass(frozen=True)
class Examples:
    """All of `training/examples.json`: texts, so no part of a package."""

    changes: list[Change]
    errors: list[ErrorExample]


def write_record(path: Path, record: Any) -> None:
    """Write a record, or a list of them, as JSON."""
    write_json(path, msgspec.to_builtins(record))


def read_record(path: Path, kind: type[Record]) -> Record:
    """Read what `write_record` wrote. Raises UserError when it is missing or something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise UserError(f"There is no {path}.", "Run the command evaluate first.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} is not what evaluate writes: {error}.", "Run the command evaluate again."
        ) from error
