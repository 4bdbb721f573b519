"""What the report shows of errors: how many of which kind, and which labels are confused."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..evaluation.records import (
    Analysis,
    Comparison,
    Confusion,
    ErrorKind,
    Evaluation,
    Labels,
    Matching,
)
from .tables import Cell, Table, size

# What a kind is called, and what it means.
KINDS: dict[ErrorKind, tuple[str, str]] = {
    "missed": ("Missed", "nothing is found there"),
    "spurious": ("Spurious", "there is nothing"),
    "wrong_boundary": ("Wrong boundary", "the label is right"),
    "wrong_label": ("Wrong label", "the borders are right"),
    "wrong_both": ("Wrong boundary and label", "but it overlaps"),
    "old_as_new": ("Old taken for new", "the base’s, found as a new one"),
    "new_as_old": ("New taken for old", "a new one, found as the base’s"),
}
OF_BORDERS = ("wrong_boundary", "wrong_both")  # kinds of what can have wrong borders
RULES: dict[str, tuple[str, str]] = {
    "strict": ("Strict", "borders and label; the F of all other tables"),
    "exact": ("Exact", "borders, whatever the label"),
    "partial": ("Partial", "the same; an overlap counts one half"),
    "type": ("Type", "the label, and an overlap"),
}
PIPELINES = {"base": "Base", "specialist": "Naive", "update": "Update"}
BY_BASE = "by the base"


class Heat(NamedTuple):
    """Which label the update found as which, and the naive update; None where none is confused."""

    title: str
    note: str
    update: Table | None
    naive: Table | None


def error_tables(evaluation: Evaluation) -> list[Table]:
    """The number of errors of each kind, for each test set with gold."""
    return [
        Table(
            f"Errors on the {name}",
            f"{size(comparison.size, evaluation.kind.words)}.",
            ("Kind", *PIPELINES.values()),
            [
                [Cell(title, detail=meaning), *_numbers(comparison.analysis, kind)]
                for kind, (title, meaning) in KINDS.items()
                if evaluation.kind.borders or kind not in OF_BORDERS
            ],
        )
        for name, comparison in test_sets(evaluation).items()
    ]


def matching_tables(evaluation: Evaluation) -> list[Table]:
    """F by each rule of what is right, for each test set with gold; none without borders."""
    if not evaluation.kind.borders:
        return []
    return [
        Table(
            f"F on the {name} by four rules",
            "",
            ("A span is right when", *PIPELINES.values()),
            [
                [
                    Cell(title, detail=meaning),
                    *(
                        Cell(f"{_f(comparison.analysis[pipeline].matching, rule):.1f}")
                        for pipeline in PIPELINES
                    ),
                ]
                for rule, (title, meaning) in RULES.items()
            ],
        )
        for name, comparison in test_sets(evaluation).items()
    ]


def heat_maps(evaluation: Evaluation) -> list[Heat]:
    """Which label was found as which, on each test set with gold."""
    annotated = (
        "The annotators said nothing about the base's other labels: what stands there is the "
        f"base's word (“{BY_BASE}”), right or wrong."
    )
    notes = {"gold test": annotated if evaluation.labels.retained else "", "retained gold": ""}
    return [
        Heat(
            f"Taken for another label, on the {name}",
            notes[name],
            heat_map(comparison.analysis["update"].confusion, evaluation),
            heat_map(comparison.analysis["specialist"].confusion, evaluation),
        )
        for name, comparison in test_sets(evaluation).items()
    ]


def test_sets(evaluation: Evaluation) -> dict[str, Comparison]:
    """The test sets with gold, by their names."""
    sets = {"gold test": evaluation.gold, "retained gold": evaluation.retained_gold}
    return {name: comparison for name, comparison in sets.items() if comparison}


def heat_map(confusion: Sequence[Confusion], evaluation: Evaluation) -> Table | None:
    """Rows: what a span is. Columns: what it was found as. Only labels that are confused.

    None when no label was taken for another.
    """
    labels, outside = evaluation.labels, f"no {evaluation.kind.words.answer}"
    confused = [cell for cell in confusion if cell.reference and cell.found != cell.reference]
    involved = {
        label for cell in confused if cell.found for label in (cell.reference, cell.found) if label
    }
    if not involved:
        return None
    columns: list[str | None] = [*sorted(involved, key=lambda one: _order(one, labels)), None]
    rows = sorted(
        {(cell.by, cell.reference) for cell in confusion if cell.reference in {*involved, None}},
        key=lambda row: (row[1] is None, row[0] == "base", _order(row[1] or "", labels)),
    )
    counts = {(cell.by, cell.reference, cell.found): cell.spans for cell in confusion}
    return Table(
        "",
        "",
        ("It is ↓ found as →", *(one or outside for one in columns)),
        [
            [
                Cell(reference or outside, detail=BY_BASE if by == "base" else ""),
                *_row([counts.get((by, reference, one), 0) for one in columns], columns, reference),
            ]
            for by, reference in rows
        ],
    )


def _row(counts: Sequence[int], columns: Sequence[str | None], reference: str | None) -> list[Cell]:
    total = sum(counts)
    return [
        Cell(
            f"{count:,}" if count else "",
            "right" if column == reference else "wrong",
            share=round(100 * count / total) if total else 0,
        )
        for count, column in zip(counts, columns, strict=True)
    ]


def _order(label: str, labels: Labels) -> tuple[bool, bool, str]:
    """New labels first, then the other annotated ones."""
    return label not in labels.new, label not in labels.annotated, label


def _numbers(analysis: Mapping[str, Analysis], kind: ErrorKind) -> list[Cell]:
    numbers = [analysis[pipeline].errors.get(kind) for pipeline in PIPELINES]
    return [Cell("–" if number is None else f"{number:,}") for number in numbers]


def _f(matching: Matching, rule: str) -> float:
    return float(getattr(matching, rule))
