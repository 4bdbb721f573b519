"""Pipeline components that a packaged pipeline needs. It carries this file: import spaCy only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model

Backprop = Callable[[list[Any]], list[Doc]]


@dataclass(frozen=True)
class MarkEntities:
    """Notes the entities that a Doc has so far, for `DropEntities` later in the pipeline."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[self.group] = list(doc.ents)
        return doc


@dataclass(frozen=True)
class DropEntities:
    """Removes the entities with some labels, but for those that were marked.

    The annotators' word counts for labels that the base knows, too: what the base's ner adds of
    them to the second ner's is mostly what the annotators had corrected.
    """

    labels: frozenset[str]
    group: str

    def __call__(self, doc: Doc) -> Doc:
        marked = {(s.start, s.end, s.label) for s in doc.spans.pop(self.group, ())}
        dropped = [
            ent
            for ent in doc.ents
            if ent.label_ in self.labels and (ent.start, ent.end, ent.label) not in marked
        ]
        if dropped:
            doc.ents = [ent for ent in doc.ents if ent not in dropped]
        return doc


# The versions in the names let pipelines of different ages be loaded side by side.
@Language.factory("mark_entities_v1", default_config={"group": "ner_update"})
def create_mark_entities(nlp: Language, name: str, group: str) -> MarkEntities:
    """group: the span group that keeps the entities until they are compared."""
    return MarkEntities(group)


@Language.factory("drop_entities_v1", default_config={"labels": [], "group": "ner_update"})
def create_drop_entities(nlp: Language, name: str, labels: list[str], group: str) -> DropEntities:
    """labels: those to drop. group: the span group of `mark_entities_v1`, if it stands before."""
    return DropEntities(frozenset(labels), group)


# A transformer inside an ner gets all texts of a batch at once, padded to the longest: a few
# hundred long ones would fill the memory.
@registry.architectures("minibatched_tok2vec_v1")
def create_minibatched_tok2vec(tok2vec: Model, max_words: int) -> Model:
    """A tok2vec (Docs in, for each a matrix [words, width] out) that predicts in minibatches.

    Texts of about the same length go together. max_words: in a minibatch, padding included. A
    batch of the training is taken as it is: the config of the training says how large it is.
    """
    return Model(
        "minibatched", _forward, init=_initialize, layers=[tok2vec], attrs={"max_words": max_words}
    )


def _forward(model: Model, docs: Sequence[Doc], is_train: bool) -> tuple[list[Any], Backprop]:
    (tok2vec,) = model.layers
    if is_train:
        vectors_of_all, backprop = tok2vec(docs, is_train)
        return vectors_of_all, backprop
    vectors: dict[int, Any] = {}
    for batch in minibatches([len(doc) for doc in docs], model.attrs["max_words"]):
        vectors.update(zip(batch, tok2vec.predict([docs[i] for i in batch]), strict=True))
    return [vectors[i] for i in range(len(docs))], lambda gradients: []


def _initialize(model: Model, X: Any = None, Y: Any = None) -> None:  # noqa: N803 (thinc's names)
    model.layers[0].initialize(X, Y)


def minibatches(lengths: Sequence[int], max_words: int) -> Iterator[list[int]]:
    """Indices of texts, longest first, so that a batch has at most so many words with padding.

    An empty text never is a batch by itself. A longer text than max_words is.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and longest * (len(batch) + 1) > max_words and lengths[index]:
            yield batch
            batch = []
        longest = longest if batch else lengths[index]
        batch.append(index)
    if batch:
        yield batch
