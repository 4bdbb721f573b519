"""The record of a conversion for people: tables on a terminal, plain lines elsewhere."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..kinds.known import find_kind
from ..kinds.ner import NER
from .record import REASONS

_SHOWN = 20  # lines of a list on the screen; the file has all
_WIDTH = 40  # characters of a text on the screen


def print_conversion(report: dict[str, Any], console: Console) -> None:
    """Print the counters, the first lines of each list, and the warnings."""
    examples = {
        f"{source}, {split}".replace("_", " "): count
        for source, splits in report["examples"].items()
        for split, count in splits.items()
        if count
    }
    _print_counts("Tasks", report["tasks"], console)
    _print_counts("Examples", examples, console)
    words = find_kind(report.get("component", NER.component)).words
    _print_counts(words.spans.capitalize(), report["spans"], console)
    _print_counts(f"{words.answers.capitalize()} in gold", report["labels"]["counts"], console)
    _print_counts("Found in the export", report["results"], console)
    _print_regions(report["regions"], console)
    _print_left_out(report["left_out"], console)
    _print_agreement(report["agreement"], console)
    for row in report["labels"]["unmapped"]:
        similar = f", spelt like {row['similar']}" if row["similar"] else ""
        _line(f"Outside the label map: {row['label']}, {row['count']} spans{similar}", console)
    for warning in report["warnings"]:
        _line(f"Warning: {warning}", console)


def _line(text: str, console: Console) -> None:
    console.print(Text(text), soft_wrap=True)


def _print_rows(
    title: str, names: Sequence[str], rows: Iterable[Sequence[str]], console: Console
) -> None:
    """A table on a terminal, a line a row elsewhere."""
    if not console.is_terminal:
        _line(title, console)
        for row in rows:
            _line("  " + " | ".join(row), console)
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE, show_header=any(names))
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_counts(title: str, counts: dict[str, int], console: Console) -> None:
    rows = [(_words(name), str(count)) for name, count in counts.items() if count]
    if rows:
        _print_rows(title, ("", ""), rows, console)


def _words(name: str) -> str:
    return REASONS.get(name, name.replace("_", " "))


def _print_regions(regions: list[dict[str, Any]], console: Console) -> None:
    if not regions:
        return
    rows = [
        (
            str(region["task"]),
            str(region["region"]),
            str(region["label"]),
            _short(region["text"]),
            _words(region["reason"]),
            region["done"],
        )
        for region in regions[:_SHOWN]
    ]
    names = ("task", "region", "label", "text", "reason", "done")
    _print_rows("Regions that were not taken as they stand", names, rows, console)
    if len(regions) > _SHOWN:
        _line(f"{len(regions)} in all, listed in conversion.json:", console)
        for reason, count in Counter(region["reason"] for region in regions).most_common():
            _line(f"  {count}: {_words(reason)}", console)


def _short(text: str | None) -> str:
    shown = repr(text or "")[1:-1]
    return shown if len(shown) <= _WIDTH else shown[: _WIDTH - 3] + "..."


def _print_left_out(left_out: list[dict[str, Any]], console: Console) -> None:
    if not left_out:
        return
    rows = [(str(line["task"]), _words(line["reason"])) for line in left_out[:_SHOWN]]
    _print_rows(f"Tasks left out: {len(left_out)}", ("task", "reason"), rows, console)


def _print_agreement(agreement: list[dict[str, Any]], console: Console) -> None:
    rows = [
        (
            " and ".join(row["annotators"]),
            row["label"] or "all labels",
            str(row["support"]),
            _percent(row["exact"]),
            _percent(row["partial"]),
        )
        for row in agreement
        if row["label"] is None or len(agreement) <= _SHOWN
    ]
    if rows:
        names = ("annotators", "label", "spans", "F1 exact", "F1 partial")
        _print_rows("Agreement between annotators", names, rows, console)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
