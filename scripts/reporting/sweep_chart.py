"""The figure of a sweep: what is kept and what is gained, as a static SVG that stands by itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair
import vl_convert

# Told apart by colour and by shape; both show on white.
STRATEGIES = {
    "double": ("#2a7fb8", "circle"),
    "two-teacher": ("#b8452a", "square"),
    "interpolate": ("#8a6d1f", "diamond"),
    "pseudo": ("#5b8a3a", "triangle-up"),
    "replay": ("#7a4fa3", "triangle-down"),
}
TEXT, LINE = "#333333", "#9a9a9a"
KEEPS, OTHERS = "surely keeps the old labels", "may not, or does not"
READING = f"filled: {KEEPS}; dashed: no trial is better in both; ring: chosen"


class SweepPoint(NamedTuple):
    """A trial. retention: in percent. gain: in points of F."""

    number: int
    strategy: str
    retention: float
    gain: float
    keeps: bool
    front: bool
    chosen: bool


def draw_sweep(points: Sequence[SweepPoint]) -> str:
    """An SVG: right is keeping, up is learning; a line along the trials that no other beats."""
    names = [name for name in STRATEGIES if any(one.strategy == name for one in points)]
    values = [_value(one) for one in points]
    base = _chart(values)
    marks = base.mark_point(size=90, strokeWidth=1.6, opacity=0.9).encode(
        color=altair.Color(
            "strategy:N",
            scale=altair.Scale(domain=names, range=[STRATEGIES[name][0] for name in names]),
            legend=altair.Legend(title=None, orient="top"),
        ),
        shape=altair.Shape(
            "strategy:N",
            scale=altair.Scale(domain=names, range=[STRATEGIES[name][1] for name in names]),
            legend=altair.Legend(title=None, orient="top"),
        ),
        fillOpacity=altair.FillOpacity(
            "keeps:N",
            scale=altair.Scale(domain=[KEEPS, OTHERS], range=[0.9, 0.0]),
            legend=None,
        ),
        fill=altair.Fill(
            "strategy:N",
            scale=altair.Scale(domain=names, range=[STRATEGIES[name][0] for name in names]),
            legend=None,
        ),
    )
    front = _chart([value for value in values if value["front"]])
    line = front.mark_line(color=LINE, strokeDash=[4, 3], interpolate="step-before")
    chosen = _chart([value for value in values if value["chosen"]])
    ring = chosen.mark_point(size=420, color=TEXT, strokeWidth=1.6, filled=False)
    name = chosen.mark_text(dy=-20, fontSize=12, color=TEXT).encode(text="told:N")
    chart = altair.layer(line, ring, marks, name).properties(
        title=altair.TitleParams(READING, fontSize=11, fontWeight="normal", color=TEXT)
    )
    styled = chart.configure(background="white", font="sans-serif").configure_axis(
        labelColor=TEXT, titleColor=TEXT, titleFontWeight="normal"
    )
    return str(vl_convert.vegalite_to_svg(styled.to_json()))


def _value(point: SweepPoint) -> dict[str, Any]:
    keeps = KEEPS if point.keeps else OTHERS
    return point._asdict() | {"keeps": keeps, "told": f"trial {point.number}"}


def _chart(values: list[dict[str, Any]]) -> Any:
    scale = altair.Scale(zero=False, padding=24, nice=False)
    return altair.Chart(altair.InlineData(values=values), width=460, height=320).encode(
        x=altair.X("retention:Q", title="retention on dev, % (100: as the base)", scale=scale),
        y=altair.Y("gain:Q", title="gain on dev, points of F of the annotated labels", scale=scale),
    )
