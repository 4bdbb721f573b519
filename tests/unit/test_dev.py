"""Whole pipelines scored on dev."""

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from scripts.corpora.corpus import Provenance, Source, set_provenance, write_corpus
from scripts.evaluation.bootstrap import Sampling
from scripts.evaluation.held_out import Reference, RetainedGold
from scripts.evaluation.scores import CharSpan
from scripts.project.files import hash_text
from scripts.training.dev import DEV, DevSet, read_dev, score_pipeline
from scripts.training.merging import BASE, Scheme

SCHEME = Scheme(annotated=frozenset({"PLANT"}), base=frozenset({"GPE"}))
SAMPLING = Sampling(resamples=100)


def finder(words: dict[str, str]) -> Language:
    """A pipeline that finds words: word to label."""
    nlp = spacy.blank("en")
    patterns = [{"label": label, "pattern": word} for word, label in words.items()]
    nlp.add_pipe("entity_ruler").add_patterns(patterns)
    return nlp


def known(text: str, source: Source, words: dict[str, str]) -> Doc:
    """A text of dev with its entities, which the base found as far as they are its labels."""
    doc = spacy.blank("en").make_doc(text)
    doc.ents = [
        Span(doc, token.i, token.i + 1, words[token.text]) for token in doc if token.text in words
    ]
    doc.spans[BASE] = [ent for ent in doc.ents if ent.label_ in SCHEME.base]
    set_provenance(doc, Provenance(source, (), hash_text(text)))
    return doc


def make_dev(folder: Path, gold: RetainedGold | None = None) -> DevSet:
    docs = {path: list[Doc]() for path in DEV}
    docs["merged/dev"] = [known("an oak in Rome", "gold", {"oak": "PLANT", "Rome": "GPE"})]
    docs["rehearsal/dev"] = [known("Rome and Paris have an elm", "raw", {"Rome": "GPE"})]
    for path, written in docs.items():
        write_corpus(written, folder / path)
    return read_dev(folder, gold, folder / "base", SCHEME)


def test_a_pipeline_is_scored_by_what_is_known_of_each_text(tmp_path: Path) -> None:
    dev = make_dev(tmp_path)
    whole = score_pipeline(finder({"oak": "PLANT", "Rome": "GPE"}), dev, SAMPLING)
    assert (whole.update_score, whole.annotated_f, whole.retained_f) == (100, 100, 100)
    assert whole.false_alarms == 0
    assert whole.agreement is not None
    assert whole.agreement.value == 100
    assert whole.retained_gold is None
    greedy = score_pipeline(finder({"oak": "PLANT", "elm": "PLANT", "Paris": "GPE"}), dev, SAMPLING)
    assert greedy.annotated_f == 100  # raw text says nothing about the annotated labels
    assert greedy.retained_f == 0
    assert greedy.update_score == 0
    assert greedy.false_alarms == 1000 / 6  # one span in six words of general text
    assert greedy.agreement is not None
    assert greedy.agreement.value == 0


def test_gold_without_a_retained_label_says_nothing(tmp_path: Path) -> None:
    for spans, names in (([], None), ([CharSpan(0, 3, "MISC")], {"GPE": "LOC", "PLANT": "MISC"})):
        gold = RetainedGold([Reference("Ada saw it", spans, [])], names)
        scores = score_pipeline(finder({"Rome": "GPE"}), make_dev(tmp_path, gold), SAMPLING)
        assert scores.retained_gold_f is None
