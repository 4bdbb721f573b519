"""What a packaged pipeline carries: entities of shared labels are the second ner's alone."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, build_hash_embed_cnn_tok2vec
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Model, fix_random_seed

from scripts.beside import write_labels
from scripts.components import (
    HoldEntities,
    MergeEntities,
    create_context_encoder,
    create_minibatched_tok2vec,
    filter_earlier,
    minibatches,
)
from scripts.training.pipelines import companion_labels
from tests.small_ners import ner_model

TEXT = "Rose waters Basil in Kew"


def add_entities(doc: Doc, *entities: tuple[int, str]) -> Doc:
    """One-token entities where there are none yet, as a later ner adds them."""
    taken = {ent.start for ent in doc.ents}
    added = [Span(doc, i, i + 1, label) for i, label in entities if i not in taken]
    doc.ents = [*doc.ents, *added]
    return doc


def found(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


SHARED = frozenset({"PERSON"})


def merge(held_first: bool, *dropped: str, wins: bool = False) -> MergeEntities:
    return MergeEntities(SHARED, frozenset(dropped), held_first, wins, "second")


def add_over(doc: Doc, *entities: tuple[int, int, str]) -> Doc:
    """Entities by tokens where there are none yet, as a later ner adds them."""
    doc.ents = filter_earlier([*doc.ents, *(Span(doc, *one) for one in entities)])
    return doc


@pytest.mark.parametrize(
    ("held_first", "dropped", "expected"),
    [
        # The held one keeps Rose, the base fills Basil; its GPE beats the held PERSON in Kew.
        (True, [], [("Rose", "PERSON"), ("Basil", "PERSON"), ("Kew", "GPE")]),
        (True, ["PERSON"], [("Rose", "PERSON"), ("Kew", "GPE")]),
        # Found in between comes first: all of it, and Rose of the held ones fills.
        (False, [], [("Rose waters", "PERSON"), ("Basil", "PERSON"), ("Kew", "GPE")]),
        (False, ["PERSON"], [("Rose waters", "PERSON"), ("Basil", "PERSON"), ("Kew", "GPE")]),
    ],
)
def test_whose_word_counts_for_shared_labels(
    held_first: bool, dropped: list[str], expected: list[tuple[str, str]]
) -> None:
    doc = add_over(spacy.blank("en").make_doc(TEXT), (0, 1, "PERSON"), (4, 5, "PERSON"))
    doc = HoldEntities(SHARED, "second")(doc)
    assert found(doc) == []
    doc = add_over(doc, (0, 2, "PERSON"), (2, 3, "PERSON"), (4, 5, "GPE"))
    doc = merge(held_first, *dropped)(doc)
    assert found(doc) == expected
    assert "second" not in doc.spans


def test_new_labels_are_not_held_and_block_what_comes_later() -> None:
    doc = add_over(spacy.blank("en").make_doc(TEXT), (0, 1, "PLANT"), (2, 3, "PERSON"))
    doc = HoldEntities(SHARED, "second")(doc)
    assert found(doc) == [("Rose", "PLANT")]
    doc = merge(held_first=True)(add_over(doc, (0, 1, "PERSON"), (2, 3, "GPE")))
    assert found(doc) == [("Rose", "PLANT"), ("Basil", "GPE")]


def test_one_that_wins_takes_from_other_labels() -> None:
    doc = add_over(spacy.blank("en").make_doc(TEXT), (4, 5, "PERSON"))
    doc = add_over(HoldEntities(SHARED, "second")(doc), (0, 1, "PERSON"), (3, 5, "GPE"))
    doc = merge(True, wins=True)(doc)
    assert found(doc) == [("Rose", "PERSON"), ("Kew", "PERSON")]


def test_held_entities_that_lose_fill_up_what_is_left_when_they_come_last() -> None:
    doc = add_over(spacy.blank("en").make_doc(TEXT), (0, 1, "PERSON"))
    doc = merge(held_first=False)(HoldEntities(SHARED, "second")(doc))
    assert found(doc) == [("Rose", "PERSON")]
    dropped = merge(False, "PERSON")(HoldEntities(SHARED, "second")(doc))
    assert found(dropped) == []


def test_they_are_saved_with_the_pipeline_and_travel_between_processes(tmp_path: Path) -> None:
    nlp: Language = spacy.blank("en")
    settings = {"labels": ["PERSON"], "group": "second"}
    nlp.add_pipe("hold_entities_v1", config=settings)
    nlp.add_pipe("merge_entities_v1", config={**settings, "dropped": ["PERSON"], "wins": True})
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.get_pipe("hold_entities_v1") == HoldEntities(SHARED, "second")
    assert loaded.get_pipe("merge_entities_v1") == merge(True, "PERSON", wins=True)
    assert pickle.loads(pickle.dumps(merge(True))) == merge(True)  # noqa: S301


def test_labels_are_saved_whatever_signs_they_hold(tmp_path: Path) -> None:
    labels = ["US$", "${paths.base}", "100%", "%24", "a.b"]
    nlp: Language = spacy.blank("en")
    settings = {"labels": write_labels(labels), "group": "second"}
    nlp.add_pipe("hold_entities_v1", config=settings)
    nlp.add_pipe("merge_entities_v1", config={**settings, "dropped": write_labels(labels)})
    for turn in ("once", "twice"):
        nlp.to_disk(tmp_path / turn)
        nlp = spacy.load(tmp_path / turn)
    assert nlp.get_pipe("hold_entities_v1") == HoldEntities(frozenset(labels), "second")
    companions = ["hold_entities_v1", "merge_entities_v1"]
    assert companion_labels(nlp, companions, "labels") == sorted(labels)
    assert companion_labels(nlp, companions, "dropped") == sorted(labels)


def context_encoder(width: int) -> Model:
    """One whose words see no neighbour: what they learn of others comes from the mean."""
    alone = MaxoutWindowEncoder(width=width, window_size=0, maxout_pieces=2, depth=1)
    return create_context_encoder(width, alone)


def test_before_training_a_word_s_vector_does_not_depend_on_the_other_words() -> None:
    fix_random_seed(0)
    model = context_encoder(4)
    one, two = np.ones((1, 4), dtype="f"), np.zeros((2, 4), dtype="f")
    model.initialize([one, two])
    together = np.vstack([one, two])
    alone, empty, found = model.predict([one, np.zeros((0, 4), dtype="f"), together])
    assert empty.shape == (0, 4)
    np.testing.assert_allclose(found[0], alone[0], rtol=1e-5)


def test_the_context_s_gradient_is_that_of_its_function() -> None:
    rng = np.random.default_rng(0)
    model = context_encoder(3)
    texts = [rng.normal(size=(n, 3)).astype("f") for n in (1, 4, 2)]
    model.initialize(texts)
    linear = next(node for node in model.walk() if node.name == "linear")
    linear.set_param("W", rng.normal(size=(3, 3)).astype("f"))
    weights = [rng.normal(size=text.shape).astype("f") for text in texts]

    def loss(inputs: list[np.ndarray]) -> float:
        pairs = zip(model.predict(inputs), weights, strict=True)
        return float(sum((found * weight).sum() for found, weight in pairs))

    _, backprop = model.begin_update(texts)
    gradients = backprop(weights)
    step = 1e-2
    for text, row, column in [(0, 0, 0), (1, 2, 1), (2, 1, 2)]:
        moved = [one.copy() for one in texts]
        moved[text][row, column] += step
        higher = loss(moved)
        moved[text][row, column] -= 2 * step
        slope = (higher - loss(moved)) / (2 * step)
        assert gradients[text][row, column] == pytest.approx(slope, abs=0.05)


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
    hashing = ner_model(8)["tok2vec"]
    batched = {"@architectures": "minibatched_tok2vec_v1", "max_words": 5, "tok2vec": hashing}
    model = ner_model(tok2vec=batched, use_upper=False)
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
