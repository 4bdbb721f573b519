"""The report's tables: rows of cells from the evaluation and the conversion."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Comparison, Evaluation, FalseAlarms, Row, Size
from .charts import kind_of_change

MINUS = "\N{MINUS SIGN}"
MAX_RECORDS = 50  # of each list of the conversion
LISTS = {
    "agreement": "Agreement between annotators",
    "regions": "Annotations that were changed or left out",
    "left_out": "Texts that were left out",
}


class Cell(NamedTuple):
    """detail: in small print behind the text. kind: gain, loss, unclear or nothing."""

    text: str
    kind: str = ""
    detail: str = ""


class Table(NamedTuple):
    """The first cell of a row names it."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def score_tables(evaluation: Evaluation) -> list[Table]:
    """Gain and loss per label, on each test set."""
    tables = [_annotated_table(evaluation.gold)]
    if evaluation.retained_gold:
        tables.append(_retained_table(evaluation.retained_gold))
    return [*tables, _agreement_table(evaluation.agreement), _false_alarm_table(evaluation)]


def _annotated_table(gold: Comparison) -> Table:
    rows = [
        [
            *_scores(name, row),
            change(row.against_base, kind_of_change(row)),
            change(row.against_specialist),
        ]
        for name, row in _rows(gold)
    ]
    return Table(
        "Annotated labels",
        f"F on the gold test set: {size(gold.size)}.",
        ("Label", "Spans", "Base", "Naive", "Update", "Change", "Against naive"),
        rows,
    )


def _retained_table(gold: Comparison) -> Table:
    left_out = "; ".join(f"{label} {reason}" for label, reason in gold.left_out.items())
    return Table(
        "Retained labels",
        f"F on gold for labels of the base: {size(gold.size)}."
        + (f" Left out: {left_out}." if left_out else ""),
        ("Label", "Spans", "Base", "Naive", "Update", "Change"),
        [
            [*_scores(name, row), change(row.against_base, kind_of_change(row))]
            for name, row in _rows(gold)
        ],
    )


def _agreement_table(agreement: Comparison) -> Table:
    return Table(
        "Agreement with the base on raw text",
        "F against what the base says of the rehearsal test set, whether it is right or wrong: "
        f"{size(agreement.size)}.",
        ("Label", "Spans", "Naive", "Update"),
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
        "Spans of new labels in 1,000 words. Most of them are wrong; in negative text, all are.",
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
    return [Cell(name), Cell(f"{row.support:,}"), *(Cell(f"{one.f:.1f}") for one in figures)]


def change(interval: Interval, kind: str = "") -> Cell:
    """A difference in points with its bounds."""
    detail = f"{interval.lower:+.1f} to {interval.upper:+.1f}"
    return Cell(f"{interval.value:+.1f}".replace("-", MINUS), kind, detail.replace("-", MINUS))


def size(of: Size) -> str:
    """How much a test set holds."""
    return f"{of.documents:,} texts, {of.words:,} words, {of.spans:,} spans"


def counter_tables(conversion: Mapping[str, Any]) -> list[Table]:
    """The counters of `corpus/conversion.json`, whichever there are."""
    return [
        Table(_title(name), "", (), rows)
        for name, part in conversion.items()
        if isinstance(part, Mapping) and (rows := _counters(part))
    ]


def record_tables(conversion: Mapping[str, Any]) -> list[Table]:
    """The lists of `corpus/conversion.json`: agreement of annotators, and what was changed."""
    tables = []
    for name, title in LISTS.items():
        part = conversion.get(name)
        if isinstance(part, list) and part:
            tables.append(_record_table(title, part))
    return tables


def _counters(part: Mapping[str, Any], prefix: str = "") -> list[list[Cell]]:
    rows = []
    for name, value in part.items():
        if isinstance(value, Mapping):
            rows.extend(_counters(value, f"{prefix}{name}: "))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            rows.append([Cell(f"{prefix}{name}".replace("_", " ")), Cell(f"{value:,}")])
    return rows


def _record_table(title: str, records: Sequence[Any]) -> Table:
    shown = [record for record in records[:MAX_RECORDS] if isinstance(record, Mapping)]
    columns = list(dict.fromkeys(name for record in shown for name in record))
    return Table(
        f"{title} ({len(records):,})",
        "" if len(shown) == len(records) else f"The first {len(shown)}; conversion.json has all.",
        [_title(name) for name in columns],
        [[_cell(record.get(name)) for name in columns] for record in shown],
    )


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell("–")
    if isinstance(value, list):
        return Cell(", ".join(map(str, value)))
    return Cell(f"{value:.3f}" if isinstance(value, float) else str(value))


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
