"""A conversion of made-up tasks, for the tests of its rules and of the command."""

from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc

from tests.small_exports import spanned

NLP = spacy.blank("en")
TEXT = "Anna met anti-Trumpism voters in New York City"
Converted = tuple[dict[str, Any], dict[str, Doc]]
SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def entities(doc: Doc) -> list[tuple[str, str]]:
    """Text and label of each entity."""
    return [(e.text, e.label_) for e in doc.ents]


def missing(doc: Doc) -> list[str]:
    """The missing tokens."""
    return [token.text for token in doc if token.ent_iob == 0]


def lines(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the record lists of each region."""
    return [(r["task"], r["label"], r["reason"], r["done"]) for r in report["regions"]]


ANNA = spanned(TEXT, "Anna", "PER")
