"""A base whose ner listens to a tok2vec that other components share, and rounds of updates."""

import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.pipeline.ner import default_model_config
from spacy.training import Example
from thinc.api import Config

from scripts.corpora.annotated_text import read_annotated_texts
from scripts.demonstration.demo_base import make_doc
from scripts.training.pipelines import entity_labels, find_recognizers, load_pipeline

from .conftest import Done, Project, weights

pytestmark = pytest.mark.slow
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
TINY = {"max_steps": 60, "rehearsal_docs": 200}
UPDATE = ("inputs", "base", "convert", "specialist", "rehearse", "train")

Finished = tuple[Project, Done]
Copy = Callable[[Project], Project]


def train_listening_base(corpus: Path) -> Language:
    """A tagger (of capital letters) and a ner on one tok2vec, after a short training."""
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec")
    tagger = {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}
    nlp.add_pipe("tagger", config={"model": tagger})
    config = Config().from_str(default_model_config)
    nlp.add_pipe("ner", name="entities", config={"model": config["model"] | {"tok2vec": LISTENER}})
    examples = []
    for line in islice(read_annotated_texts(corpus), 300):
        doc = make_doc(nlp, line)
        for token in doc:
            token.tag_ = "UP" if token.is_title else "DOWN"
        examples.append(Example(nlp.make_doc(doc.text), doc))
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(6):
        random.Random(0).shuffle(examples)
        for batch in spacy.util.minibatch(examples, 16):
            nlp.update(batch, sgd=optimizer)
    return nlp


def test_a_ner_on_a_shared_tok2vec_is_updated_and_the_rest_left_alone(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    nlp = train_listening_base(project.folder / "assets/demo/base_corpus.jsonl")
    nlp.to_disk(project.folder / "assets/listening")
    values = TINY | {"base_model": "assets/listening", "raw_text": "assets/demo/raw_text.txt"}
    for name in UPDATE:
        done = project.run(name, **values)
        assert done.status == 0, done.output
    training = project.folder / "training"
    base, update = load_pipeline(training / "base"), load_pipeline(training / "update/model-best")
    second = ["ner_update", "hold_shared", "entities", "merge_shared"]
    assert update.pipe_names == ["tok2vec", "tagger", *second]
    # Compared before use: spaCy's parsers add a row for each label that they meet in a Doc
    # (Parser._ensure_labels_are_added), masked so that it is never predicted.
    for name in ("tok2vec", "tagger", "entities"):
        assert weights(update.get_pipe(name)) == weights(base.get_pipe(name))
    texts = (project.folder / "assets/demo/raw_text.txt").read_text("utf8").splitlines()[:300]
    for before, after in zip(base.pipe(texts), update.pipe(texts), strict=True):
        assert [t.tag_ for t in before] == [t.tag_ for t in after]
    # One model in its place has a tok2vec of its own; the others keep the shared one.
    done = project.run("train", **values, strategy="two-teacher")
    assert done.status == 0, done.output
    update = load_pipeline(training / "update/model-best")
    assert update.pipe_names == base.pipe_names
    for before, after in zip(base.pipe(texts), update.pipe(texts), strict=True):
        assert [t.tag_ for t in before] == [t.tag_ for t in after]
    assert set(update.get_pipe("entities").labels) >= {"PLANT", "PEST", "GPE", "DATE"}


@pytest.mark.parametrize("strategy", ["double", "two-teacher"])
def test_an_update_is_the_base_of_the_next_one(
    finished: Finished, copy_of: Copy, strategy: str
) -> None:
    project = copy_of(finished[0])
    (wheel,) = project.folder.glob("packages/*/dist/*.whl")
    values = TINY | {"base_model": wheel, "raw_text": "assets/demo/raw_text.txt"}
    for name in UPDATE:
        done = project.run(name, **values, strategy=strategy)
        assert done.status == 0, done.output
    update = load_pipeline(project.folder / "training/update/model-best")
    first_round = ["ner_update", "hold_shared", "ner", "merge_shared"]
    components = {"double": first_round, "two-teacher": ["ner"]}  # rounds do not pile up
    assert update.pipe_names == ["sentencizer", *components[strategy]]
    labels = set(entity_labels(update, find_recognizers(update)))
    assert labels >= {"PERSON", "ORG", "GPE", "DATE", "PLANT", "PEST"}
