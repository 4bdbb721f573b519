"""The report's figures: static SVG that takes its colours from the page around it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import altair
import vl_convert
from markupsafe import Markup

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Row

WIDTH = 320  # in CSS pixels: fits a phone without being scaled, and three a wide window
# Long labels often begin alike: what is cut is the middle.
SHORT = (
    "length(datum.label) > 16 ? slice(datum.label, 0, 5) + '…' + slice(datum.label, -8) "
    ": datum.label"
)
# Custom properties of templates/style.css, which know light and dark.
COLOURS = {"base": "var(--base)", "naive": "var(--naive)", "update": "var(--update)"}
CHANGES = {"gain": "var(--pass)", "loss": "var(--fail)", "unclear": "var(--base)"}


class Point(NamedTuple):
    """A pipeline in the plane of F of retained labels (x) and F of annotated labels (y)."""

    name: str
    x: float
    y: float


def draw_plane(points: list[Point], *, x: str, y: str) -> Markup:
    """An SVG of the pipelines: up is learning, right is keeping."""
    data = _data([point._asdict() | {"text": text} for point, text in name_points(points)])
    scale = altair.Scale(domain=[0, 100])
    base = altair.Chart(data, width=WIDTH - 60, height=WIDTH - 100).encode(
        x=altair.X("x:Q", title=x, scale=scale), y=altair.Y("y:Q", title=y, scale=scale)
    )
    dots = base.mark_point(filled=True, size=140, opacity=1).encode(
        color=altair.Color("name:N", scale=_scale(COLOURS), legend=None),
        shape=altair.Shape("name:N", legend=None, scale=altair.Scale(domain=[*COLOURS])),
    )
    # The name stands above, to the side that has room.
    left = base.transform_filter("datum.x > 50").mark_text(align="right", dx=6, dy=-14, fontSize=13)
    right = base.transform_filter("datum.x <= 50").mark_text(align="left", dx=9, dy=-9, fontSize=13)
    names = [side.encode(text="text:N") for side in (left, right)]
    return _svg(altair.layer(dots, *names))


def name_points(points: Sequence[Point]) -> list[tuple[Point, str]]:
    """Each point and what to write at it: names that would overlap stand together, at the first."""
    texts: list[list[Point]] = []
    for point in points:
        near = (one for one in texts if _near(one[0], point))
        group = next(near, None)
        if group:
            group.append(point)
        else:
            texts.append([point])
    first = {group[0].name: ", ".join(one.name for one in group) for group in texts}
    return [(point, first.get(point.name, "")) for point in points]


def _near(one: Point, other: Point) -> bool:
    """Whether the names of two points would overlap. Numbers: their size in the plane, in percent.

    A name is written to the left of a point in the right half, to the right of one in the left.
    """
    towards_each_other = (one.x > 50) != (other.x > 50)
    return abs(one.x - other.x) < (35 if towards_each_other else 22) and abs(one.y - other.y) < 8


def draw_learnt(rows: Mapping[str, Row], *, x: str) -> Markup:
    """An SVG of F of each label by each pipeline, the update's with its interval."""
    values = [
        {"label": label, "name": name, "f": f}
        for label, row in rows.items()
        for name, f in zip(COLOURS, (row.base.f, row.specialist.f, row.update.f), strict=True)
    ]
    bounds = [
        {"label": label, "lower": row.bounds.lower, "upper": row.bounds.upper}
        for label, row in rows.items()
    ]
    scale, colour = altair.Scale(domain=[0, 100]), altair.Color("name:N", scale=_scale(COLOURS))
    y = altair.Y("label:N", title=None, sort=None, axis=altair.Axis(labelExpr=SHORT))
    bars = altair.Chart(_data(bounds), width=WIDTH - 120, height=altair.Step(24))
    dots = bars.properties(data=_data(values))
    return _svg(
        altair.layer(
            bars.mark_rule(strokeWidth=3, color=COLOURS["update"]).encode(
                y=y, x=altair.X("lower:Q", title=x, scale=scale), x2="upper:Q"
            ),
            dots.mark_point(filled=True, size=90, opacity=1).encode(
                y=y,
                x=altair.X("f:Q", scale=scale),
                color=colour.legend(None),
                shape=altair.Shape("name:N", legend=None, scale=altair.Scale(domain=[*COLOURS])),
            ),
        )
    )


def draw_changes(rows: Mapping[str, Row], *, x: str) -> Markup:
    """An SVG of each label's change against the base, with its interval."""
    values = [
        {"label": label, "kind": kind_of_change(row), **_interval(row)}
        for label, row in rows.items()
    ]
    base = altair.Chart(_data(values), width=WIDTH - 120, height=altair.Step(24))
    base = base.encode(
        y=altair.Y("label:N", title=None, sort=None, axis=altair.Axis(labelExpr=SHORT)),
        color=altair.Color("kind:N", scale=_scale(CHANGES), legend=None),
    )
    bars = base.mark_rule(strokeWidth=3).encode(
        x=altair.X("lower:Q", title=x, axis=altair.Axis(tickCount=4)), x2="upper:Q"
    )
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q")
    zero = (
        altair.Chart(_data([{"at": 0}]))
        .mark_rule(strokeDash=[4, 3], color="currentColor")
        .encode(x="at:Q")
    )
    return _svg(altair.layer(zero, bars, dots))


class Estimate(NamedTuple):
    """F, in percent, of specialists that were trained on so many texts."""

    texts: int
    f: Interval


def draw_learning(
    measured: Sequence[Estimate], line: Sequence[tuple[float, float]], expected: Estimate
) -> Markup:
    """An SVG of a learning curve. line: texts and F of the fitted law, also beyond the measured."""
    known = measured[-1].texts
    points = [
        {"texts": one.texts, "f": one.f.value, "lower": one.f.lower, "upper": one.f.upper}
        for one in (*measured, expected)
    ]
    laws = [{"texts": size, "f": f, "known": size <= known} for size, f in line]
    colour, scale = COLOURS["update"], altair.Scale(zero=False)
    base = altair.Chart(_data(points), width=WIDTH - 60, height=WIDTH - 100).encode(
        x=altair.X("texts:Q", title="annotated texts", axis=altair.Axis(tickCount=5)),
        y=altair.Y("f:Q", title="F", scale=scale),
    )
    law = base.properties(data=_data(laws)).mark_line(color=COLOURS["base"], strokeWidth=2)
    before = law.transform_filter("datum.known")
    beyond = law.transform_filter(f"datum.texts >= {known * 0.97}").mark_line(
        color=COLOURS["base"], strokeWidth=2, strokeDash=[4, 4]
    )
    bars = base.mark_rule(strokeWidth=3, color=colour).encode(y=altair.Y("lower:Q"), y2="upper:Q")
    dots = base.transform_filter(f"datum.texts <= {known}").mark_point(
        filled=True, size=90, opacity=1, color=colour
    )
    triangle = base.transform_filter(f"datum.texts > {known}").mark_point(
        filled=True, size=140, opacity=1, color=colour, shape="triangle-up"
    )
    return _svg(altair.layer(before, beyond, bars, dots, triangle))


def kind_of_change(row: Row) -> str:
    """Whether the update is surely better than the base ("gain"), surely worse ("loss"), or not."""
    if row.against_base.lower > 0:
        return "gain"
    return "loss" if row.against_base.upper < 0 else "unclear"


def _interval(row: Row) -> dict[str, float]:
    change = row.against_base
    return {"value": change.value, "lower": change.lower, "upper": change.upper}


def _scale(colours: Mapping[str, str]) -> altair.Scale:
    return altair.Scale(domain=list(colours), range=list(colours.values()))


def _data(values: Sequence[Mapping[str, Any]]) -> altair.InlineData:
    return altair.InlineData(values=values)


def _svg(chart: Any) -> Markup:
    """The chart as an SVG element whose text and lines have the colour of the page's text."""
    styled = (
        chart.configure(background="transparent", font="sans-serif")
        .configure_view(stroke=None)
        .configure_text(color="currentColor")
        .configure_axis(
            labelColor="currentColor",
            titleColor="currentColor",
            domainColor="currentColor",
            tickColor="currentColor",
            gridColor="var(--line)",
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelLimit=140,
        )
    )
    svg = vl_convert.vegalite_to_svg(styled.to_json())
    # A width in the style, unlike the attribute, lets the figure shrink on a phone.
    svg = re.sub(
        r'(<svg[^>]*?) width="([\d.]+)" height="[\d.]+"', r'\1 style="max-width:\2px"', svg, count=1
    )
    return Markup(svg)  # noqa: S704 (vega escapes the text in it)
