"""A pipeline for predictions: only what its answers need, texts of any length."""

from itertools import chain
from pathlib import Path

from spacy.language import Language

from ..conversion.label_studio import Results
from ..kinds.known import KINDS, kinds_in
from ..training import beside
from ..training.pipelines import load_pipeline

# Factories of ours that only put the answers of others together.
MERGING = {*chain(*(kind.companions for kind in KINDS.values()))}
# Factories that answers do not depend on, where nothing else in the pipeline says so.
INDEPENDENT = {
    *("tok2vec", "transformer", "curated_transformer", "tagger", "morphologizer", "parser"),
    *("senter", "sentencizer", "lemmatizer", "trainable_lemmatizer", "attribute_ruler"),
    *("spancat", "spancat_singlelabel", "entity_linker", "span_finder", "beam_parser"),
}
RESULTS: dict[str, Results] = {
    factory: kind.results for kind in KINDS.values() for factory in kind.factories
}
MAX_LENGTH = 100_000_000  # characters; spaCy's own million is for parsers, which are off


def load_for_prediction(folder: Path) -> Language:
    """The pipeline of a folder, with nothing on but what gives answers. Raises UserError."""
    nlp = load_pipeline(folder)
    needed = needed_components(nlp)
    nlp.select_pipes(enable=needed)
    nlp.max_length = MAX_LENGTH
    return nlp


def needed_components(nlp: Language) -> list[str]:
    """The components that entities and classes need, in the order of the pipeline.

    A component that we do not know (a ruler with patterns of lemmas, one of the user's own) may
    read what any before it writes, and may write entities: then all of them stay on.
    """
    kinds = kinds_in(nlp)
    known = {*INDEPENDENT, *MERGING, *RESULTS}
    if not kinds or {nlp.get_pipe_meta(name).factory for name in nlp.pipe_names} - known:
        return list(nlp.pipe_names)
    needed: set[str] = set()
    for kind in kinds:
        needed |= set(beside.taking_part(nlp, kind))
    return [name for name in nlp.pipe_names if name in needed]


def found_labels(nlp: Language) -> dict[Results, list[str]]:
    """The labels of the components that are on, sorted, by what their answers are."""
    found: dict[Results, set[str]] = {}
    for name in nlp.pipe_names:
        factory = nlp.get_pipe_meta(name).factory
        labels = {str(label) for label in getattr(nlp.get_pipe(name), "labels", ())}
        if labels and factory not in MERGING:
            found.setdefault(RESULTS.get(factory, "labels"), set()).update(labels)
    return {results: sorted(labels) for results, labels in found.items()}
