"""The record of a conversion on a terminal and in a log."""

import io
from typing import Any

import pytest
from rich.console import Console

from scripts.conversion.table import print_conversion

REPORT: dict[str, Any] = {
    "tasks": {"tasks": 3, "skipped": 0},
    "examples": {"gold": {"train": 2, "dev": 0}, "project": {"train": 1}},
    "spans": {"regions": 30, "utf16": 30},
    "labels": {
        "counts": {"PER": 30, "[red]": 1},
        "unmapped": [{"label": "PRE", "count": 2, "similar": "PER"}],
    },
    "results": {"choices": 4},
    "regions": [
        {
            "task": number,
            "region": "r",
            "label": "PER",
            "text": "x\n" * 40,
            "reason": "utf16",
            "done": "repaired",
        }
        for number in range(30)
    ],
    "left_out": [{"task": 9, "reason": "near_duplicate"}],
    "agreement": [
        {"annotators": ["a", "b"], "label": None, "support": 4, "exact": 0.5, "partial": None}
    ],
    "warnings": ["gold has no dev examples."],
}


@pytest.mark.parametrize("terminal", [True, False])
def test_everything_is_there(terminal: bool) -> None:
    out = io.StringIO()
    print_conversion(REPORT, Console(file=out, force_terminal=terminal, width=120))
    text = out.getvalue()
    for part in ("[red]", "PRE, 2 spans, spelt like PER", "30 in all", "50.0", "Warning: gold has"):
        assert part in text
    assert ("\x1b" in text) == terminal
    assert "skipped" not in text


def test_plain_lines_in_a_log() -> None:
    out = io.StringIO()
    print_conversion(REPORT, Console(file=out, force_terminal=False, width=40))
    assert "  gold, train | 2\n" in out.getvalue()
    assert "  9 | nearly a text of dev or test\n" in out.getvalue()
