"""Ners that know one text by heart, trained in a moment."""

from collections.abc import Sequence
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

Spans = Sequence[tuple[int, int, str]]


def ner_model(
    width: int = 16, *, tok2vec: dict[str, Any] | None = None, use_upper: bool = True
) -> dict[str, Any]:
    """The config of a tiny ner's model. tok2vec: None for one that hashes words."""
    hashing = {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "width": width,
        "depth": 1,
        "embed_size": 100,
        "window_size": 1,
        "maxout_pieces": 2,
        "subword_features": False,
        "pretrained_vectors": None,
    }
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 16,
        "maxout_pieces": 2,
        "use_upper": use_upper,
        "tok2vec": tok2vec or hashing,
    }


def train_ner(text: str, spans: Spans, *, name: str = "ner", use_upper: bool = True) -> Language:
    """A pipeline whose ner finds these entities in this text. spans: offsets and labels."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", name=name, config={"model": ner_model(use_upper=use_upper)})
    learn(nlp, text, spans)
    return nlp


def learn(nlp: Language, text: str, spans: Spans) -> None:
    """Train a pipeline on a text until it knows it; one that is initialized goes on from there."""
    example = Example.from_dict(nlp.make_doc(text), {"entities": list(spans)})
    started = nlp.get_pipe(nlp.pipe_names[0]).labels
    optimizer = nlp.resume_training() if started else nlp.initialize(lambda: [example])
    optimizer.learn_rate = 0.01
    for _ in range(40):
        nlp.update([example], sgd=optimizer)
