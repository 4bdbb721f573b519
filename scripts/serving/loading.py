"""A pipeline for predictions: only what its entities need, texts of any length."""

from collections.abc import Iterable
from pathlib import Path

from spacy.language import Language

from ..training.pipelines import COMPANIONS, RECOGNIZERS, entity_components, load_pipeline

# Factories that entities do not depend on, where nothing else in the pipeline says so.
INDEPENDENT = {
    *("tok2vec", "transformer", "curated_transformer", "tagger", "morphologizer", "parser"),
    *("senter", "sentencizer", "lemmatizer", "trainable_lemmatizer", "attribute_ruler"),
    *("textcat", "textcat_multilabel", "spancat", "spancat_singlelabel", "entity_linker"),
    *("span_finder", "beam_parser"),
}
MAX_LENGTH = 100_000_000  # characters; spaCy's own million is for parsers, which are off


def load_for_prediction(folder: Path) -> Language:
    """The pipeline of a folder, with nothing on but what finds entities. Raises UserError."""
    nlp = load_pipeline(folder)
    needed = needed_components(nlp)
    nlp.select_pipes(enable=needed)
    nlp.max_length = MAX_LENGTH
    return nlp


def needed_components(nlp: Language) -> list[str]:
    """The components that entities need, in the order of the pipeline.

    A component that we do not know (a ruler with patterns of lemmas, one of the user's own) may
    read what any before it writes, and may write entities: then all of them stay on.
    """
    factories = {name: nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}
    recognizers = [name for name, factory in factories.items() if factory in RECOGNIZERS]
    known = {*INDEPENDENT, *RECOGNIZERS, *COMPANIONS}
    if not recognizers or set(factories.values()) - known:
        return list(nlp.pipe_names)
    return entity_components(nlp, recognizers)


def found_labels(nlp: Language, components: Iterable[str]) -> list[str]:
    """The labels that the components give entities, sorted."""
    found: set[str] = set()
    for name in components:
        if nlp.get_pipe_meta(name).factory not in COMPANIONS:
            found |= {str(label) for label in getattr(nlp.get_pipe(name), "labels", ())}
    return sorted(found)
