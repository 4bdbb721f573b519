"""A trained ner that is made to see the whole text: the same at first, more able afterwards."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from scripts.components import ADD_CONTEXT
from scripts.training.context import see_whole_text
from tests.small_ners import ner_model

FAR = "and so on and on"  # beyond the words that an encoder's window reaches
GARDEN, KITCHEN = f"thyme {FAR} garden", f"thyme {FAR} kitchen"
HASHING = ner_model()["tok2vec"]
BEHIND = {"@architectures": "minibatched_tok2vec_v1", "max_words": 100, "tok2vec": HASHING}


def examples(nlp: Language) -> list[Example]:
    entities = {GARDEN: [(0, 5, "PLANT")], KITCHEN: [(0, 5, "SPICE")]}
    return [
        Example.from_dict(nlp.make_doc(text), {"entities": spans})
        for text, spans in entities.items()
    ]


def started(tok2vec: dict[str, Any]) -> Language:
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": ner_model(tok2vec=tok2vec)})
    nlp.initialize(lambda: examples(nlp))
    return nlp


def see(nlp: Language) -> None:
    see_whole_text(nlp.get_pipe("ner"), nlp.get_pipe_config("ner")["model"])


def learn(nlp: Language) -> list[str]:
    """Train for a while; the labels found in the two texts."""
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.01
    for _ in range(80):
        nlp.update(examples(nlp), sgd=optimizer)
    return labels(nlp)


def labels(nlp: Language) -> list[str]:
    return [ent.label_ for text in (GARDEN, KITCHEN) for ent in nlp(text).ents]


def vectors(nlp: Language) -> Any:
    return nlp.get_pipe("ner").model.get_ref("tok2vec").predict([nlp.make_doc(GARDEN)])


@pytest.mark.parametrize("tok2vec", [HASHING, BEHIND], ids=["inside", "behind"])
def test_it_learns_what_hangs_on_a_word_far_away(tok2vec: dict[str, Any], tmp_path: Path) -> None:
    assert learn(started(tok2vec)) != ["PLANT", "SPICE"]
    nlp = started(tok2vec)
    before = vectors(nlp)
    see(nlp)
    np.testing.assert_array_equal(vectors(nlp), before)
    assert learn(nlp) == ["PLANT", "SPICE"]
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    np.testing.assert_array_equal(vectors(loaded), vectors(nlp))
    assert labels(loaded) == ["PLANT", "SPICE"]


def test_once_is_enough(tmp_path: Path) -> None:
    nlp = started(HASHING)
    see(nlp)
    nlp.to_disk(tmp_path)
    for one in (nlp, spacy.load(tmp_path)):
        see(one)
        names = [node.name for node in one.get_pipe("ner").model.walk()]
        assert names.count(ADD_CONTEXT) == 1
