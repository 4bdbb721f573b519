"""The record of a conversion for people: tables on a terminal, plain text elsewhere."""

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from .conversion import REASONS

_SHOWN = 10  # lines of the list of regions; all are in the file


def print_conversion(report: dict[str, Any], console: Console) -> None:
    """Print the counters and the first lines of each list."""
    for title, counters in (
        ("Tasks", report["tasks"]),
        ("Examples", _flat(report["examples"])),
        ("Spans", report["spans"]),
        ("Entities", report["labels"]["counts"]),
    ):
        table = Table(title=title, title_justify="left", show_header=False)
        for name, count in counters.items():
            table.add_row(REASONS.get(name, str(name).replace("_", " ")), str(count))
        if counters:
            console.print(table)
    _print_regions(report["regions"], console)
    for row in report["labels"]["unmapped"]:
        similar = f" (like {row['similar']})" if row["similar"] else ""
        console.print(f"Outside the label map: {row['label']}, {row['count']} spans{similar}")
    for warning in report["warnings"]:
        console.print(f"Warning: {warning}")


def _flat(examples: dict[str, dict[str, int]]) -> dict[str, int]:
    return {f"{s} {split}": n for s, splits in examples.items() for split, n in splits.items()}


def _print_regions(regions: list[dict[str, Any]], console: Console) -> None:
    if not regions:
        return
    counts = Counter((r["reason"], r["done"]) for r in regions)
    table = Table(title="Regions that were changed, made missing or rejected", title_justify="left")
    for column in ("task", "region", "label", "text", "reason", "done"):
        table.add_column(column, overflow="fold")
    for region in regions[:_SHOWN]:
        text = str(region["text"])
        table.add_row(
            str(region["task"]),
            region["region"],
            region["label"],
            text if len(text) <= 40 else text[:37] + "...",
            REASONS.get(region["reason"], region["reason"]),
            region["done"],
        )
    console.print(table)
    if len(regions) > _SHOWN:
        console.print(f"... and {len(regions) - _SHOWN} more:")
        for (reason, done), count in counts.most_common():
            console.print(f"  {count} {done}: {REASONS.get(reason, reason)}")
