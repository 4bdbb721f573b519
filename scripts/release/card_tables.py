"""Tables and figures that several sections of a model card have."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..evaluation.bootstrap import Interval
from .markdown import code, table

KINDS = {
    "new": "new: learnt from annotations",
    "shared": "shared: known to the base, and annotated",
    "retained": "retained: the base's own",
}


class Scored(NamedTuple):
    """A row of scores. support: gold answers; base_f: the base's F in percent."""

    name: str
    support: int
    base_f: float
    f: Interval
    change: Interval


def list_labels(labels: Mapping[str, Sequence[str]]) -> str:
    """A table of labels by what became of them (`lineage.labels`)."""
    rows = [(told, ", ".join(map(code, labels[kind])) or "none") for kind, told in KINDS.items()]
    return table(("", "labels"), rows)


def score_table(answers: str, rows: Iterable[Scored]) -> str:
    """A table of scores against the base's. answers: what is counted."""
    told = (
        (row.name, f"{row.support:,}", f"{row.base_f:.1f}", bounded(row.f), change(row.change))
        for row in rows
    )
    return table(("label", answers, "F of the base", "F", "change"), told)


def bounded(interval: Interval) -> str:
    """A score with its bounds."""
    return f"{interval.value:.1f} ({interval.lower:.1f} to {interval.upper:.1f})"


def change(interval: Interval) -> str:
    """A difference in points with its bounds."""
    return f"{interval.value:+.1f} ({interval.lower:+.1f} to {interval.upper:+.1f})"
