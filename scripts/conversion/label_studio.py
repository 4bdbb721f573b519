"""Tasks, annotations and regions of Label Studio, read from every shape of its exports.

No other module knows Label Studio's JSON. What is damaged becomes a record that says so: nothing
of an export is passed over in silence.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from .exports import Chunk, Source, decode_chunk, read_chunks

Results = Literal["labels", "choices"]

_TEXT_TYPES = ("labels", "hypertextlabels")
_DIGITS = 15  # no offset and no id has more
_ROW_KEYS = frozenset(("annotation_id", "annotator"))
_TASK_KEYS = frozenset(("id", "data", "annotations", "completions", "predictions"))
# Columns of JSON_MIN and CSV that Label Studio adds to the data.
_ADDED = _ROW_KEYS | {"id", "created_at", "updated_at", "lead_time", "agreement"}


class Control(NamedTuple):
    """The tag that gives the labels and the one that shows the text; "" where unknown."""

    from_name: str
    to_name: str


class Region(NamedTuple):
    """A labelled part of a text, as it was exported.

    start, end: offsets as they stand there, None where they are no whole numbers.
    quote: Label Studio's own copy of the part, None where there is none.
    labels: none where the region is damaged or has no label.
    html: whether the offsets count in the text that the editor shows of a field of HTML.
    """

    id: str
    control: Control
    start: int | None
    end: int | None
    quote: str | None
    labels: tuple[str, ...]
    html: bool = False


class Annotation(NamedTuple):
    """What one person has said about one task.

    regions: None where the annotation is damaged, so that nobody knows what was said.
    others: types of results that are no labelled text, one entry a result.
    """

    id: str
    annotator: str
    ground_truth: bool
    cancelled: bool
    regions: tuple[Region, ...] | None
    others: tuple[str, ...]


class Task(NamedTuple):
    """A task of a project; its texts by the field of its data they stand in.

    fault: why the task cannot be used, None if it can.
    """

    id: int | str
    texts: dict[str, str]
    annotations: tuple[Annotation, ...]
    drafts: int
    predictions: int
    group: str | None
    fault: str | None = None


def read_tasks(source: Source, results: Results = "labels") -> Iterator[Task]:
    """All tasks of a source in their order. Raises UserError where the file is damaged."""
    for chunk in read_chunks(source):
        yield from tasks_in(chunk, results)


def tasks_in(chunk: Chunk, results: Results = "labels") -> Iterator[Task]:
    """The tasks of a chunk in their order. Raises UserError where an element is damaged.

    results: what makes a region, labelled text or choices for a text as a whole.

    Read are tasks (UI and snapshot exports, API dumps with tasks inside projects, the old
    `completions`, objects of id to task) and rows (JSON_MIN, CSV, TSV).
    """
    for number, element in decode_chunk(chunk):
        found = False
        for name, value in _unfold(element, f"#{number}"):
            found = True
            yield _task(value, name, results)
        if not found and not _is_container(element):
            plain = _is_plain_row(element)
            yield _row(element, f"#{number}") if plain else _no_task(number)


def _unfold(value: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tasks and rows in a value, with a name for those that have no id."""
    if isinstance(value, dict):
        if isinstance(value.get("data"), dict) or _is_row(value):
            yield name, value
            return
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _unfold(inner, key)
    elif isinstance(value, list):
        for index, inner in enumerate(value, 1):
            yield from _unfold(inner, f"{name}.{index}")


def _is_row(value: dict[str, Any]) -> bool:
    if not _ROW_KEYS.isdisjoint(value):
        return True
    return any(_is_regions(cell) for cell in value.values())


def _is_regions(cell: Any) -> bool:
    """Whether a cell of JSON_MIN holds labelled text: its control's column."""
    return (
        isinstance(cell, list)
        and bool(cell)
        and all(isinstance(r, dict) and _labels_key(r) for r in cell)
    )


def _is_other(cell: Any) -> bool:
    """Whether a cell of JSON_MIN holds results that are no labelled text, as rectangles."""
    return isinstance(cell, list) and not _is_regions(cell) and any(type(r) is dict for r in cell)


def _is_plain_row(value: Any) -> bool:
    """Whether a value is data to import, `{"text": ...}`, that nobody has annotated."""
    return isinstance(value, dict) and any(isinstance(cell, str) for cell in value.values())


def _is_container(value: Any) -> bool:
    """Whether a value in which no task was found is none itself: a list, a project without any."""
    if isinstance(value, dict):
        return bool(value) and _TASK_KEYS.isdisjoint(value) and not _is_plain_row(value)
    return isinstance(value, list)


def _no_task(number: int) -> Task:
    return Task(f"#{number}", {}, (), 0, 0, None, "no task: it has neither data nor a text")


def _task(value: dict[str, Any], name: str, results: Results) -> Task:
    if not isinstance(value.get("data"), dict):
        return _row(value, name)
    data = value["data"]
    given = value.get("annotations", value.get("completions", []))
    fault = None
    if given is None:
        given = []
    if not isinstance(given, list):
        given, fault = [], "damaged: its annotations are no list"
    annotations = tuple(_annotation(one, results) for one in given)
    return Task(
        _identity(value.get("id"), name),
        _texts(data),
        annotations,
        _count(value.get("drafts")),
        _count(value.get("predictions")),
        _group(value.get("meta")) or _group(data.get("meta")),
        fault,
    )


def _identity(value: Any, name: str) -> int | str:
    if type(value) is int and abs(value) >= 10**_DIGITS:
        return str(value)[:99]
    return value if isinstance(value, str) or type(value) is int else name


def _texts(data: dict[str, Any]) -> dict[str, str]:
    """String fields by name; `a.b` for a field within a field, as configurations name them."""
    texts = {}
    for key, value in data.items():
        if type(value) is str:
            texts[key] = value
        elif type(value) is dict:
            texts |= {f"{key}.{k}": v for k, v in value.items() if isinstance(v, str)}
    return texts


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _group(meta: Any) -> str | None:
    group = meta.get("group") if isinstance(meta, dict) else None
    return str(group) if isinstance(group, str | int) else None


def _annotation(value: Any, results: Results) -> Annotation:
    if type(value) is not dict:
        return Annotation("?", "unknown", False, False, None, ())
    result = value.get("result")
    regions: list[Region] | None = None
    others: list[str] = []
    if isinstance(result, list):
        regions = []
        for item in result:
            kind = _other_type(item) or "labels"
            if kind == results:
                regions.append(_region(item, results))
            else:
                others.append(kind)
    return Annotation(
        str(value.get("id", "?")),
        _annotator(value.get("completed_by")),
        # Before version 1.0 ground truth was called honeypot and a skip `skipped`.
        bool(value.get("ground_truth") or value.get("honeypot")),
        bool(value.get("was_cancelled") or value.get("skipped")),
        None if regions is None else tuple(regions),
        tuple(others),
    )


def _annotator(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    return "unknown" if value is None else str(value)


def _other_type(item: Any) -> str | None:
    """The type of a result that is no labelled text, None for one that is, or that is damaged."""
    if type(item) is not dict:
        return None
    kind = item.get("type")
    value = item.get("value")
    if type(kind) is str and kind.lower() in _TEXT_TYPES:
        # Labels on sound have offsets in seconds and a channel.
        timed = type(value) is dict and ("channel" in value or "original_length" in item)
        return "labels on sound" if timed else None
    if kind is None and (type(value) is not dict or _labels_key(value)):
        return None
    return escape_surrogates(str(kind)) if kind is not None else "unknown"


def _labels_key(value: dict[str, Any]) -> str | None:
    if "labels" in value:
        return "labels"
    return "hypertextlabels" if "hypertextlabels" in value else None


def _region(item: Any, results: Results) -> Region:
    if type(item) is not dict:
        return Region("?", Control("", ""), None, None, None, ())
    value = item.get("value")
    value = value if type(value) is dict else {}
    if results == "choices":  # one for a part of a text, which has offsets, has no labels
        value = {"labels": None if "start" in value else value.get("choices")}
    control = Control(str(item.get("from_name") or ""), str(item.get("to_name") or ""))
    return _labelled(value, str(item.get("id", "?")), control)


def _labelled(value: dict[str, Any], name: str, control: Control) -> Region:
    # HyperText: start and end are xpaths, offsets in the shown text stand apart.
    offsets = value.get("globalOffsets")
    if type(offsets) is not dict:
        offsets = value
    labels = value.get(_labels_key(value) or "labels")
    if type(labels) is not list or not all(map(_can_be_label, labels)):
        labels = []
    quote = value.get("text")
    return Region(
        name,
        control,
        _offset(offsets.get("start")),
        _offset(offsets.get("end")),
        quote if type(quote) is str else None,
        tuple(labels),
        offsets is not value or "hypertextlabels" in value,
    )


def _can_be_label(value: Any) -> bool:
    return type(value) is str and value != "" and (value.isascii() or _is_unicode(value))


def _is_unicode(text: str) -> bool:
    """Whether a text has no lone surrogates, which UTF-8 cannot hold."""
    return escape_surrogates(text) == text


def escape_surrogates(text: str) -> str:
    """The text with lone surrogates written as backslash, u and digits."""
    return text.encode("utf8", "backslashreplace").decode("utf8")


def _offset(value: Any) -> int | None:
    value = int(value) if type(value) is float and value.is_integer() else _number(value)
    return value if type(value) is int and abs(value) < 10**_DIGITS else None


def _row(row: dict[str, Any], name: str) -> Task:
    """A row of JSON_MIN, CSV or TSV: one annotation, or a task without any."""
    cells = {key: _cell(value) for key, value in row.items()}
    controls = {key: cell for key, cell in cells.items() if _is_regions(cell)}
    annotator = cells.get("annotator")
    annotated = bool(controls) or annotator not in (None, "")
    texts = {
        key: cell for key, cell in cells.items() if isinstance(cell, str) and key not in _ADDED
    }
    identity = _identity(_number(cells.get("id")), name)
    annotation = Annotation(
        str(cells.get("annotation_id", "?")),
        _annotator(annotator),
        False,
        False,
        tuple(
            _labelled(value, f"{identity}/{key}/{index}", Control(key, ""))
            for key, cell in controls.items()
            for index, value in enumerate(cell)
        ),
        tuple(f"column {key}" for key, cell in cells.items() if _is_other(cell)),
    )
    return Task(
        identity,
        texts,
        (annotation,) if annotated else (),
        0,
        0,
        _group(cells.get("meta")),
    )


def _cell(value: Any) -> Any:
    """A cell of a table: CSV keeps lists and objects as JSON."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return decoded if isinstance(decoded, dict) or _is_regions(decoded) else value
    return value


def _number(value: Any) -> Any:
    """A whole number that a table has made a text; other values as they are."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _DIGITS:
        return int(value)
    return value
