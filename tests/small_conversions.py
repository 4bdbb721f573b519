"""A conversion of made-up tasks, for the tests of its rules and of the command."""

from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc

from scripts.convert import SHARDS
from scripts.project.files import hash_file, hash_text
from tests.small_exports import annotation, spanned, task

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


def written(corpus: Path) -> dict[str, str]:
    """All files of a folder of corpora, hidden ones too, but for those that hold times."""
    return {
        str(path.relative_to(corpus)): hash_file(path)
        for path in sorted(corpus.rglob("*"))
        if path.is_file() and path.name not in (SHARDS, "shards.json")
    }


def varied_tasks(count: int) -> list[dict[str, Any]]:
    """Tasks of which some repeat, some are disputed, and some have no annotation."""
    tasks = []
    for number in range(count):
        text = f"Anna {hash_text(str(number))} met Bob in Paris"
        person = spanned(text, "Anna", "PER")
        tasks.append(task(number, text, annotation(person), annotation(person, by=2)))
        if number % 5 == 0:
            tasks.append(task(count + number, text, annotation(spanned(text, "Bob", "PER"), by=3)))
        if number % 7 == 0:
            tasks.append(task(2 * count + number, f"Nobody read {hash_text(text)}"))
    return tasks
