"""What the report shows of the raw text: how much was read and kept, and why the rest was not."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from .tables import Cell, Table

# Why a text was not taken, as in `corpus/rehearsal.json`, in words.
REASONS = {
    "repeated": "repeat another raw text",
    "nearly repeated": "nearly repeat another raw text",
    "in the export": "stand in the export",
    "near dev or test": "nearly a text of dev or test",
    "too long": "longer than raw_max_chars",
    "too short": "shorter than raw_min_chars",
    "in another language": "in another language than raw_languages",
    "not needed": "not needed: enough others were taken",
}
PURPOSES = {"train": "to train on", "dev": "to choose a checkpoint", "test": "to measure with"}


def raw_text_tables(rehearsal: Mapping[str, Any]) -> list[Table]:
    """How many raw texts were read, kept and dropped; none without raw text."""
    counts: Mapping[str, int] = rehearsal.get("raw_text", {})
    if not counts.get("read"):
        return []
    tables = [_amounts(rehearsal, counts)]
    spans: Mapping[str, Any] = rehearsal.get("spans", {})
    return [*tables, _support(spans)] if spans.get("found") else tables


def _amounts(rehearsal: Mapping[str, Any], counts: Mapping[str, int]) -> Table:
    kept: Mapping[str, int] = rehearsal["rehearsal"]
    rows = [
        ("read", counts["read"]),
        *((f"kept {purpose}", kept.get(split, 0)) for split, purpose in PURPOSES.items()),
        *_dropped(counts),
    ]
    refused = [PurePath(path).name for path in rehearsal.get("refused", {})]
    return Table(
        "Raw texts",
        "Whether a text repeats or can be used is looked at only as long as texts are needed."
        + (f" Files that could not be read: {', '.join(refused)}." if refused else ""),
        (),
        [[Cell(name), Cell(f"{count:,}")] for name, count in rows],
    )


def _dropped(counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    for reason, count in counts.items():
        if count and reason != "read":
            yield f"dropped: {REASONS.get(reason, reason)}", count


def _support(spans: Mapping[str, Any]) -> Table:
    wanted, beyond = spans.get("wanted", 0), spans.get("read for more", 0)
    return Table(
        "Old labels in raw text",
        "Spans that the base found in the raw texts to train on. "
        + (
            f"{wanted:,} of each were wanted (rehearsal_spans); {beyond:,} more texts were read to "
            "find them."
            if wanted
            else "No number was asked for (rehearsal_spans)."
        ),
        ("Label", "Spans"),
        [
            [Cell(label), Cell(f"{found:,}", "loss" if found < wanted else "")]
            for label, found in spans["found"].items()
        ],
    )
