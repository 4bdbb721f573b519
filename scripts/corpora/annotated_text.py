"""Annotated text: JSON lines of texts with their spans, the plain form of gold from elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..evaluation.scores import CharSpan
from ..project.errors import UserError

ANNOTATED_TEXT = (
    'Each line of it is {"text": "...", "spans": [{"start": 0, "end": 3, "label": "ORG"}]}, '
    "offsets in characters, end exclusive."
)


class AnnotatedSpan(msgspec.Struct, frozen=True):
    """An entity, by its offsets in code points, end exclusive."""

    start: int
    end: int
    label: str


class AnnotatedText(msgspec.Struct, frozen=True):
    """A text, annotated as a whole; `spans` is None where nobody has annotated it.

    group: what it belongs to (a document, a source), for the splits.
    """

    text: str
    spans: list[AnnotatedSpan] | None = None
    group: str | None = None

    @property
    def entities(self) -> list[CharSpan]:
        """The spans as records; none where nobody has annotated the text."""
        return [CharSpan(span.start, span.end, span.label) for span in self.spans or ()]


def read_annotated_texts(path: Path) -> Iterator[AnnotatedText]:
    """The annotated texts of a JSON lines file.

    Raises UserError with the line's number for a line that is something else, and for a span that
    is not in its text.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield _annotated_text(line)
                except (msgspec.DecodeError, ValueError) as error:
                    raise UserError(
                        f"{path}, line {number}, is no annotated text: {error}.", ANNOTATED_TEXT
                    ) from error


def _annotated_text(line: bytes) -> AnnotatedText:
    """Raises DecodeError or ValueError when the line is something else."""
    record = msgspec.json.decode(line, type=AnnotatedText)
    for span in record.spans or ():
        if not 0 <= span.start < span.end <= len(record.text):
            raise ValueError(
                f"a span from {span.start} to {span.end} in {len(record.text)} characters"
            )
    return record
