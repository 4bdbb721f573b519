"""Small teachers: pipelines without an ner that find names, and texts with these names."""

import json
from pathlib import Path
from random import Random

import spacy
from spacy.language import Language

from tests.small_exports import annotation, spanned, task

NAMES = {
    "PER": ("Ada", "Vermeer", "Noether", "Turing", "Hypatia", "Basho"),
    "LOC": ("Delft", "Paris", "Kyoto", "Lima", "Accra", "Oslo"),
    "MISC": ("Esperanto", "Baroque"),
}
PLANTS = ("oak", "fern", "tulip", "thyme")  # which a teacher does not know
PATTERNS = (
    "{PER} met a friend in {LOC}.",
    "In {LOC}, {PER} wrote about {MISC} music.",
    "{PER} never saw {LOC} again.",
    "The road from {LOC} is long.",
    "They walked along the river yesterday.",
    "{PER} planted a {PLANT} in {LOC}.",
)


def make_teacher(factory: str = "entity_ruler") -> Language:
    """A pipeline that knows the names by heart: entities, or spans of a group (span_ruler)."""
    nlp = spacy.blank("en")
    patterns = [
        {"label": label, "pattern": name} for label, names in NAMES.items() for name in names
    ]
    nlp.add_pipe(factory).add_patterns(patterns)
    nlp.meta.update(name="names", version="2.0.0", license="MIT")
    return nlp


def sentences(seed: int, number: int) -> list[str]:
    """Sentences with names, all of them different."""
    random = Random(seed)
    made: dict[str, None] = {}
    while len(made) < number:
        pattern = random.choice(PATTERNS)
        words = {label: random.choice(names) for label, names in NAMES.items()}
        text = pattern.format(**words, PLANT=random.choice(PLANTS))
        made[f"{text} {random.choice('ABCDEFG')}{random.randrange(9999)}."] = None
    return list(made)


def write_plants(path: Path, number: int, seed: int = 5) -> None:
    """An export in which plants and persons are annotated, the latter as PERSON."""
    tasks = []
    for i, text in enumerate(sentences(seed, number), 1):
        found = [spanned(text, word, "PLANT") for word in PLANTS if word in text]
        found += [spanned(text, name, "PERSON") for name in NAMES["PER"] if name in text]
        tasks.append(task(i, text, annotation(*found)))
    path.write_text(json.dumps(tasks), encoding="utf8")
