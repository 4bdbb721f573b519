"""Write what the update gains and loses as one page that needs nothing beside itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import srsly
import typer
from markupsafe import Markup

from .evaluation.records import (
    Change,
    ChangeKind,
    ErrorExample,
    Evaluation,
    Examples,
    read_record,
)
from .project.errors import run
from .project.files import write_text
from .release.gate_rules import decide
from .release.thresholds import (
    Inconclusive,
    MaxFalseAlarmRatio,
    MaxLabelLoss,
    MaxLoss,
    MaxNewWidth,
    MinAgreement,
    MinLabelSpans,
    Thresholds,
)
from .reporting.charts import Point, draw_changes, draw_learnt, draw_plane
from .reporting.conversion_tables import agreement_table, counter_tables, record_tables
from .reporting.error_tables import KINDS as ERROR_KINDS
from .reporting.error_tables import error_tables, heat_maps, matching_tables, test_sets
from .reporting.first_screen import tiles, would_tell
from .reporting.pages import render_page
from .reporting.raw_text_tables import raw_text_tables
from .reporting.renderings import render_entities
from .reporting.strategy_tables import MEANINGS, strategy_tables
from .reporting.tables import score_tables
from .training.records import Choice

CHANGE_KINDS: dict[ChangeKind, str] = {
    "loss": "Worse than the base",
    "gain": "Better than the base",
    "both": "Partly better, partly worse",
    "unknown": "Different, with no gold to judge by",
}


class Figure(NamedTuple):
    """An SVG and what it shows, also for those who cannot see it."""

    title: str
    svg: Markup
    caption: str


class Rendering(NamedTuple):
    """A text as several see it: (who, HTML)."""

    test_set: str
    views: list[tuple[str, Markup]]


class Group(NamedTuple):
    """Renderings of one kind. total: how many there are, shown or not."""

    title: str
    total: int
    renderings: list[Rendering]


def main(
    evaluation: Annotated[Path, typer.Option(help="evaluation.json, from evaluate")],
    examples: Annotated[Path, typer.Option(help="examples.json, from evaluate")],
    conversion: Annotated[Path, typer.Option(help="conversion.json, from convert")],
    rehearsal: Annotated[Path, typer.Option(help="rehearsal.json, from rehearse")],
    inputs: Annotated[Path, typer.Option(help="inputs.json, from inputs")],
    strategy: Annotated[Path, typer.Option(help="strategy.json, from train")],
    output: Annotated[Path, typer.Option(help="page to write")],
    max_loss: MaxLoss = Thresholds.max_loss,
    max_label_loss: MaxLabelLoss = Thresholds.max_label_loss,
    min_label_spans: MinLabelSpans = Thresholds.min_label_spans,
    max_new_width: MaxNewWidth = Thresholds.max_new_width,
    min_agreement: MinAgreement = Thresholds.min_agreement,
    max_false_alarm_ratio: MaxFalseAlarmRatio = Thresholds.max_false_alarm_ratio,
    on_inconclusive: Inconclusive = Thresholds.on_inconclusive,
) -> None:
    """Write the report, with the verdict that gate will give."""
    thresholds = Thresholds(
        max_loss=max_loss,
        max_label_loss=max_label_loss,
        min_label_spans=min_label_spans,
        max_new_width=max_new_width,
        min_agreement=min_agreement,
        max_false_alarm_ratio=max_false_alarm_ratio,
        on_inconclusive=on_inconclusive,
    )
    page = render_report(
        evaluation=read_record(evaluation, Evaluation),
        examples=read_record(examples, Examples),
        conversion=srsly.read_json(conversion),
        rehearsal=srsly.read_json(rehearsal),
        inputs=srsly.read_json(inputs),
        choice=read_record(strategy, Choice),
        thresholds=thresholds,
    )
    write_text(output, page)
    print(f"Report written to {output}.")


def render_report(
    *,
    evaluation: Evaluation,
    examples: Examples,
    conversion: Mapping[str, Any],
    rehearsal: Mapping[str, Any],
    inputs: Mapping[str, Any],
    choice: Choice,
    thresholds: Thresholds,
) -> str:
    """The page as HTML: no script, no address, every text escaped."""
    decision = decide(evaluation, thresholds)
    return render_page(
        "report.html",
        decision=decision,
        would_tell=would_tell(decision),
        tiles=tiles(evaluation),
        choice=choice,
        strategy_meaning=MEANINGS.get(choice.chosen, ""),
        strategy_tables=strategy_tables(choice),
        evaluation=evaluation,
        figures=draw_figures(evaluation),
        score_tables=score_tables(evaluation),
        error_tables=error_tables(evaluation),
        matching_tables=matching_tables(evaluation),
        heat_maps=heat_maps(evaluation),
        errors=group_errors(examples.errors, evaluation),
        changes=group_changes(examples.changes, evaluation),
        counter_tables=counter_tables(conversion),
        agreement_table=agreement_table(conversion),
        record_tables=record_tables(conversion),
        raw_text_tables=raw_text_tables(rehearsal),
        warnings=conversion.get("warnings", []),
        settings=inputs.get("vars", {}),
        files=list(dict.fromkeys(list_files(inputs.get("inputs", {})))),
    )


def draw_figures(evaluation: Evaluation) -> list[Figure]:
    """Learning against keeping, and each label by itself."""
    gold = evaluation.retained_on_gold
    labels = {name: row for name, row in evaluation.gold.labels.items() if row.support}
    kept = gold or evaluation.agreement.micro.get("retained")
    learnt = evaluation.gold.micro.get("annotated")
    figures = []
    if kept and learnt and kept.support and learnt.support:
        points = [
            Point("base", kept.base.f, learnt.base.f),
            Point("naive", kept.specialist.f, learnt.specialist.f),
            Point("update", kept.update.f, learnt.update.f),
        ]
        x = "F of retained labels" if gold else "agreement with the base, retained labels"
        svg = draw_plane(points, x=x, y="F of annotated labels")
        caption = "Up is learning, right is keeping: the update should stand at the upper right."
        figures.append(Figure("New against retained", svg, caption))
    if labels:
        svg = draw_learnt(labels, x="F on the gold test set")
        caption = "F of each annotated label; the bar is the update’s interval."
        figures.append(Figure("What is gained", svg, caption))
    if evaluation.retained_gold and gold:
        svg = draw_changes(evaluation.retained_gold.labels, x="change of F, points")
        caption = "Change of each retained label against the base, with its interval."
        figures.append(Figure("What is kept", svg, caption))
    return figures


def group_changes(changes: Sequence[Change], evaluation: Evaluation) -> list[Group]:
    """Texts in which base and update differ, by what the gold says of it.

    Where every token has an answer, those that both have are left out.
    """
    render = render_difference if evaluation.kind.by_token else render_change
    sets = (evaluation.gold, evaluation.retained_gold, evaluation.agreement)
    groups = [
        Group(
            title,
            sum(one.changed.get(kind, 0) for one in sets if one),
            [
                render(change, evaluation.labels.annotated)
                for change in changes
                if change.kind == kind
            ],
        )
        for kind, title in CHANGE_KINDS.items()
    ]
    return [group for group in groups if group.renderings]


def render_change(change: Change, annotated: Sequence[str]) -> Rendering:
    """A text in which base and update differ."""
    views = {"Base": change.base, "Update": change.update}
    if change.reference is not None:
        views["Gold"] = change.reference
    return Rendering(
        change.test_set,
        [(who, render_entities(change.text, spans, annotated)) for who, spans in views.items()],
    )


def render_difference(change: Change, annotated: Sequence[str]) -> Rendering:
    """The same without what base and update both say, as of most tokens of a tagged text."""
    both = set(change.base) & set(change.update)
    base, update = ([one for one in s if one not in both] for s in (change.base, change.update))
    return render_change(replace(change, base=base, update=update), annotated)


def group_errors(errors: Sequence[ErrorExample], evaluation: Evaluation) -> list[Group]:
    """Examples of the update's errors, by kind and test set."""
    annotated = evaluation.labels.annotated
    groups = [
        Group(
            f"{title}, {test_set}",
            comparison.analysis["update"].errors.get(kind, 0),
            [
                render_error(error, annotated)
                for error in errors
                if (error.pipeline, error.test_set, error.kind) == ("update", test_set, kind)
            ],
        )
        for test_set, comparison in test_sets(evaluation).items()
        for kind, (title, _) in ERROR_KINDS.items()
    ]
    return [group for group in groups if group.renderings]


def render_error(error: ErrorExample, annotated: Sequence[str]) -> Rendering:
    """What should have been found, and what the update found."""
    views = {"Gold" if error.by == "gold" else "Base": error.reference, "Update": error.found}
    return Rendering(
        error.test_set,
        [
            (who, render_entities(error.text, [span] if span else [], annotated))
            for who, span in views.items()
        ],
    )


def list_files(part: Any) -> list[tuple[str, str]]:
    """(name, SHA-256) of all input files: no path of the machine."""
    if isinstance(part, Mapping):
        if "sha256" in part and "path" in part:
            return [(Path(part["path"]).name, part["sha256"])]
        return [file for value in part.values() for file in list_files(value)]
    return [file for value in part for file in list_files(value)] if isinstance(part, list) else []


if __name__ == "__main__":
    run(main)
