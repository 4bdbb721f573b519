"""Small worlds for tests of the components that mark parts of a text: overlapping spans, tags."""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from scripts.beside import POS_TAGGER
from tests.small_components import TINY_TOK2VEC
from tests.small_exports import annotation, region, task

VERBS = ("repair", "clean", "sell", "paint", "carry", "order", "test", "store")
SIZES = ("old", "small", "broken", "heavy", "new")
TOOLS = ("drill", "saw", "hammer", "ladder", "brush", "pump", "anvil", "chisel")
OTHERS = ("houses", "letters", "books", "gardens", "bridges", "songs", "tables", "roads")
NAMES = ("We", "They", "Nobody", "Children", "Friends", "People")
ENDS = ("today", "at home", "in winter", "for friends", "every week")


UNIVERSAL = {  # the part of speech of a tag, and the features
    "PRP": ("PRON", "Case=Nom"),
    "VB": ("VERB", "VerbForm=Fin"),
    "JJ": ("ADJ", "Degree=Pos"),
    "NN": ("NOUN", "Case=Acc"),
    "RB": ("ADV", ""),
    ".": ("PUNCT", ""),
}


class Marked(NamedTuple):
    """A text with labelled parts: (start, end, label), in characters."""

    text: str
    spans: list[tuple[int, int, str]]


def put_together(parts: list[tuple[str, list[str]]]) -> Marked:
    """A text of words. Each word with what is marked from here: "LABEL:WORDS"."""
    words, spans = [word for word, _ in parts], []
    starts = [len(" ".join(words[:i])) + bool(i) for i in range(len(words))]
    for i, (_, marks) in enumerate(parts):
        for label, _, number in (mark.partition(":") for mark in marks):
            last = i + int(number) - 1
            spans.append((starts[i], starts[last] + len(words[last]), label))
    return Marked(" ".join(words), spans)


def tasks_with_tools(seed: int, number: int, share: float = 0.5) -> Iterator[Marked]:
    """Sentences with a TASK of three words, the second of which is an AGE, and a WHEN at the end.

    share: of those in which the third word is an NT, which is a TOOL with the second.
    """
    random = Random(seed)
    for _ in range(number):
        tool = random.random() < share
        noun = random.choice(TOOLS if tool else OTHERS)
        size = (random.choice(SIZES), ["AGE:1", *(["TOOL:2"] if tool else [])])
        marked = [(random.choice(VERBS), ["TASK:3"]), size, (noun, ["NT:1"] if tool else [])]
        ends = [(word, []) for word in random.choice(ENDS).split()]
        ends[0][1].append(f"WHEN:{len(ends)}")
        yield put_together([(random.choice(NAMES), []), *marked, *ends, (".", [])])


def to_regions(one: Marked, labels: Collection[str]) -> list[dict[str, Any]]:
    """What an annotator has made who marked some of the labels in a text."""
    return [
        region(start, end, one.text[start:end], label, name=f"r{start}{label}")
        for start, end, label in one.spans
        if label in labels
    ]


def write_regions(path: Path, texts: Iterator[Marked], labels: Collection[str]) -> None:
    """An export in which annotators have marked some of the labels."""
    tasks = [
        task(i, one.text, annotation(*to_regions(one, labels))) for i, one in enumerate(texts, 1)
    ]
    path.write_text(json.dumps(tasks), encoding="utf8")


def write_texts(path: Path, texts: Iterator[Marked]) -> None:
    """General text, a sentence a line."""
    path.write_text("\n".join(one.text for one in texts), encoding="utf8")


def make_spancat(labels: Sequence[str] = ("TASK",), sizes: Sequence[int] = (3,)) -> Language:
    """A base that knows the tasks, in sentences with few tools. sizes: of spans, in words."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy.SpanCategorizer.v1",
        "tok2vec": TINY_TOK2VEC,
        "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 16},
        "scorer": {"@layers": "spacy.LinearLogistic.v1"},
    }
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": list(sizes)}
    nlp.add_pipe("spancat", config={"model": model, "suggester": suggester})
    examples = []
    for one in tasks_with_tools(3, 150, 0.2):
        spans = [span for span in one.spans if span[2] in labels]
        examples.append(Example.from_dict(nlp.make_doc(one.text), {"spans": {"sc": spans}}))
    train(nlp, examples, 30)
    nlp.meta.update(name="tasks", version="1.0.0")
    return nlp


def usual_tag(word: str) -> str:
    """The tag of a word in the small world, as the base knows it."""
    classes = {"PRP": NAMES, "VB": VERBS, "JJ": SIZES, "NN": TOOLS + OTHERS, ".": (".",)}
    return next((tag for tag, words in classes.items() if word in words), "RB")


def make_tagger() -> Language:
    """A base that tags all words, and makes their parts of speech of the tags."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy.Tagger.v2", "tok2vec": TINY_TOK2VEC}
    nlp.add_pipe("tagger", config={"model": model})
    docs = [nlp.make_doc(one.text) for one in tasks_with_tools(3, 150, 0.2)]
    with_tags = [(doc, {"tags": [usual_tag(token.text) for token in doc]}) for doc in docs]
    train(nlp, [Example.from_dict(doc, tags) for doc, tags in with_tags], 30)
    ruler = nlp.add_pipe("attribute_ruler")
    for tag, (pos, _) in UNIVERSAL.items():
        ruler.add([[{"TAG": tag}]], {"POS": pos})
    nlp.meta.update(name="tags", version="1.0.0")
    return nlp


def make_morphologizer() -> Language:
    """A base without tags, that knows parts of speech and features."""
    return train_parts(spacy.blank("de"), "morphologizer")


def make_pos_tagger() -> Language:
    """A tagger of parts of speech alone, as a naive update has one."""
    return train_parts(spacy.blank("en"), POS_TAGGER)


def train_parts(nlp: Language, factory: str) -> Language:
    """The pipeline with a component that has learnt the parts of speech of all words."""
    fix_random_seed(0)
    model = {"@architectures": "spacy.Tagger.v2", "tok2vec": TINY_TOK2VEC}
    pipe: Any = nlp.add_pipe(factory, config={"model": model})
    if factory == POS_TAGGER:
        for part, _ in UNIVERSAL.values():
            pipe.add_label(part)
    examples = []
    for one in tasks_with_tools(3, 150, 0.2):
        doc = nlp.make_doc(one.text)
        parts, features = zip(*(UNIVERSAL[usual_tag(token.text)] for token in doc), strict=True)
        examples.append(Example.from_dict(doc, {"pos": [*parts], "morphs": [*features]}))
    train(nlp, examples, 30)
    nlp.meta.update(name="parts", version="1.0.0")
    return nlp


def train(nlp: Language, examples: list[Example], rounds: int) -> None:
    """Let a small pipeline learn some examples."""
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(rounds):
        nlp.update(examples, sgd=optimizer)
