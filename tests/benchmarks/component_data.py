"""What overlapping spans and tags are measured on: public data that stand beside the project."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import spacy
import srsly
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import fix_random_seed

from scripts.conversion.label_studio_json import LabelledSpan, LabelledText, export_tasks
from scripts.corpora.annotated_text import AnnotatedText, read_annotated_texts
from scripts.corpora.raw_text import read_texts
from scripts.corpora.sampling import Rules, select_texts
from scripts.evaluation.held_out import Reference
from scripts.evaluation.scores import CharSpan
from scripts.kinds.kind import Kind
from scripts.kinds.pos import POS
from scripts.kinds.tagger import TAGGER
from scripts.training.beside import component_labels, find_components, taking_part
from scripts.training.pipelines import load_pipeline
from tests.workflow.conftest import ROOT

DATA = ROOT.parent / "shared" / "data"
SKILLSPAN, TWEETS = DATA / "datasets/skillspan", DATA / "datasets/wnut17/train.jsonl"
ENGLISH = DATA / "pipelines/en_core_web_sm_v23_port"
# Of each update's trainings, so that a seed takes four minutes; a length by the data would be more.
UPDATE_EPOCHS = 5
# Texts of skillspan from which its base learns KNOWLEDGE; those before have few spans. SKILL, whose
# spans are rarer and longer, is nothing that a base learns from so few (F 0 after eight passes).
OF_BASE = slice(1600, 3200)
EPOCHS, BATCH = 8, 8
SKILLS_ANNOTATED, TWEETS_ANNOTATED = 1500, 400
RAW = ("raw/wikisplit_sentences.txt", "raw/masc_written.txt")
RAW_TEXTS, UNSEEN = 3000, 500  # of these; the latter are trained on by nothing
# Tags of tweets that an English tagger does not have, and words that have them for certain. After
# Gimpel et al., "Part-of-Speech Tagging for Twitter" (ACL 2011).
TWEET_TAGS = {
    "USR": re.compile(r"(?<!\S)@\w+(?!\S)"),
    "HT": re.compile(r"(?<!\S)#\w*[A-Za-z]\w*(?!\S)"),
    "URL": re.compile(r"(?<!\S)(?:https?://|www\.)\S+"),
}


class World(NamedTuple):
    """What a component is updated with, and judged by.

    vars: of the project, beside those that all components have in common. gold: texts that no
    training sees, with all their answers. seen: texts of Wikipedia that a training may see.
    """

    vars: dict[str, object]
    gold: list[Reference]
    new: set[str]
    retained: set[str]
    seen: frozenset[str] = frozenset()


def part(texts: int, share: float) -> int:
    """A share of so many texts, at least one."""
    return max(1, round(share * texts))


def write_spans(assets: Path, share: float) -> World:
    """Job advertisements: a base that knows KNOWLEDGE gets SKILL, which may overlap it."""
    skills, knowledge = (read_layer("train", layer) for layer in ("skill", "knowledge"))
    train_spancat(knowledge[OF_BASE]).to_disk(assets / "base")
    annotated = skills[OF_BASE.stop :][: part(SKILLS_ANNOTATED, share)]
    write_export(assets / "export.json", ((one.text, one.entities) for one in annotated))
    layers = zip(read_layer("test", "skill"), read_layer("test", "knowledge"), strict=True)
    gold = [Reference(one.text, [*one.entities, *other.entities], []) for one, other in layers]
    values = inputs("assets/base") | {"raw_text": DATA / "raw/masc_written.txt"}
    return World(values, gold, {"SKILL"}, {"KNOWLEDGE"})


def inputs(base: str | Path) -> dict[str, object]:
    """The vars of an update."""
    files = {"base_model": base, "export": "assets/export.json", "raw_text": "assets/raw.txt"}
    return files | {"max_epochs": UPDATE_EPOCHS}


def read_layer(split: str, layer: str) -> list[AnnotatedText]:
    """Skillspan with one of its two layers of annotation."""
    return list(read_annotated_texts(SKILLSPAN / f"{split}-{layer}.jsonl"))


def train_spancat(texts: Sequence[AnnotatedText]) -> Language:
    """spaCy's own spancat; its suggester has the lengths of 19 of 20 spans."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    docs = [(nlp.make_doc(one.text), one.entities) for one in texts]
    lengths = sorted(
        len(doc.char_span(*span[:2], alignment_mode="expand"))
        for doc, spans in docs
        for span in spans
    )
    sizes = list(range(1, lengths[int(0.95 * len(lengths))] + 1))
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": sizes}
    nlp.add_pipe("spancat", config={"suggester": suggester})
    examples = [
        Example.from_dict(doc, {"spans": {"sc": [tuple(span) for span in spans]}})
        for doc, spans in docs
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(EPOCHS):
        for batch in minibatch(examples, BATCH):
            nlp.update(batch, sgd=optimizer, drop=0.1)
    nlp.meta.update(name="skills", version="1.0.0")
    return nlp


def write_tags(assets: Path, share: float) -> World:
    """An English tagger gets tags of tweets."""
    return write_words(assets, share, TAGGER, {tag: tag for tag in TWEET_TAGS})


def write_parts(assets: Path, share: float) -> World:
    """The same words are X, as Universal Dependencies has what is no word; the base says so of few.

    https://universaldependencies.org/u/pos/X.html
    """
    return write_words(assets, share, POS, dict.fromkeys(TWEET_TAGS, "X"))


def write_words(assets: Path, share: float, kind: Kind, labels: Mapping[str, str]) -> World:
    """Annotators label some words of tweets, and no others.

    labels: of the tags of tweets. Retained are those that the base gives, of tweets and of general
    texts.
    """
    tweets = [one.text for one in read_annotated_texts(TWEETS)]
    annotated, unseen = tweets[: part(TWEETS_ANNOTATED, share)], tweets[-UNSEEN:]
    write_export(assets / "export.json", ((text, tag_tweet(text, labels)) for text in annotated))
    # `rehearse` has the same texts for its test set.
    sizes = {"train": RAW_TEXTS, "dev": 0, "test": UNSEEN}
    general = select_texts(read_texts(DATA / path for path in RAW), Rules(sizes)).texts
    raw = [one.text for one in general["train"]]
    (assets / "raw.txt").write_text("\n".join(raw), encoding="utf8")
    nlp = load_pipeline(ENGLISH)
    known, new = component_labels(nlp, find_components(nlp, kind), kind), {*labels.values()}
    nlp.select_pipes(enable=taking_part(nlp, kind))
    texts = [*unseen, *(one.text for one in general["test"])]
    gold = list(with_words(nlp, texts, kind, labels))
    return World(inputs(ENGLISH), gold, new, {*known} - new, frozenset(raw))


def with_words(
    nlp: Language, texts: Iterable[str], kind: Kind, labels: Mapping[str, str]
) -> Iterator[Reference]:
    """Texts with the labels of tweets, and those of the base for all other words."""
    for doc in nlp.pipe(texts):
        new = [
            CharSpan(token.idx, token.idx + len(token), span.label)
            for span in tag_tweet(doc.text, labels)
            for token in doc.char_span(*span[:2], alignment_mode="expand")
        ]
        taken = {span[:2] for span in new}
        yield Reference(doc.text, [*new, *(t for t in kind.read(doc) if t[:2] not in taken)], [])


def tag_tweet(text: str, labels: Mapping[str, str]) -> list[CharSpan]:
    """The words that have a tag of tweets for certain, with its label."""
    return [
        CharSpan(found.start(), found.end(), labels[tag])
        for tag, pattern in TWEET_TAGS.items()
        for found in pattern.finditer(text)
    ]


def write_export(path: Path, texts: Iterable[tuple[str, Iterable[CharSpan]]]) -> None:
    """A Label Studio project in which the spans are annotated."""
    labelled = (
        LabelledText(text, tuple(LabelledSpan(*span[:2], (span.label,)) for span in spans))
        for text, spans in texts
    )
    srsly.write_json(path, list(export_tasks(labelled)))
