"""docs/performance.md and its figure: the table of ratios, written from what was measured."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import altair
import vl_convert

from scripts.project.files import write_text
from tests.benchmarks.updates.page import put_results, table

from .results import (
    MEMORY_BOUND,
    ROWS,
    Comparison,
    Ratio,
    Results,
    Row,
    is_met,
    ratio_of,
    score,
)

PAGE, FIGURE = "performance.md", "performance.svg"
KINDS = {"wall time": "#2a7fb8", "processor time": "#b8452a"}


def write_page(results: Results, folder: Path) -> None:
    """Write the figure, and the results' part of the page that is there."""
    page = folder / PAGE
    write_text(page, put_results(page.read_text(encoding="utf8"), results_part(results)))
    write_text(folder / FIGURE, draw_ratios(results))


def results_part(results: Results) -> str:
    """The machine, a row for each ratio, words per second, memory: Markdown."""
    machine = results.machine
    loads = ", ".join(f"{name} {one.load:.0f}" for name, one in results.comparisons.items())
    parts = [
        f"{machine.processor}, {machine.cores} cores, {machine.memory} GB, spaCy {machine.spacy}.",
        table(
            ("what", "against", "wanted", "processor time", "wall time", "wall, each round"),
            (ratio_cells(row, ratio) for row, ratio in find_ratios(results)),
        ),
        f"![Each ratio, divided by what is wanted]({FIGURE})",
        "A small point is a round, a large one the median; right of the line is what is wanted.",
        table(
            ("side", "processor time, s", "wall time, s", "words a second of processor time"),
            (cells for one in results.comparisons.values() for cells in side_cells(one)),
        ),
        f"Medians. Processes that wanted one of the {machine.cores} cores at the end: {loads}.",
    ]
    if results.memory:
        heads = ("memory, MB", "with the input", "with 100 times it", "ratio, at most 1.2")
        parts.append(table(heads, (memory_cells(*one) for one in results.memory.items())))
    return "\n\n".join(parts) + "\n"


def find_ratios(results: Results) -> Iterator[tuple[Row, Ratio]]:
    """The rows of what has been measured."""
    for row in ROWS:
        measured = results.comparisons.get(row.comparison)
        if measured and {row.own, row.other} <= set(measured.rounds[0]):
            yield row, ratio_of(row, measured.rounds)


def ratio_cells(row: Row, ratio: Ratio) -> tuple[str, ...]:
    """The cells of a row; what misses its bound is bold."""
    shown = [
        f"{value:.2f}" if is_met(row, value) else f"**{value:.2f}**"
        for value in (ratio.processor, ratio.wall)
    ]
    each = " ".join(f"{value:.2f}" for value in ratio.walls)
    bound = f"{'at most' if row.at_most else 'at least'} {row.bound:.2f}"
    return (row.own, row.other, bound, *shown, each)


def side_cells(measured: Comparison) -> Iterator[tuple[str, ...]]:
    """The cells of each side of a comparison."""
    for side in measured.rounds[0]:
        wall = median(one[side].wall for one in measured.rounds)
        processor = median(one[side].processor for one in measured.rounds)
        words = f"{measured.words / processor:,.0f}" if measured.words else ""
        yield side, f"{processor:.2f}", f"{wall:.2f}", words


def memory_cells(name: str, needed: tuple[float, float]) -> tuple[str, ...]:
    """The cells of a kind of work."""
    once, times = needed
    ratio = times / once
    shown = f"{ratio:.2f}" if round(ratio, 2) <= MEMORY_BOUND else f"**{ratio:.2f}**"
    return (name, f"{once:.0f}", f"{times:.0f}", shown)


def draw_ratios(results: Results) -> str:
    """An SVG with the ratios of all rounds, each divided by what its row wants."""
    points = [point for row, ratio in find_ratios(results) for point in _points(row, ratio)]
    x = altair.X("value:Q", title="ratio / wanted").scale(type="log", nice=False, padding=12)
    y = altair.Y("row:N", title=None, sort=None, axis=altair.Axis(labelLimit=420))
    colours = altair.Scale(domain=[*KINDS], range=[*KINDS.values()])
    colour = altair.Color("kind:N", title=None, scale=colours).legend(orient="top")
    base = altair.Chart(altair.InlineData(values=points), width=360, height=altair.Step(30))
    offset = altair.YOffset("kind:N")
    dots = base.mark_point(filled=True, opacity=0.8).encode(
        x=x, y=y, yOffset=offset, color=colour, size=altair.Size("size:Q", scale=None, legend=None)
    )
    line = altair.Chart(altair.InlineData(values=[{"value": 1}]))
    wanted = line.mark_rule(strokeDash=[4, 3], color="black").encode(x="value:Q")
    chart = altair.layer(wanted, dots).configure(background="white")
    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def _points(row: Row, ratio: Ratio) -> Iterator[dict[str, Any]]:
    name = f"{row.own} / {row.other}"
    kinds = zip(
        KINDS,
        ((ratio.wall, ratio.walls), (ratio.processor, ratio.processors)),
        strict=True,
    )
    for kind, (middle, values) in kinds:
        for value, size in [*((value, 20) for value in values), (middle, 110)]:
            yield {"row": name, "kind": kind, "value": score(row, value), "size": size}
