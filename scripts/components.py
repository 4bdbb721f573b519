"""Pipeline components that a packaged pipeline needs. It carries this file: import spaCy only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import registry
from thinc.api import Linear, Model, chain, zero_init

Backprop = Callable[[list[Any]], list[Any]]
ADD_CONTEXT = "add_context"  # the layer that lets words see the whole text


@dataclass(frozen=True)
class MarkEntities:
    """Notes the entities that a Doc has so far."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[self.group] = list(doc.ents)
        return doc


@dataclass(frozen=True)
class HoldEntities:
    """Puts the entities with some labels aside, for `MergeEntities` later in the pipeline."""

    labels: frozenset[str]
    group: str

    def __call__(self, doc: Doc) -> Doc:
        held = [ent for ent in doc.ents if ent.label_ in self.labels]
        doc.spans[self.group] = held
        if held:
            doc.ents = [ent for ent in doc.ents if ent.label_ not in self.labels]
        return doc


@dataclass(frozen=True)
class MergeEntities:
    """Puts the held entities back: whose word counts for labels that two recognizers know.

    The annotators' recognizer is the held one or that in between (`held_first`). Its entities come
    before the other's, of which the `dropped` labels are left out: their annotators took away more
    than this one adds. Against entities of all other labels they lose, unless `wins`.
    """

    labels: frozenset[str]
    dropped: frozenset[str]
    held_first: bool
    wins: bool
    group: str

    def __call__(self, doc: Doc) -> Doc:
        held = list(doc.spans.pop(self.group, ()))
        found = [ent for ent in doc.ents if ent.label_ in self.labels]
        if not held and not found:
            return doc
        first, then = (held, found) if self.held_first else (found, held)
        then = [ent for ent in then if ent.label_ not in self.dropped]
        others = [ent for ent in doc.ents if ent.label_ not in self.labels]
        best = [*first, *others] if self.wins else [*others, *first]
        doc.ents = filter_earlier([*best, *then])
        return doc


def filter_earlier(spans: Iterable[Span]) -> list[Span]:
    """The spans that none before them in the list overlaps."""
    taken: set[int] = set()
    kept = []
    for span in spans:
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(span)
    return kept


# As `beside.write_labels` writes them: a package may carry this file without that one.
def read_labels(labels: Iterable[str]) -> frozenset[str]:
    """Labels of a config, in which "$" is "%24" and "%" is "%25"."""
    return frozenset(label.replace("%24", "$").replace("%25", "%") for label in labels)


# The versions in the names let pipelines of different ages be loaded side by side.
@Language.factory("mark_entities_v1", default_config={"group": "ner_update"})
def create_mark_entities(nlp: Language, name: str, group: str) -> MarkEntities:
    """group: the span group that keeps the entities."""
    return MarkEntities(group)


@Language.factory("hold_entities_v1", default_config={"labels": [], "group": "ner_update"})
def create_hold_entities(nlp: Language, name: str, labels: list[str], group: str) -> HoldEntities:
    """labels: to be put aside, as `read_labels` reads them. group: a span group to keep them."""
    return HoldEntities(read_labels(labels), group)


@Language.factory(
    "merge_entities_v1",
    default_config={
        "labels": [],
        "dropped": [],
        "held_first": True,
        "wins": False,
        "group": "ner_update",
    },
)
def create_merge_entities(
    nlp: Language,
    name: str,
    labels: list[str],
    dropped: list[str],
    held_first: bool,
    wins: bool,
    group: str,
) -> MergeEntities:
    """labels, group: as `hold_entities_v1` before it has them. The rest: `MergeEntities`."""
    return MergeEntities(read_labels(labels), read_labels(dropped), held_first, wins, group)


# A text's words tell whether it is of the annotators' kind, which a window of a few words cannot:
# the mean over a sentence as an input of each word, after Zhang, Liu and Song, "Sentence-State LSTM
# for Text Representation" (ACL 2018), and Liu et al., "GCDT: A Global Context Enhanced Deep
# Transition Architecture for Sequence Labeling" (ACL 2019).
@registry.architectures("context_encoder_v1")
def create_context_encoder(width: int, encode: Model) -> Model:
    """An encoder (for each text a matrix [words, width] in and out) that sees the whole text.

    To each word's vector a linear function of the mean of all is added, zero before training.
    """
    encoder: Model = chain(create_add_context(width), encode)
    encoder.set_dim("nO", width)
    return encoder


@registry.architectures("context_tok2vec_v1")
def create_context_tok2vec(width: int, tok2vec: Model) -> Model:
    """A tok2vec (Docs in, for each a matrix [words, width] out) whose words see the whole text.

    As `context_encoder_v1`, put into any tok2vec, also a trained one: between its embedding and its
    encoder, so that the words around have a say in what the context means for a word, or behind one
    that is not made of these two. width: of what the context is added to.
    """
    if tok2vec.has_ref("encode"):
        encode = tok2vec.get_ref("encode")
        tok2vec.replace_node(encode, create_context_encoder(width, encode))
        return tok2vec
    seeing: Model = chain(tok2vec, create_add_context(width))
    seeing.set_dim("nO", width)
    return seeing


def create_add_context(width: int) -> Model:
    """A layer (matrices [words, width] in and out): to each word a function of the text's mean."""
    return Model(
        ADD_CONTEXT,
        _add_context,
        init=_initialize_context,
        layers=[Linear(nO=width, nI=width, init_W=zero_init)],
    )


def _add_context(model: Model, texts: list[Any], is_train: bool) -> tuple[list[Any], Backprop]:
    (linear,), ops = model.layers, model.ops
    means = ops.alloc2f(len(texts), linear.get_dim("nI"))
    for i, words in enumerate(texts):
        if len(words):
            means[i] = words.mean(axis=0)
    shifts, backprop_linear = linear(means, is_train)

    def backprop(gradients: list[Any]) -> list[Any]:
        summed = ops.alloc2f(len(gradients), linear.get_dim("nO"))
        for i, gradient in enumerate(gradients):
            summed[i] = gradient.sum(axis=0)
        d_means = backprop_linear(summed)
        return [one + d_means[i] / max(len(one), 1) for i, one in enumerate(gradients)]

    return [words + shifts[i] for i, words in enumerate(texts)], backprop


def _initialize_context(model: Model, X: Any = None, Y: Any = None) -> None:  # noqa: N803
    model.layers[0].initialize()


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
