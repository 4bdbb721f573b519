"""What the report shows of a conversion: counters, lists, and how far the annotators agree."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..conversion.record import REASONS
from ..kinds.kind import Words
from ..kinds.known import find_kind
from ..kinds.ner import NER
from .tables import Cell, Table

MAX_RECORDS = 50  # rows of each list
# The counters of `corpus/conversion.json`: where they stand, and what they count.
COUNTERS = {
    ("tasks",): "Tasks",
    ("examples", "gold"): "Annotated texts",
    ("examples", "project"): "Texts without annotation",
    ("labels", "counts"): "{answers} in gold",
    ("spans",): "Annotated {spans}",
    ("results",): "Found in the export",
}
LISTS = {
    "regions": "Annotated {spans} that were changed or not taken",
    "left_out": "Texts that were left out",
}
# What a counter counts, where its name alone does not say it.
COUNTED = {
    "agreed": "agreed on, each counted once",
    "code_points": "offsets fit the text",
    "no_text": "offsets taken as they are, with no copy of the text to compare with",
    "overruled": "overruled by another annotation",
}
COLUMNS = ("task", "label", "text", "reason", "done", "annotation")


def counter_tables(conversion: Mapping[str, Any]) -> list[Table]:
    """The counters that are not 0."""
    words = _answers(conversion)
    return [
        Table(_named(title, words), "", (), rows)
        for path, title in COUNTERS.items()
        if (rows := list(_counters(conversion, path)))
    ]


def record_tables(conversion: Mapping[str, Any]) -> list[Table]:
    """The lists of what was changed or left out, those that are not empty."""
    words = _answers(conversion)
    return [
        _record_table(_named(title, words), conversion[name])
        for name, title in LISTS.items()
        if conversion.get(name)
    ]


def agreement_table(conversion: Mapping[str, Any]) -> Table | None:
    """How far each two annotators agree; None when no text has two annotators.

    Where there are many rows, only those over all labels.
    """
    records: Sequence[Mapping[str, Any]] = conversion.get("agreement", ())
    if not records:
        return None
    few = len(records) <= MAX_RECORDS
    shown = [record for record in records if few or record["label"] is None]
    return Table(
        "Agreement between annotators",
        "F1 of one annotator's spans against the other's, in percent, over the texts that both "
        "annotated. Exact: same borders and label. Partial: an overlap with a span of the same "
        "label counts one half." + ("" if few else " conversion.json has the rows by label."),
        ("Annotators", "Label", "Texts", "Spans of both", "Exact", "Partial"),
        [
            [
                Cell(" and ".join(map(str, record["annotators"]))),
                Cell(record["label"] or "all labels"),
                Cell(f"{record['texts']:,}"),
                Cell(f"{record['support']:,}"),
                _percent(record["exact"]),
                _percent(record["partial"]),
            ]
            for record in shown[:MAX_RECORDS]
        ],
    )


def _answers(conversion: Mapping[str, Any]) -> Words:
    return find_kind(conversion.get("component", NER.component)).words


def _named(title: str, words: Words) -> str:
    """The title for what the component's answers are called."""
    return title.format(answers=words.answers.capitalize(), spans=words.spans)


def _counters(conversion: Mapping[str, Any], path: Sequence[str]) -> Iterable[list[Cell]]:
    part: Any = conversion
    for name in path:
        part = part.get(name, {})
    for name, count in part.items():
        if count:
            words = name if path[0] == "labels" else _words(name)  # labels stay as they are
            yield [Cell(words), Cell(f"{count:,}")]


def _record_table(title: str, records: Sequence[Mapping[str, Any]]) -> Table:
    shown = records[:MAX_RECORDS]
    columns = [name for name in COLUMNS if any(record.get(name) is not None for record in shown)]
    return Table(
        f"{title} ({len(records):,})",
        "" if len(shown) == len(records) else f"The first {len(shown)}; conversion.json has all.",
        [name.capitalize() for name in columns],
        [[_cell(name, record.get(name)) for name in columns] for record in shown],
    )


def _cell(name: str, value: Any) -> Cell:
    if value is None:
        return Cell("–")
    return Cell(_words(value) if name == "reason" else str(value))


def _percent(share: float | None) -> Cell:
    return Cell("–" if share is None else f"{100 * share:.1f}")


def _words(name: str) -> str:
    return (REASONS | COUNTED).get(name, name.replace("_", " "))
