"""A small world for tests of several components at once: verbs are entities, topics are classes."""

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from tests.small_components import OLD, TOPICS, VERBS, sentences, train_classifier
from tests.small_ners import ner_model
from tests.workflow.conftest import OPEN_GATE

PARTS = [{"component": "ner", **OPEN_GATE}, {"component": "textcat"}]
SIZES = {"name": "both", "max_steps": 100, "rehearsal_docs": 200}


def make_base() -> Language:
    """A pipeline that knows two topics, and verbs as entities."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": ner_model()})
    examples = []
    for text, _ in sentences(4, 60, OLD):
        verb = next(word for word in VERBS if f" {word} " in text)
        start = text.index(f" {verb} ") + 1
        spans = [(start, start + len(verb), "ACT")]
        examples.append(Example.from_dict(nlp.make_doc(text), {"entities": spans}))
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(12):
        nlp.update(examples, sgd=optimizer)
    nlp.add_pipe("textcat", source=train_classifier("textcat"))
    nlp.meta.update(name="both", version="1.0.0")
    return nlp


def things(text: str, topic: str) -> list[str]:
    """The words of its topic in a sentence, which are marked as THING."""
    return [word for word in TOPICS[topic] if f" {word}" in text]
