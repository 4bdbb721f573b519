"""How far a second ner's "outside" is held back, where dev has little gold."""

from pathlib import Path

import pytest
from spacy.language import Language

from scripts.corpora.corpus import MIN_DEV_SPANS, Provenance, set_provenance, write_corpus
from scripts.evaluation.scores import entity_spans
from scripts.project.files import hash_text
from scripts.training.actions import hold_back_outside
from scripts.training.boldness import NATS, is_allowed, taken, try_boldness
from scripts.training.merging import BASE, SPECIALIST, Scheme
from scripts.training.records import BoldnessTrial
from tests.small_ners import Spans, train_ner

TEXT = "Rose picks basil in Rome and thyme in Bonn ."
RAW = "Ann buys bread in Oslo or eats at home ."
BASIL, ROME = (11, 16, "PLANT"), (20, 24, "GPE")
SCHEME = Scheme(annotated=frozenset({"PLANT"}), base=frozenset({"GPE"}))
FIRST = BoldnessTrial(nats=0, false_alarms=1, specialist=100, agreement=99.0, gold=50.0)


def double() -> Language:
    """A second ner that knows basil before a base that knows Rome."""
    nlp = train_ner(TEXT, [BASIL], name="ner_update")
    nlp.add_pipe("ner", source=train_ner(TEXT, [ROME]))
    return nlp


def write_dev(folder: Path, nlp: Language, *, gold: int, raw: int, specialist: Spans) -> None:
    """Gold texts with a plant each, and raw texts in which the specialist finds plants."""
    for path, text, number in (("gold/dev", TEXT, gold), ("rehearsal/dev", RAW, raw)):
        with nlp.select_pipes(enable=["ner"]):
            said = entity_spans(nlp(text))
        doc = nlp.make_doc(text)
        doc.ents = [doc.char_span(*BASIL)] if path == "gold/dev" else []
        doc.spans[BASE] = [doc.char_span(*span) for span in said]
        alarms = specialist if text == RAW else []
        doc.spans[SPECIALIST] = [doc.char_span(*span) for span in alarms]
        set_provenance(doc, Provenance("gold", (), hash_text(text)))
        write_corpus([doc] * number, folder / path)


def test_holding_back_outside_finds_more_and_nothing_else_changes() -> None:
    nlp = double()
    before, weights = entity_spans(nlp(RAW)), nlp.get_pipe("ner").to_bytes()
    hold_back_outside(nlp.get_pipe("ner_update"), 50)
    bold = entity_spans(nlp(RAW))
    assert sum(span.label == "PLANT" for span in bold) > len(before)
    hold_back_outside(nlp.get_pipe("ner_update"), -50)
    assert entity_spans(nlp(RAW)) == before
    assert nlp.get_pipe("ner").to_bytes() == weights


def test_it_goes_as_far_as_general_text_allows(tmp_path: Path) -> None:
    nlp = double()
    write_dev(tmp_path, nlp, gold=2, raw=20, specialist=[(0, 3, "PLANT")])
    tried = try_boldness(nlp, "ner_update", tmp_path, SCHEME)
    steps = sorted(one.nats for one in tried)
    assert steps == list(NATS)[: len(steps)]
    assert all(one.specialist == 20 for one in tried)
    refused = [one for one in tried if one.nats > taken(tried)]
    assert len(refused) == (0 if taken(tried) == NATS[-1] else 1)
    assert not any(is_allowed(one, tried[-1]) for one in refused)


def test_with_gold_enough_nothing_is_tried(tmp_path: Path) -> None:
    nlp = double()
    write_dev(tmp_path, nlp, gold=MIN_DEV_SPANS, raw=1, specialist=[])
    assert try_boldness(nlp, "ner_update", tmp_path, SCHEME) == []
    assert taken([]) == 0


@pytest.mark.parametrize(
    ("false_alarms", "agreement", "gold", "allowed"),
    [
        (5, 98.5, 50.0, True),
        (6, 99.0, 50.0, False),  # over a twentieth of the specialist's
        (5, 98.4, 50.0, False),  # the base loses over half a point
        (5, 99.0, 49.9, False),  # gold loses
        (0, 99.5, 60.0, True),
    ],
)
def test_what_is_allowed(false_alarms: int, agreement: float, gold: float, allowed: bool) -> None:
    trial = BoldnessTrial(4, false_alarms, 100, agreement, gold)
    assert is_allowed(trial, FIRST) == allowed


def test_false_alarms_that_were_there_at_first_are_allowed() -> None:
    few = BoldnessTrial(nats=0, false_alarms=3, specialist=10, agreement=99.0, gold=50.0)
    assert is_allowed(BoldnessTrial(2, 3, 10, 99.0, 50.0), few)
    assert not is_allowed(BoldnessTrial(2, 4, 10, 99.0, 50.0), few)
