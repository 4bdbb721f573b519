"""Pipelines for tests of what predicts: made in a moment, and certain of what they find."""

from pathlib import Path

import numpy as np
import spacy
from spacy.language import Language

from tests.small_ners import ner_model

NAMES = {"GPE": ["Paris", "Delft"], "PERSON": ["Ada", "Vermeer"]}


def write_ruler(folder: Path, version: str, names: dict[str, list[str]] | None = None) -> Path:
    """A pipeline that finds some names by rules; its version says which it is."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    for label, found in (names or NAMES).items():
        ruler.add_patterns([{"label": label, "pattern": name} for name in found])
    nlp.meta.update(name="rules", version=version)
    nlp.to_disk(folder)
    return folder


def write_vectors(folder: Path, rows: int) -> Path:
    """A pipeline of nothing but word vectors, as `spacy init vectors` writes one."""
    nlp = spacy.blank("de")
    for word in ("Haus", "Hof", "Hund")[:rows]:
        nlp.vocab.set_vector(word, np.ones(8, dtype="f"))
    nlp.meta.update(name="vectors", license="MIT")
    nlp.to_disk(folder)
    (folder / "LICENSE").write_text("MIT")
    return folder


def make_recognizer() -> Language:
    """A pipeline with a ner that shares its tok2vec, among components that entities do not need."""
    nlp = spacy.blank("en")
    for name in ("tok2vec", "tagger", "sentencizer", "attribute_ruler"):
        nlp.add_pipe(name)
    nlp.get_pipe("tagger").add_label("NN")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    nlp.add_pipe("ner", config={"model": ner_model(tok2vec=listener)}).add_label("GPE")
    nlp.initialize()
    return nlp
