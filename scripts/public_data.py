"""Turn public annotated corpora into annotated text: JSON lines with `text` and `spans`.

Two formats: Prodigy's JSONL (https://prodi.gy/docs/api-interfaces#ner) and IOB, a token and its tag
a line with an empty line after each sentence (Tjong Kim Sang and De Meulder, CoNLL-2003).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import srsly
import typer
from wasabi import msg

from .evaluation.scores import CharSpan
from .project.errors import UserError, run
from .project.files import write_text

Format = Literal["prodigy", "iob"]


class AnnotatedText(NamedTuple):
    """A text and its entities, with offsets in code points."""

    text: str
    spans: tuple[CharSpan, ...]


class TaggedToken(NamedTuple):
    """A token and its tag: O, or B- or I- and a label."""

    token: str
    tag: str


def main(
    inputs: Annotated[list[Path], typer.Argument(help="files of one format")],
    output: Annotated[Path, typer.Argument(help="JSON lines to write")],
    format_: Annotated[
        Format,
        typer.Option("--format", help="prodigy (JSON lines) or iob (a token and tag a line)"),
    ],
) -> None:
    """Turn public annotated corpora into JSON lines with text and spans."""
    texts = [text for path in inputs for text in read_corpus(path, format_)]
    write_text(output, "".join(f"{to_json(text)}\n" for text in texts))
    spans = sum(len(text.spans) for text in texts)
    msg.good(f"{len(texts)} texts with {spans} spans", str(output))


def read_corpus(path: Path, format_: Format) -> list[AnnotatedText]:
    """The annotated texts of a file. Raises UserError when it is not of that format."""
    try:
        with path.open(encoding="utf8") as lines:
            texts = list(read_prodigy(lines) if format_ == "prodigy" else read_iob(lines))
    except FileNotFoundError:
        raise UserError(
            f"There is no file {path}.", "Fetch it: python -m scripts.assets --extra."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is not {format_}: {error!r}.", "Give the right --format, prodigy or iob."
        ) from error
    if not texts:
        raise UserError(f"{path} holds no annotated text.", "Give the right --format and file.")
    return texts


def to_json(text: AnnotatedText) -> str:
    """The text as a line of JSON."""
    spans = [span._asdict() for span in text.spans]
    return str(srsly.json_dumps({"text": text.text, "spans": spans}))


def read_prodigy(lines: Iterable[str]) -> Iterator[AnnotatedText]:
    """Accepted examples; those that were rejected or ignored say nothing that is certain.

    Raises ValueError, KeyError or TypeError for a line of another shape.
    """
    for line in filter(str.strip, lines):
        example: Any = srsly.json_loads(line)
        if not isinstance(example, dict):
            raise TypeError(f"{line.strip()[:60]!r} is no JSON object")
        if example.get("answer", "accept") == "accept":
            spans = example.get("spans", ())
            yield AnnotatedText(
                example["text"],
                tuple(CharSpan(span["start"], span["end"], span["label"]) for span in spans),
            )


def read_iob(lines: Iterable[str]) -> Iterator[AnnotatedText]:
    """Sentences, their tokens joined by a single space. Raises ValueError for a strange tag."""
    sentence: list[TaggedToken] = []
    for number, line in enumerate(lines, 1):
        token = read_token(line, number)
        if token is not None:
            sentence.append(token)
        elif sentence:
            yield join_tokens(sentence)
            sentence = []
    if sentence:
        yield join_tokens(sentence)


def read_token(line: str, number: int) -> TaggedToken | None:
    """The first and the last column; None between sentences and documents.

    Columns are separated by tabs, or else by spaces. Raises ValueError for a line without a tag.
    """
    line = line.rstrip()
    word, *others = line.split("\t" if "\t" in line else " ")
    if not line or word == "-DOCSTART-":
        return None
    tag = others[-1] if others else ""
    if not word or not (tag == "O" or tag[:2] in ("B-", "I-")):
        raise ValueError(f"line {number} has no token and IOB tag: {line[:60]!r}")
    return TaggedToken(word, tag)


def join_tokens(sentence: list[TaggedToken]) -> AnnotatedText:
    """Text and entities of a sentence.

    An I- tag that continues nothing, or another label, begins an entity: so IOB1 is read, too.
    """
    spans: list[CharSpan] = []
    end, previous = -1, "O"
    for token, tag in sentence:
        start, end = end + 1, end + 1 + len(token)
        if tag.startswith("I-") and previous[2:] == tag[2:]:
            spans[-1] = spans[-1]._replace(end=end)
        elif tag != "O":
            spans.append(CharSpan(start, end, tag[2:]))
        previous = tag
    return AnnotatedText(" ".join(token for token, _ in sentence), tuple(spans))


if __name__ == "__main__":
    run(main)
