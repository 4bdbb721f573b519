"""What a packaged pipeline carries: entities of shared labels are the second ner's alone."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.ml.models.tok2vec import build_hash_embed_cnn_tok2vec
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Model, fix_random_seed

from scripts.components import (
    DropEntities,
    MarkEntities,
    create_minibatched_tok2vec,
    minibatches,
)

TEXT = "Rose waters Basil in Kew"


def add_entities(doc: Doc, *entities: tuple[int, str]) -> Doc:
    """One-token entities where there are none yet, as a later ner adds them."""
    taken = {ent.start for ent in doc.ents}
    added = [Span(doc, i, i + 1, label) for i, label in entities if i not in taken]
    doc.ents = [*doc.ents, *added]
    return doc


def found(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_what_the_base_adds_of_shared_labels_is_dropped_and_the_rest_kept() -> None:
    mark, drop = MarkEntities("second"), DropEntities(frozenset({"PERSON"}), "second")
    doc = add_entities(spacy.blank("en").make_doc(TEXT), (0, "PERSON"))
    doc = drop(add_entities(mark(doc), (0, "GPE"), (2, "PERSON"), (4, "GPE")))
    assert found(doc) == [("Rose", "PERSON"), ("Kew", "GPE")]
    assert "second" not in doc.spans


def test_without_a_mark_all_entities_of_the_labels_are_dropped() -> None:
    doc = add_entities(spacy.blank("en").make_doc(TEXT), (0, "PERSON"), (4, "GPE"))
    assert found(DropEntities(frozenset({"PERSON"}), "second")(doc)) == [("Kew", "GPE")]


def test_they_are_saved_with_the_pipeline_and_travel_between_processes(tmp_path: Path) -> None:
    nlp: Language = spacy.blank("en")
    nlp.add_pipe("mark_entities_v1", config={"group": "g"})
    nlp.add_pipe("drop_entities_v1", config={"labels": ["PERSON"], "group": "g"})
    nlp.to_disk(tmp_path)
    drop = spacy.load(tmp_path).get_pipe("drop_entities_v1")
    assert drop == DropEntities(frozenset({"PERSON"}), "g")
    assert pickle.loads(pickle.dumps(drop)) == drop  # noqa: S301


@given(st.lists(st.integers(0, 40)), st.integers(1, 100))
def test_minibatches_hold_every_text_once_and_not_too_many_words(
    lengths: list[int], max_words: int
) -> None:
    batches = list(minibatches(lengths, max_words))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        words = longest * sum(lengths[index] > 0 for index in batch)
        assert words <= max_words or sum(lengths[index] > 0 for index in batch) == 1
    if any(lengths):
        assert all(any(lengths[index] for index in batch) for batch in batches)


def tok2vec() -> Model:
    """A small one of spaCy's."""
    return build_hash_embed_cnn_tok2vec(
        width=8,
        depth=1,
        embed_size=50,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=False,
    )


@pytest.mark.parametrize("max_words", [1, 7, 1000])
def test_minibatches_change_neither_the_vectors_nor_their_order(max_words: int) -> None:
    make_doc = spacy.blank("en").make_doc
    docs = [make_doc(" ".join([f"w{i}"] * (i % 5))) for i in range(12)]
    whole = tok2vec()
    batched = create_minibatched_tok2vec(whole, max_words)
    batched.initialize(docs)
    expected, found = whole.predict(docs), batched.predict(docs)
    assert [one.shape for one in found] == [(len(doc), 8) for doc in docs]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_an_ner_learns_and_is_saved_with_minibatches(tmp_path: Path) -> None:
    fix_random_seed(0)
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 8,
        "maxout_pieces": 2,
        "use_upper": False,
        "tok2vec": {
            "@architectures": "minibatched_tok2vec_v1",
            "max_words": 5,
            "tok2vec": {
                "@architectures": "spacy.HashEmbedCNN.v2",
                "width": 8,
                "depth": 1,
                "embed_size": 50,
                "window_size": 1,
                "maxout_pieces": 2,
                "subword_features": True,
                "pretrained_vectors": None,
            },
        },
    }
    nlp.add_pipe("ner", config={"model": model})
    doc = nlp.make_doc(TEXT)
    reference = add_entities(nlp.make_doc(TEXT), (0, "PLANT"), (2, "PLANT"))
    optimizer = nlp.initialize(lambda: [Example(doc, reference)])
    optimizer.learn_rate = 0.02
    for _ in range(40):
        nlp.update([Example(doc, reference)], sgd=optimizer)
    nlp.to_disk(tmp_path)
    for one in (nlp, spacy.load(tmp_path)):
        assert found(one(TEXT)) == [("Rose", "PLANT"), ("Basil", "PLANT")]
