"""A small world for tests of components other than ner: sentences by topic, and a base for them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from tests.small_exports import annotation, task

TOPICS = {
    "SPORT": ("goal", "match", "referee", "league", "striker", "stadium"),
    "FOOD": ("soup", "oven", "recipe", "butter", "kitchen", "pepper"),
    "GARDEN": ("rose", "spade", "hedge", "compost", "tulip", "lawn"),
    "MONEY": ("bank", "loan", "interest", "shares", "dividend", "broker"),
    "MUSIC": ("choir", "violin", "chord", "concert", "drummer", "melody"),
}
TINY_TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 16,
    "depth": 1,
    "embed_size": 300,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": False,
    "pretrained_vectors": None,
}
OLD, NEW = ("SPORT", "FOOD"), ("GARDEN", "MONEY")
OTHERS = ("yesterday", "people", "often", "quietly", "again", "today", "many", "never", "small")
VERBS = ("saw", "wanted", "forgot", "found", "described", "liked")


def sentence(random: Random, topics: Sequence[str]) -> str:
    """A sentence with two words of each topic."""
    words = [word for topic in topics for word in random.sample(TOPICS[topic], 2)]
    words += random.sample(OTHERS, 3)
    random.shuffle(words)
    return f"{random.choice(('We', 'They', 'Children'))} {random.choice(VERBS)} {' '.join(words)}."


def sentences(seed: int, number: int, topics: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Sentences, each of one of the topics, with it."""
    random = Random(seed)
    for _ in range(number):
        topic = random.choice(topics)
        yield sentence(random, [topic]), topic


def choices(*names: str) -> dict[str, Any]:
    """A result of a Choices tag."""
    return {
        "id": "c",
        "from_name": "topic",
        "to_name": "text",
        "type": "choices",
        "origin": "manual",
        "value": {"choices": list(names)},
    }


def write_choices(path: Path, number: int, topics: Sequence[str] = NEW, seed: int = 1) -> None:
    """An export in which each sentence has its topic for a choice."""
    tasks = [
        task(i, text, annotation(choices(topic)))
        for i, (text, topic) in enumerate(sentences(seed, number, topics), 1)
    ]
    path.write_text(json.dumps(tasks), encoding="utf8")


def write_raw(path: Path, number: int, topics: Sequence[str] = OLD, seed: int = 2) -> None:
    """General text: sentences of topics that the base knows."""
    texts = [text for text, _ in sentences(seed, number, topics)]
    path.write_text("\n".join(texts), encoding="utf8")


def classifier_model(exclusive: bool) -> dict[str, Any]:
    """The config of a tiny model of spaCy's usual architecture."""
    return {
        "@architectures": "spacy.TextCatEnsemble.v2",
        "tok2vec": TINY_TOK2VEC,
        "linear_model": {
            "@architectures": "spacy.TextCatBOW.v3",
            "exclusive_classes": exclusive,
            "ngram_size": 1,
            "no_output_layer": False,
            "length": 1024,
        },
    }


def train_classifier(component: str, topics: Sequence[str] = OLD) -> Language:
    """A base that knows some topics."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe(component, config={"model": classifier_model(component == "textcat")})
    examples = [
        Example.from_dict(
            nlp.make_doc(text), {"cats": {one: float(one == topic) for one in topics}}
        )
        for text, topic in sentences(3, 120, topics)
    ]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(12):
        nlp.update(examples, sgd=optimizer)
    nlp.meta.update(name="topics", version="1.0.0")
    return nlp
