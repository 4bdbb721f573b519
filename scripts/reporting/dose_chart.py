"""The curve of the dose: a static SVG that stands by itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair
import vl_convert

# Told apart by colour and by shape; both show on white and on dark paper.
SERIES = {
    "annotated labels, gold": "#2a7fb8",
    "retained labels, as the base labels them": "#8a6d1f",
    "retained labels, gold": "#b8452a",
}
TEXT = "#333333"


class DosePoint(NamedTuple):
    """What an update reaches on dev. texts: raw texts it was trained on. value: F in percent."""

    texts: int
    series: str
    value: float


class AlarmPoint(NamedTuple):
    """Spans of new labels in 1,000 words of general text."""

    texts: int
    value: float


def draw_doses(scores: Sequence[DosePoint], alarms: Sequence[AlarmPoint]) -> str:
    """An SVG: above F of old and new labels by the number of raw texts, below the false alarms."""
    names = [name for name in SERIES if any(point.series == name for point in scores)]
    upper = _lines([point._asdict() for point in scores], title="F on dev", height=260).encode(
        color=altair.Color(
            "series:N",
            scale=altair.Scale(domain=names, range=[SERIES[name] for name in names]),
            legend=altair.Legend(title=None, orient="top", direction="vertical", labelLimit=320),
        ),
        shape=altair.Shape("series:N", scale=altair.Scale(domain=names), legend=None),
    )
    lower = _lines(
        [point._asdict() for point in alarms],
        title="false alarms in 1,000 words",
        height=120,
    ).encode(color=altair.value(TEXT))
    chart = altair.vconcat(upper, lower).configure(background="white", font="sans-serif")
    styled = chart.configure_axis(labelColor=TEXT, titleColor=TEXT, titleFontWeight="normal")
    return str(vl_convert.vegalite_to_svg(styled.to_json()))


def _lines(values: list[dict[str, Any]], *, title: str, height: int) -> Any:
    # Doses grow by a factor, and one of them is 0.
    scale = altair.Scale(type="symlog", constant=100)
    ticks = sorted({value["texts"] for value in values})
    return (
        altair.Chart(altair.InlineData(values=values), width=420, height=height)
        .mark_line(point=altair.OverlayMarkDef(filled=True, size=70))
        .encode(
            x=altair.X(
                "texts:Q",
                title="raw texts trained on",
                scale=scale,
                axis=altair.Axis(values=ticks, format=",d"),
            ),
            y=altair.Y("value:Q", title=title, scale=altair.Scale(zero=False)),
        )
    )
