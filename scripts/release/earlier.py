"""The updates before the last one: which of them a pipeline still tells of, and what.

A pipeline may have been updated several times, each time another component or by other labels. Each
of these updates had its own annotations, scores and verdict.
"""

from collections.abc import Collection
from dataclasses import replace

from .card_tables import Scored, bounded, list_labels, score_table
from .lineage import Lineage, Score, Scores
from .markdown import code, table
from .provenance import tell_annotations, tell_rehearsal, tell_training


def choose_earlier(
    before: Lineage, *, component: str, learnt: Collection[str], present: Collection[str]
) -> list[Lineage]:
    """The updates that made a base, the oldest first, without those that tell nothing any more.

    Left out is one whose labels the same component has learnt again since, and one whose labels the
    pipeline has no longer. before: the base's lineage. component: that of the last update, learnt:
    its labels. present: all labels of the pipeline.
    """
    return [
        one
        for one in all_updates(before)
        if set(one.learnt) <= set(present)
        and not (one.kind.component == component and set(one.learnt) <= set(learnt))
    ]


def all_updates(lineage: Lineage) -> list[Lineage]:
    """Those before the last one, and that one, each by itself."""
    return [*lineage.earlier, replace(lineage, earlier=[])]


def list_updates(lineage: Lineage) -> list[str]:
    """A section with a row for each update; nothing where there was only one."""
    if not lineage.earlier:
        return []
    rows = [_in_short(number, one) for number, one in enumerate(all_updates(lineage), 1)]
    header = ("", "component", "learnt", "annotated texts", "F of these", "retained labels", "gate")
    return [
        "## Updates\n\nSeveral updates made this pipeline. The next sections are about the last "
        f"one ({lineage.kind.component}); those on the earlier ones stand behind them.\n\n"
        f"{table(header, rows)}"
    ]


def _in_short(number: int, one: Lineage) -> tuple[str, ...]:
    scores = one.scores
    return (
        f"{number}",
        one.kind.component,
        ", ".join(map(code, one.learnt)),
        f"{sum(one.export.splits.values()):,}",
        bounded(scores.annotated.f) if scores.annotated else "no gold",
        _retained(scores),
        one.gate.verdict,
    )


def _retained(scores: Scores) -> str:
    if scores.retained:
        return f"F {bounded(scores.retained.f)}"
    return f"agreement {bounded(scores.agreement)}" if scores.agreement else "none"


def tell_earlier(lineage: Lineage) -> list[str]:
    """The sections on each earlier update."""
    updates = all_updates(lineage)
    return [
        part
        for number, one in enumerate(lineage.earlier, 1)
        for part in _tell(number, one, again=updates[number:])
    ]


def _tell(number: int, one: Lineage, *, again: list[Lineage]) -> list[str]:
    """The sections on an update. again: those after it."""
    words, component = one.kind.words, one.kind.component
    since = [str(n) for n, later in enumerate(again, number + 1) if later.kind is one.kind]
    stays = (
        f"Update {', '.join(since)} went on with that component: its retained labels tell what "
        "became of these scores."
        if since
        else "No later update changed that component."
    )
    rules = table(("rule", "verdict"), one.gate.rules.items())
    return [
        f"## Update {number}: {component}",
        f"Base: {one.base.name} {one.base.version}. {stays} {words.right} F is in percent, changes "
        "are in points against the base; in brackets are the bounds, each holds with 95 %.",
        list_labels(one.labels),
        score_table(words.answers, _score_rows(one.scores)),
        *([f"Retained labels: {_retained(one.scores)}."] if not one.scores.retained else []),
        f"### Release gate: {one.gate.verdict}\n\n{rules}",
        tell_annotations(one),
        tell_rehearsal(one),
        tell_training(one),
    ]


def _score_rows(scores: Scores) -> list[Scored]:
    groups = ("annotated", "new", "shared", "retained")
    named: dict[str, Score | None] = {f"**all {name}**": getattr(scores, name) for name in groups}
    named |= {code(label): score for label, score in scores.labels.items()}
    return [
        Scored(name, score.support, score.base_f, score.f, score.change)
        for name, score in named.items()
        if score and score.support
    ]
