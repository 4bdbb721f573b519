"""Test sets: texts that nothing was trained on, with their gold where there is any."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import srsly
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..corpora.annotated_text import ANNOTATED_TEXT, read_annotated_texts
from ..corpora.corpus import read_corpus
from ..corpora.raw_text import read_texts
from ..corpora.splits import assign_split
from ..kinds.kind import Kind
from ..kinds.ner import NER
from ..project.errors import UserError
from .scores import CharSpan, entity_spans, missing_ranges

# Of the retained gold: the tenth by which strategies and doses are chosen, or all other texts.
Part = Literal["dev", "rest"]


@dataclass(frozen=True)
class Reference:
    """A text with its gold spans. missing: offsets of what nobody knows about."""

    text: str
    spans: list[CharSpan]
    missing: list[tuple[int, int]]


@dataclass(frozen=True)
class RetainedGold:
    """The user's gold for labels of the base. label_map: model label to gold label, or None."""

    references: list[Reference]
    label_map: dict[str, str] | None


def read_references(corpus: Path, kind: Kind = NER) -> list[Reference]:
    """The annotated texts of a corpus; Docs without any entity annotation are left out."""
    docs = read_corpus(corpus, Vocab())
    if kind is NER:
        return [_reference(doc) for doc in docs if doc.has_annotation("ENT_IOB")]
    return [Reference(doc.text, *kind.reference(doc)) for doc in docs]


def read_corpus_texts(corpus: Path) -> list[str]:
    """The texts of a corpus."""
    return [doc.text for doc in read_corpus(corpus, Vocab())]


def read_retained_gold(
    inputs: Path, var: str = "retained_gold", kind: Kind = NER
) -> RetainedGold | None:
    """The gold for labels of the base that `inputs` resolved, None when there is none.

    Where `inputs` says so it is a part of the gold alone: the "dev" split, by which a strategy is
    chosen, or the "rest", by which it is judged.
    var: the var that names it; the map of its labels is in another, var_map.
    Raises UserError for a file that is neither annotated text (JSONL) nor a whole DocBin, and
    when there is no text in any.
    """
    record = srsly.read_json(inputs)
    if not record[var]:
        return None
    references = [
        reference
        for path in map(Path, record[var]["paths"])
        for reference in (
            read_references(path, kind) if path.suffix == ".spacy" else read_gold(path)
        )
    ]
    if not references:
        raise UserError(f"There is no annotated text in vars.{var}.", ANNOTATED_TEXT)
    label_map = record[f"{var}_map"]
    gold = RetainedGold(
        references, read_label_map(Path(label_map["paths"][0])) if label_map else None
    )
    return take_part(gold, record["part"]) if "part" in record else gold


def take_part(gold: RetainedGold, part: Part) -> RetainedGold:
    """A part of the gold, by the hashes of its texts (`assign_split`)."""
    chosen = [
        one for one in gold.references if (assign_split(one.text) == "dev") == (part == "dev")
    ]
    return RetainedGold(chosen, gold.label_map)


def read_negative_text(inputs: Path) -> list[str] | None:
    """The texts without new labels that `inputs` resolved, None when the var is null.

    Raises UserError when they hold no text.
    """
    record = srsly.read_json(inputs)["negative_text"]
    if not record:
        return None
    texts = list(read_texts(map(Path, record["paths"])))
    if not texts:
        raise UserError(
            "There is no text in vars.negative_text.",
            "Give general text without any new label, a text a line, or leave the var null.",
        )
    return texts


def read_label_map(path: Path) -> dict[str, str]:
    """A YAML of model label to gold label. Raises UserError when it is something else."""
    try:
        content = srsly.read_yaml(path)
    except ValueError as error:
        raise UserError(f"{path} is no YAML: {error}.", "Correct it.") from error
    if not isinstance(content, dict) or not all(isinstance(to, str) for to in content.values()):
        raise UserError(
            f"{path} does not map labels to labels.",
            "Write a line for each label of the model that the gold knows, as PERSON: PER.",
        )
    return {str(label): gold_label for label, gold_label in content.items()}


def read_gold(path: Path) -> Iterator[Reference]:
    """The texts of a JSONL of annotated text, each annotated as a whole.

    Raises UserError for a line that is something else, or that nobody has annotated.
    """
    for text in read_annotated_texts(path):
        if text.spans is None:
            raise UserError(f"{path} has a text without spans: {text.text[:60]!r}.", ANNOTATED_TEXT)
        yield Reference(text.text, text.entities, [])


def _reference(doc: Doc) -> Reference:
    return Reference(doc.text, entity_spans(doc), missing_ranges(doc))
