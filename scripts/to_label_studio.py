"""Write annotated text, or the Docs of a corpus, as Label Studio tasks."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import srsly
import typer
from rich import print as rich_print

from .errors import UserError, run
from .files import write_json

As = Literal["annotations", "predictions"]


class LabelledSpan(NamedTuple):
    """A label on a part of a text: offsets in code points, the end excluded."""

    start: int
    end: int
    label: str


class LabelledText(NamedTuple):
    """A text and its spans; `spans` is None where nobody has annotated the text."""

    text: str
    spans: tuple[LabelledSpan, ...] | None
    group: str | None = None


def read_labelled_texts(path: Path) -> Iterator[LabelledText]:
    """Annotated text from JSON lines: `{"text", "spans": [{"start", "end", "label"}], "group"}`.

    A line without `spans` is a text that nobody has annotated. Raises UserError for a missing
    file and for a line of another shape.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}.", "Give a JSON lines file with text and spans.")
    with path.open(encoding="utf8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield _labelled_text(srsly.json_loads(line))
                except (ValueError, TypeError, KeyError) as error:
                    raise UserError(
                        f"Line {number} of {path} is not annotated text ({error!r}).",
                        'A line is {"text": "", "spans": [{"start": 0, "end": 3, "label": "X"}]}.',
                    ) from error


def _labelled_text(line: dict[str, Any]) -> LabelledText:
    spans = line.get("spans")
    return LabelledText(
        line["text"],
        None
        if spans is None
        else tuple(LabelledSpan(s["start"], s["end"], s["label"]) for s in spans),
        line.get("group"),
    )


def export_tasks(
    texts: Iterable[LabelledText],
    *,
    kind: As = "annotations",
    from_name: str = "label",
    to_name: str = "text",
    key: str = "text",
    model_version: str = "corpus",
) -> Iterator[dict[str, Any]]:
    """Label Studio tasks, in the shape of its JSON export and import.

    texts: one task each, with ids from 1.
    kind: whether the spans stand in the tasks as a person's annotation or as predictions.
    from_name, to_name, key: the names of the Labels tag, of the Text tag and of its data field.
    """
    for number, text in enumerate(texts, 1):
        task: dict[str, Any] = {"id": number, "data": {key: text.text}}
        if text.group is not None:
            task["meta"] = {"group": text.group}
        results = []
        if text.spans is not None:
            regions = [
                _region(f"{number}-{i}", span, text.text, from_name, to_name)
                for i, span in enumerate(text.spans)
            ]
            results.append(_result(number, regions, kind, model_version))
        task["annotations"] = results if kind == "annotations" else []
        task["predictions"] = results if kind == "predictions" else []
        yield task


def _result(
    number: int, regions: list[dict[str, Any]], kind: As, model_version: str
) -> dict[str, Any]:
    if kind == "predictions":
        return {"model_version": model_version, "result": regions}
    return {
        "id": number,
        "completed_by": 1,
        "was_cancelled": False,
        "ground_truth": False,
        "result": regions,
    }


def _region(
    name: str, span: LabelledSpan, text: str, from_name: str, to_name: str
) -> dict[str, Any]:
    value = {
        "start": span.start,
        "end": span.end,
        "text": text[span.start : span.end],
        "labels": [span.label],
    }
    return {
        "id": name,
        "from_name": from_name,
        "to_name": to_name,
        "type": "labels",
        "origin": "manual",
        "value": value,
    }


def main(
    data: Annotated[Path, typer.Argument(help="JSON lines with text and spans")],
    output: Annotated[Path, typer.Argument(help="The Label Studio tasks to write (JSON)")],
    limit: Annotated[int, typer.Option(help="Stop after so many texts, 0 for all", min=0)] = 0,
    predictions: Annotated[
        bool, typer.Option(help="Write the spans as predictions, not as annotations")
    ] = False,
) -> None:
    """Write annotated text as Label Studio tasks, like an export of a project."""
    texts = islice(read_labelled_texts(data), limit or None)
    tasks = list(export_tasks(texts, kind="predictions" if predictions else "annotations"))
    write_json(output, tasks)
    rich_print(f"{len(tasks)} tasks: {output}")


if __name__ == "__main__":
    run(main)
