"""The page of `insight`: what more annotation would bring, probable errors, what to do next."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from ..evaluation.bootstrap import Interval
from ..evaluation.scores import CharSpan
from ..evaluation.windows import cut_text, shift, window_around
from ..insights.records import Disagreement, Insight, LabelUse, LearningCurve, Marked, Wanted, Worth
from .charts import Estimate, draw_learning
from .pages import render_page
from .renderings import render_entities
from .tables import Cell, Table, change

SHOWN = 30  # errors, and texts to annotate next
STATES: dict[Worth, str] = {"yes": "pass", "hardly": "inconclusive", "unclear": "inconclusive"}
KINDS = {
    "overlooked": "only the model has an entity",
    "needless": "only the person has one",
    "borders": "other borders, same label",
    "label": "same borders, another label",
    "borders and label": "other borders, another label",
}


class Rendering(NamedTuple):
    """A text as several see it: (who, HTML)."""

    views: list[tuple[str, Markup]]
    note: str


def render_insight(insight: Insight) -> str:
    """The page as HTML: no script, no address, every text escaped."""
    annotated = [use.label for use in insight.labels]
    probable = insight.disagreements[: insight.probable]
    chosen = insight.proposal.chosen
    return render_page(
        "insight.html",
        insight=insight,
        state=STATES[insight.curve.worth],
        figure=draw_curve(insight.curve),
        points=point_table(insight.curve),
        kinds=kind_table(insight),
        errors=[render_error(one, annotated) for one in probable[:SHOWN]],
        labels=label_table(insight.labels),
        chosen=[render_wanted(one, annotated) for one in chosen[:SHOWN]],
    )


def draw_curve(curve: LearningCurve) -> Markup:
    """F by the number of annotated texts: measured, fitted, and followed further."""
    sizes = [
        curve.points[0].texts + (curve.more - curve.points[0].texts) * n / 40 for n in range(41)
    ]
    line = [(size, expected_f(curve, size / curve.texts)) for size in sizes]
    measured = [Estimate(point.texts, point.f) for point in curve.points]
    return draw_learning(measured, line, Estimate(curve.more, curve.f))


def expected_f(curve: LearningCurve, share: float) -> float:
    """F in percent with so many times the texts of the largest share."""
    return 100 * (1 - curve.floor - curve.scale * float(share**-curve.exponent))


def point_table(curve: LearningCurve) -> Table:
    """What was measured, and what is to be expected."""
    rows = [
        [Cell(f"{p.texts:,}"), Cell(f"{p.spans:,}"), _with_bounds(p.f), Cell("measured")]
        for p in curve.points
    ]
    rows.append([Cell(f"{curve.more:,}"), Cell("–"), _with_bounds(curve.f), Cell("expected")])
    return Table("", "", ("Annotated texts", "Spans", "F", ""), rows)


def kind_table(insight: Insight) -> Table:
    """How many disagreements there are of each kind."""
    probable = insight.disagreements[: insight.probable]
    rows = []
    for kind, name in KINDS.items():
        counts = [
            sum(one.kind == kind for one in some) for some in (probable, insight.disagreements)
        ]
        if counts[1]:
            rows.append([Cell(kind, detail=name), *(Cell(f"{count:,}") for count in counts)])
    return Table("", "", ("What may be wrong", "Probable errors", "Disagreements"), rows)


def label_table(labels: Sequence[LabelUse]) -> Table:
    """How often each label was annotated, and how well it is learnt."""
    rows = [
        [
            Cell(use.label, detail=use.remark),
            *(Cell(f"{count:,}") for count in (use.spans, use.texts, use.forms)),
            _with_bounds(use.f),
            change(use.last),
        ]
        for use in labels
    ]
    return Table(
        "",
        "F of texts that the specialist has not seen, and what the last doubling of the annotated "
        "texts has brought. Forms: different texts of the label’s spans.",
        ("Label", "Spans", "Texts", "Forms", "F", "Last doubling"),
        rows,
    )


def render_error(one: Disagreement, annotated: Sequence[str]) -> Rendering:
    """A probable error with what stands around it."""
    person, model = _spans(one.person), _spans(one.model)
    part, offset = cut_text(one.text, window_around(one.text, [*person, *model]))
    views = [
        (who, render_entities(part, shift(spans, offset), annotated))
        for who, spans in (("Person", person), ("Model", model))
    ]
    return Rendering(views, f"{one.kind}, {one.score:.2f}; {_tasks(one.tasks)}")


def render_wanted(one: Wanted, annotated: Sequence[str]) -> Rendering:
    """A text to annotate next, with what the update finds in it."""
    view = render_entities(one.text, _spans(one.found), annotated)
    return Rendering([("Update", view)], f"certainty {one.certainty:.2f}; {_tasks(one.tasks)}")


def _tasks(tasks: Sequence[int | str]) -> str:
    if not tasks:
        return "not in the project"
    return ("task " if len(tasks) == 1 else "tasks ") + ", ".join(map(str, tasks))


def _spans(marked: Sequence[Marked]) -> list[CharSpan]:
    return [CharSpan(one.start, one.end, one.label) for one in marked]


def _with_bounds(f: Interval) -> Cell:
    return Cell(f"{f.value:.1f}", detail=f"{f.lower:.1f} to {f.upper:.1f}")
