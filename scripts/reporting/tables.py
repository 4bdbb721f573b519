"""The report's tables of scores: rows of cells."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Comparison, Evaluation, FalseAlarms, Row, Size
from ..kinds.kind import Words
from .charts import kind_of_change

MINUS = "\N{MINUS SIGN}"
UNKNOWN = "–"  # where nothing was tested


class Cell(NamedTuple):
    """A cell of a table.

    kind: gain, loss or unclear; in a heat map right or wrong. detail: in small print behind the
    text. share: of the row, in percent, which a heat map colours.
    """

    text: str
    kind: str = ""
    detail: str = ""
    share: int | None = None


class Table(NamedTuple):
    """The first cell of a row names it."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def score_tables(evaluation: Evaluation) -> list[Table]:
    """Gain and loss per label, on each test set."""
    words = evaluation.kind.words
    tables = [_annotated_table(evaluation.gold, words)]
    if evaluation.retained_gold:
        tables.append(_retained_table(evaluation.retained_gold, words))
    agreement = _agreement_table(evaluation.agreement, words)
    return [*tables, agreement, _false_alarm_table(evaluation)]


def _annotated_table(gold: Comparison, words: Words) -> Table:
    rows = [
        [
            *_scores(name, row),
            _change(row),
            change(row.against_specialist) if row.support else Cell(UNKNOWN),
        ]
        for name, row in _rows(gold)
    ]
    return Table(
        "Annotated labels",
        f"F on the gold test set: {size(gold.size, words)}.",
        ("Label", words.spans.capitalize(), "Base", "Naive", "Update", "Change", "Against naive"),
        rows,
    )


def _retained_table(gold: Comparison, words: Words) -> Table:
    left_out = "; ".join(f"{label} {reason}" for label, reason in gold.left_out.items())
    return Table(
        "Retained labels",
        f"F on gold for labels of the base: {size(gold.size, words)}."
        + (f" Left out: {left_out}." if left_out else "")
        + (f" No gold for {', '.join(gold.untested)}." if gold.untested else ""),
        ("Label", words.spans.capitalize(), "Base", "Naive", "Update", "Change"),
        [[*_scores(name, row), _change(row)] for name, row in _rows(gold)],
    )


def _agreement_table(agreement: Comparison, words: Words) -> Table:
    return Table(
        "Agreement with the base on raw text",
        "F against what the base says of the rehearsal test set, whether it is right or wrong: "
        f"{size(agreement.size, words)}.",
        ("Label", words.spans.capitalize(), "Naive", "Update"),
        [
            [
                Cell(name),
                Cell(f"{row.support:,}"),
                Cell(f"{row.specialist.f:.1f}"),
                Cell(
                    f"{row.update.f:.1f}",
                    detail=f"{row.bounds.lower:.1f} to {row.bounds.upper:.1f}",
                ),
            ]
            for name, row in _rows(agreement)
            if row.support or row.update.predicted
        ],
    )


def _false_alarm_table(evaluation: Evaluation) -> Table:
    found = {"rehearsal test": evaluation.false_alarms, "negative text": evaluation.negative_text}
    return Table(
        "New labels where they hardly belong",
        f"{evaluation.kind.words.spans.capitalize()} of new labels in 1,000 words. Most of them "
        "are wrong; in negative text, all are.",
        ("Text", "Texts", "Words", "Naive", "Update"),
        [_false_alarm_row(name, alarms) for name, alarms in found.items() if alarms],
    )


def _false_alarm_row(name: str, alarms: FalseAlarms) -> list[Cell]:
    rates = [
        Cell(f"{alarms.per_thousand(spans):.2f} ({spans:,})")
        for spans in (alarms.specialist, alarms.update)
    ]
    return [Cell(name), Cell(f"{alarms.documents:,}"), Cell(f"{alarms.words:,}"), *rates]


def _rows(comparison: Comparison) -> Iterable[tuple[str, Row]]:
    """Groups of labels first, where they say more than the one label they hold."""
    if len(comparison.labels) > 1:
        yield from ((f"all {name}", row) for name, row in _groups(comparison))
    yield from comparison.labels.items()


def _groups(comparison: Comparison) -> Iterable[tuple[str, Row]]:
    seen = []
    for name, row in comparison.micro.items():
        if row not in seen:  # all annotated labels may be new
            seen.append(row)
            yield name, row


def _scores(name: str, row: Row) -> list[Cell]:
    figures = (row.base, row.specialist, row.update)
    scores = [f"{one.f:.1f}" if row.support else UNKNOWN for one in figures]
    return [Cell(name), Cell(f"{row.support:,}"), *map(Cell, scores)]


def _change(row: Row) -> Cell:
    return change(row.against_base, kind_of_change(row)) if row.support else Cell(UNKNOWN)


def change(interval: Interval, kind: str = "") -> Cell:
    """A difference in points with its bounds."""
    value, lower, upper = map(signed, (interval.value, interval.lower, interval.upper))
    return Cell(value, kind, f"{lower} to {upper}")


def signed(points: float) -> str:
    """A difference with its sign; what rounds to nothing is no loss."""
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", MINUS)


def size(of: Size, words: Words) -> str:
    """How much a test set holds. words: for what its answers are."""
    return f"{of.documents:,} texts, {of.words:,} words, {words.counted(of.spans)}"
