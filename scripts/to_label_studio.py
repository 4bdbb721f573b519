"""Write annotated text, or the Docs of a corpus, as Label Studio tasks."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich import print as rich_print
from spacy.tokens import Doc
from spacy.vocab import Vocab

from .conversion.label_studio_json import LabelledSpan, LabelledText, export_tasks
from .corpora.annotated_text import AnnotatedText, read_annotated_texts
from .corpora.corpus import read_corpus
from .project.errors import UserError, run
from .project.files import write_json


def main(
    data: Annotated[Path, typer.Argument(help="JSON lines with text and spans, or a corpus")],
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


def read_labelled_texts(path: Path) -> Iterator[LabelledText]:
    """The texts of a corpus (`.spacy`, or a folder of it), or those of JSON lines.

    A line is `{"text", "spans": [{"start", "end", "label"}], "group"}`; without `spans` it is a
    text that nobody has annotated. Raises UserError for a missing file, and for a line of another
    shape.
    """
    if path.is_dir() or path.suffix == ".spacy":
        yield from map(labelled_doc, read_corpus(path, Vocab()))
        return
    if not path.is_file():
        raise UserError(f"There is no file {path}.", "Give a JSON lines file with text and spans.")
    yield from map(labelled_text, read_annotated_texts(path))


def labelled_doc(doc: Doc) -> LabelledText:
    """The spans of a Doc: all of `doc.spans["sc"]`, or else its entities.

    A Doc in which no token is known to be in or outside of an entity has none.
    """
    if "sc" in doc.spans:
        spans = doc.spans["sc"]
    elif doc.has_annotation("ENT_IOB"):
        spans = doc.ents
    else:
        return LabelledText(doc.text, None)
    found = (LabelledSpan(s.start_char, s.end_char, (s.label_,)) for s in spans)
    return LabelledText(doc.text, tuple(found))


def labelled_text(line: AnnotatedText) -> LabelledText:
    """An annotated text as it stands in a task."""
    spans = tuple(LabelledSpan(s.start, s.end, (s.label,)) for s in line.entities)
    return LabelledText(line.text, None if line.spans is None else spans, line.group)


if __name__ == "__main__":
    run(main)
