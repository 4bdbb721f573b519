"""What the report says before anything else: what is gained, what is lost, and what would tell."""

from collections.abc import Iterator
from typing import NamedTuple

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Evaluation, FalseAlarms, Row
from ..release.gate_rules import Decision
from ..release.needs import amount
from .charts import kind_of_change
from .tables import signed


class Tile(NamedTuple):
    """A figure with what it means.

    value: the figure. change: against the base; kind: gain, loss or unclear, which colours it.
    bounds: of the change, or else of the value. details: what else is to be known, a line each.
    """

    title: str
    value: str
    change: str
    kind: str
    bounds: str
    details: list[str]


def tiles(evaluation: Evaluation) -> list[Tile]:
    """What was learnt, corrected and kept, false alarms, speed: those there are."""
    learnt, kept = _learnt(evaluation), _kept(evaluation)
    taught = _taught(evaluation)
    return [*learnt, *taught, kept, _alarms(evaluation.false_alarms), _speed(evaluation)]


def would_tell(decision: Decision) -> list[tuple[str, str]]:
    """For each rule that cannot tell, how much more would do: (rule, amount)."""
    return [
        (rule.name, amount(need))
        for rule in decision.rules
        if rule.verdict == "inconclusive"
        for need in rule.needs
        if need.more
    ]


def _learnt(evaluation: Evaluation) -> Iterator[Tile]:
    micro = evaluation.gold.micro
    ratio = _ratio("plasticity", evaluation.plasticity)
    titles = {"new": "Gained: new labels", "shared": "Shared labels"}
    found = {title: micro[name] for name, title in titles.items() if name in micro}
    for title, row in found.items():
        naive = f"naive update {row.specialist.f:.1f}"
        if row.support:
            yield _score(title, row, [naive, *ratio])
        else:
            nothing = f"no gold {evaluation.kind.words.span} to test with"
            yield Tile(title, "–", "", "", "", [nothing])
        ratio = []  # of all annotated labels: it stands once


def _taught(evaluation: Evaluation) -> Iterator[Tile]:
    """How far a student agrees with the teacher in the base's place, if there is one."""
    micro = evaluation.agreement.micro
    row = micro.get("taught") or micro.get("retained")
    if evaluation.labels.taught and row:
        bounds = f"{row.bounds.lower:.1f} to {row.bounds.upper:.1f}"
        naive = f"naive update {row.specialist.f:.1f}"
        what = "agreement with the teacher on raw text, percent"
        yield Tile("Taught labels", f"{row.update.f:.1f}", "", "", bounds, [what, naive])


def _kept(evaluation: Evaluation) -> Tile:
    row, agreement = evaluation.retained_on_gold, evaluation.agreement.micro.get("retained")
    if row:
        naive = f"naive update {row.specialist.f:.1f}"
        retention = _ratio("retention", evaluation.retention)
        return _score("Kept: retained labels", row, [naive, *retention])
    if agreement is None:
        nothing = evaluation.labels.from_nothing
        why = "The base knows no labels." if nothing else "The base has no other labels."
        return Tile("Kept: retained labels", "–", "", "", "", [why])
    bounds = f"{agreement.bounds.lower:.1f} to {agreement.bounds.upper:.1f}"
    naive = f"naive update {agreement.specialist.f:.1f}"
    return Tile(
        "Kept: retained labels",
        f"{agreement.update.f:.1f}",
        "",
        "",
        bounds,
        ["agreement with the base, percent", naive, "no gold to tell retention"],
    )


def _score(title: str, row: Row, details: list[str]) -> Tile:
    change = row.against_base
    points, lower, upper = map(signed, (change.value, change.lower, change.upper))
    value = f"F {row.base.f:.1f} → {row.update.f:.1f}"
    bounds = f"{lower} to {upper}"
    return Tile(title, value, f"{points} points", kind_of_change(row), bounds, details)


def _ratio(name: str, interval: Interval | None) -> list[str]:
    if interval is None:
        return []
    return [f"{name} {interval.value:.3f} ({interval.lower:.3f} to {interval.upper:.3f})"]


def _alarms(alarms: FalseAlarms) -> Tile:
    return Tile(
        "False alarms",
        f"{alarms.per_thousand(alarms.update):.2f}",
        "",
        "",
        "",
        [
            "new labels in 1,000 words of general text",
            f"naive update {alarms.per_thousand(alarms.specialist):.2f}",
        ],
    )


def _speed(evaluation: Evaluation) -> Tile:
    speed, pipelines = evaluation.speed, evaluation.pipelines
    return Tile(
        "Speed",
        f"{speed.ratio:.2f}",
        "",
        "",
        "of the base’s",
        [
            f"{speed.update:,.0f} words a second",
            f"base {speed.base:,.0f}",
            f"{pipelines['update'].bytes / 1e6:,.1f} MB, base {pipelines['base'].bytes / 1e6:,.1f}",
        ],
    )
