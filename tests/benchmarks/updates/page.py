"""docs/benchmark.md, its figure, and the summary as JSON."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import altair
import vl_convert

from scripts.evaluation.bootstrap import Interval
from scripts.evaluation.records import write_record
from scripts.project.files import write_text

from .plan import BOUND, NAIVE
from .results import Counted
from .summary import (
    PLASTICITY_WANTED,
    RETENTION_WANTED,
    OfUpdate,
    Summary,
    Target,
    check_targets,
    summarize,
)

START, END = "<!-- results: written by the benchmark -->", "<!-- end of results -->"


@dataclass(frozen=True)
class Whole:
    """What summary.json holds."""

    default: str
    targets: list[Target]
    strategies: list[Summary]


def write_page(results: Sequence[Counted], default: str, folder: Path, records: Path) -> None:
    """Write benchmark.svg and the results' part of benchmark.md in a folder, summary.json beside.

    A page that is there keeps what stands around the results.
    """
    summaries = sorted(summarize(results), key=lambda one: rank(one.strategy, default))
    whole = Whole(default, check_targets(summaries, default), summaries)
    write_record(records / "summary.json", whole)
    write_text(folder / "benchmark.svg", draw_figure(results))
    page = folder / "benchmark.md"
    before = page.read_text(encoding="utf8") if page.exists() else f"{START}\n{END}\n"
    write_text(page, put_results(before, results_part(whole)))


def rank(strategy: str, default: str) -> tuple[int, str]:
    """The default first, then the others, then what is no choice: the bound and the specialist."""
    return ({default: 0, BOUND: 2, NAIVE: 3}.get(strategy, 1), strategy)


def put_results(page: str, part: str) -> str:
    """The page with another part between the two marks."""
    pattern = f"{re.escape(START)}.*{re.escape(END)}"
    return re.sub(pattern, lambda _: f"{START}\n\n{part}\n{END}", page, flags=re.DOTALL)


def results_part(whole: Whole) -> str:
    """The targets, the strategies and each strategy's updates, as Markdown."""
    parts = [
        "### Targets",
        targets_table(whole.targets),
        "### Strategies",
        strategies_table(whole.strategies),
        "![Retention and plasticity of each update](benchmark.svg)",
        "A point is an update with a seed; the lines are the targets. `naive`, the specialist, is "
        "left out.",
        "### Each update",
        updates_table(whole.strategies),
    ]
    return "\n\n".join(parts) + "\n"


def targets_table(targets: Iterable[Target]) -> str:
    """A row for each target: met or missed, and by how much."""
    return table(
        ("target", "wanted", "reached", "so", "by"),
        (
            (one.name, one.wanted, f"{one.value:.3f}", one.verdict, f"{abs(one.margin):.3f}")
            for one in targets
        ),
    )


def strategies_table(summaries: Iterable[Summary]) -> str:
    """A row for each strategy, means over updates and seeds."""
    heads = (
        *("strategy", "runs", "retention", "plasticity", "false alarms", "worst label"),
        *("NER cost", "words/s", "MB", "training, min", "dev"),
    )
    return table(heads, (strategy_row(one) for one in summaries))


def strategy_row(one: Summary) -> tuple[str, ...]:
    """The cells of a strategy."""
    worst = one.worst_label
    return (
        f"`{one.strategy}`",
        str(one.jobs),
        shown(one.retention),
        shown(one.plasticity),
        optional(one.false_alarm_ratio),
        f"{worst.points:+.1f} ({worst.label}, {worst.update})" if worst else "",
        f"{one.ner_cost:.2f}",
        f"{one.speed:.2f}",
        f"{one.megabytes:.1f}",
        f"{one.training_seconds / 60:.1f}",
        f"{one.dev:.1f}",
    )


def updates_table(summaries: Iterable[Summary]) -> str:
    """A row for each strategy and update, means over seeds."""
    heads = ("update", "strategy", "seeds", "F", "specialist's F", "retention", "plasticity")
    rows = [
        update_row(name, one.strategy, own)
        for one in summaries
        for name, own in one.updates.items()
    ]
    # Python sorts stably: within an update the strategies keep their order.
    return table((*heads, "false alarms", "/ specialist's"), sorted(rows, key=lambda row: row[0]))


def update_row(name: str, strategy: str, own: OfUpdate) -> tuple[str, ...]:
    """The cells of a strategy on one update."""
    return (
        name,
        f"`{strategy}`",
        str(own.seeds),
        f"{own.f:.1f}",
        f"{own.specialist_f:.1f}",
        f"{own.retention:.3f}",
        f"{own.plasticity:.3f}",
        f"{own.false_alarms:.2f}",
        optional(own.false_alarm_ratio),
    )


def shown(interval: Interval) -> str:
    """A ratio and its bounds."""
    return f"{interval.value:.3f} [{interval.lower:.3f}, {interval.upper:.3f}]"


def optional(value: float | None) -> str:
    """A ratio; empty where there was nothing to divide by."""
    return "" if value is None else f"{value:.2f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def draw_figure(results: Sequence[Counted]) -> str:
    """An SVG with a point for each update, strategy and seed: up is learning, right is keeping.

    The specialist is left out: it has plasticity 1, and next to nothing retained.
    """
    points = [
        {
            "strategy": one.result.strategy,
            "update": one.result.update,
            "retention": one.result.retention.value,
            "plasticity": one.result.plasticity.value,
        }
        for one in results
        if one.result.retention and one.result.plasticity and one.result.strategy != NAIVE
    ]
    x = altair.X("retention:Q", title="retention: F of old labels / the base's")
    y = altair.Y("plasticity:Q", title="plasticity: F of annotated labels / the specialist's")
    dots = (
        altair.Chart(altair.InlineData(values=points), width=560, height=420)
        .mark_point(size=70, filled=True, opacity=0.8)
        .encode(
            x=x.scale(zero=False),
            y=y.scale(zero=False),
            color=altair.Color("strategy:N", scale=altair.Scale(scheme="dark2")),
            shape=altair.Shape("update:N"),
        )
    )
    wanted = altair.InlineData(values=[{"x": RETENTION_WANTED, "y": PLASTICITY_WANTED}])
    line = altair.Chart(wanted).mark_rule(strokeDash=[4, 3], color="black")
    chart = altair.layer(line.encode(x="x:Q"), line.encode(y="y:Q"), dots)
    return str(vl_convert.vegalite_to_svg(chart.configure(background="white").to_json()))
