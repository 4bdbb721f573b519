"""Updates of a spancat and of a tagger on public data that stand beside the project.

The base of skillspan is made here, that of wnut17 is the port of en_core_web_sm. What they train on
and what they are measured on are different texts of the data sets.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import spacy
import srsly
from spacy.language import Language
from spacy.training import Example
from spacy.util import fix_random_seed, minibatch

from scripts.conversion.label_studio_json import LabelledSpan, LabelledText, export_tasks
from scripts.corpora.annotated_text import AnnotatedText, read_annotated_texts
from scripts.corpora.raw_text import read_texts
from scripts.corpora.sampling import Rules, select_texts
from scripts.evaluation.held_out import Reference
from scripts.evaluation.scores import CharSpan
from scripts.kinds.tagger import TAGGER
from scripts.training.pipelines import load_pipeline

from .updates.data import BASE

SKILLSPAN, WNUT = "datasets/skillspan", "datasets/wnut17/train.jsonl"
OF_BASE = 2000  # texts of skillspan's train set that its base learns SKILL from
EPOCHS = 10  # of that training; its F on dev rises little afterwards
ANNOTATED = 1500  # texts of an update
GENERAL = ("raw/wikisplit_sentences.txt", "raw/masc_written.txt")
UNSEEN = 1000  # of these texts, that nothing is trained on
RAW_TEXTS = 8000
# Tags of tweets that an English tagger does not have, and words that have them for certain. After
# Gimpel et al., "Part-of-Speech Tagging for Twitter" (ACL 2011).
TWEET_TAGS = {
    "USR": re.compile(r"(?<!\S)@\w+(?!\S)"),
    "HT": re.compile(r"(?<!\S)#\w*[A-Za-z]\w*(?!\S)"),
    "URL": re.compile(r"(?<!\S)(?:https?://|www\.)\S+"),
}


class Inputs(NamedTuple):
    """What an update is made from: a pipeline's folder, an export, raw text."""

    component: str
    base: Path
    export: Path
    raw: Path


class Tests(NamedTuple):
    """What it is measured on.

    new: texts with gold for the new labels. old: with gold for those of the base, or with what the
    base itself says; whether that is gold says `gold`.
    """

    new: list[Reference]
    new_labels: list[str]
    old: list[Reference]
    old_labels: list[str]


def prepare_spancat(data: Path, folder: Path) -> tuple[Inputs, Tests]:
    """Skillspan: a base that knows SKILL gets KNOWLEDGE, which may overlap it."""
    skills = list(read_annotated_texts(data / SKILLSPAN / "train-skill.jsonl"))
    knowledge = list(read_annotated_texts(data / SKILLSPAN / "train-knowledge.jsonl"))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "base").exists():
        train_spancat(skills[:OF_BASE]).to_disk(folder / "base")
    annotated = knowledge[OF_BASE : OF_BASE + ANNOTATED]
    write_export(folder / "export.json", ((one.text, one.entities) for one in annotated))
    raw = [*skills[:OF_BASE], *read_annotated_texts(data / SKILLSPAN / "dev-skill.jsonl")]
    (folder / "raw.txt").write_text("\n".join(one.text for one in raw), encoding="utf8")
    tests = {
        layer: [
            Reference(one.text, one.entities, [])
            for one in read_annotated_texts(data / SKILLSPAN / f"test-{layer}.jsonl")
        ]
        for layer in ("knowledge", "skill")
    }
    inputs = Inputs("spancat", *(folder / name for name in ("base", "export.json", "raw.txt")))
    return inputs, Tests(tests["knowledge"], ["KNOWLEDGE"], tests["skill"], ["SKILL"])


def train_spancat(texts: Sequence[AnnotatedText]) -> Language:
    """A base as a user makes it with spaCy: its spancat as it comes, lengths from the data."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    docs = [(nlp.make_doc(one.text), one.entities) for one in texts]
    lengths = [
        len(doc.char_span(*span[:2], alignment_mode="expand")) for doc, s in docs for span in s
    ]
    longest = sorted(lengths)[int(0.95 * len(lengths))]
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": list(range(1, longest + 1))}
    nlp.add_pipe("spancat", config={"suggester": suggester})
    examples = [
        Example.from_dict(doc, {"spans": {"sc": [(*span[:2], span.label) for span in spans]}})
        for doc, spans in docs
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(EPOCHS):
        for batch in minibatch(examples, 32):
            nlp.update(batch, sgd=optimizer, drop=0.1)
    nlp.meta.update(name="skills", version="1.0.0", license="MIT")
    return nlp


def prepare_tagger(data: Path, folder: Path) -> tuple[Inputs, Tests]:
    """Wnut17: a tagger of general English gets tags of tweets. Nobody tags the other words.

    The test set is of other sources: some of the training set's tweets are tested on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tweets = [one.text for one in read_annotated_texts(data / WNUT)]
    write_export(folder / "export.json", ((text, tag_tweet(text)) for text in tweets[:ANNOTATED]))
    # Nothing is trained on texts whose hash falls in the test split (`rehearse`).
    sizes = {"train": RAW_TEXTS, "dev": 0, "test": UNSEEN}
    general = select_texts(read_texts([data / path for path in GENERAL]), Rules(sizes)).texts
    (folder / "raw.txt").write_text("\n".join(one.text for one in general["train"]), "utf8")
    nlp = load_pipeline(data / BASE)
    nlp.select_pipes(enable=["tagger"])
    old = [label for label in nlp.get_pipe("tagger").labels if label != "_SP"]
    return (
        Inputs("tagger", data / BASE, folder / "export.json", folder / "raw.txt"),
        Tests(
            [Reference(text, in_tokens(nlp, text), []) for text in tweets[ANNOTATED:]],
            [*TWEET_TAGS],
            [tagged_by(nlp, one.text) for one in general["test"]],
            old,
        ),
    )


def tag_tweet(text: str) -> list[CharSpan]:
    """The words that have a tag of tweets for certain."""
    return [
        CharSpan(found.start(), found.end(), tag)
        for tag, pattern in TWEET_TAGS.items()
        for found in pattern.finditer(text)
    ]


def in_tokens(nlp: Language, text: str) -> list[CharSpan]:
    """The same, token by token."""
    doc = nlp.make_doc(text)
    return [
        CharSpan(token.idx, token.idx + len(token), span.label)
        for span in tag_tweet(text)
        for token in doc.char_span(*span[:2], alignment_mode="contract") or ()
    ]


def tagged_by(nlp: Language, text: str) -> Reference:
    """A text with the tags of the base, but for the words that have one of tweets."""
    return Reference(text, TAGGER.read(nlp(text)), [span[:2] for span in tag_tweet(text)])


def write_export(path: Path, texts: Iterable[tuple[str, Iterable[CharSpan]]]) -> None:
    """A Label Studio project in which the spans are annotated."""
    labelled = (
        LabelledText(text, tuple(LabelledSpan(*span[:2], (span.label,)) for span in spans))
        for text, spans in texts
    )
    srsly.write_json(path, list(export_tasks(labelled)))
