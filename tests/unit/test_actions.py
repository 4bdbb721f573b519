"""Actions of an ner: taking labels out leaves the rest as it was."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from scripts.training.actions import action_names, forget_labels
from tests.small_ners import learn, train_ner

TEXT = "Rose picks basil in Rome and thyme in Bonn ."
SPANS = [(0, 4, "PERSON"), (11, 16, "PLANT"), (20, 24, "GPE"), (29, 34, "PLANT"), (38, 42, "GPE")]


def found(nlp: Language) -> list[tuple[int, int, str]]:
    return [(ent.start_char, ent.end_char, ent.label_) for ent in nlp(TEXT).ents]


@pytest.mark.parametrize("use_upper", [True, False])
def test_what_had_a_label_that_is_kept_is_found_as_before(use_upper: bool, tmp_path: Path) -> None:
    nlp = train_ner(TEXT, SPANS, use_upper=use_upper)
    assert found(nlp) == SPANS
    ner = nlp.get_pipe("ner")
    forget_labels(ner, {"PLANT"})
    assert ner.labels == ("PLANT",)
    assert sorted(action_names(ner)) == sorted(["O", "U-", *(f"{m}-PLANT" for m in "BILU")])
    nlp.to_disk(tmp_path)
    plants = {span for span in SPANS if span[2] == "PLANT"}
    for one in (nlp, spacy.load(tmp_path)):
        assert plants <= set(found(one))
        assert {label for *_, label in found(one)} == {"PLANT"}


def test_a_label_that_was_added_stays_masked_until_it_is_learnt() -> None:
    nlp = train_ner(TEXT, SPANS)
    ner = nlp.get_pipe("ner")
    ner.add_label("PEST")
    before = {action_names(ner)[row] for row in ner.model.attrs["unseen_classes"]}
    forget_labels(ner, {"PLANT", "PEST"})
    assert {action_names(ner)[row] for row in ner.model.attrs["unseen_classes"]} == before
    assert {label for *_, label in found(nlp)} == {"PLANT"}


@pytest.mark.parametrize("use_upper", [True, False])
def test_it_is_trained_further(use_upper: bool) -> None:
    nlp = train_ner(TEXT, SPANS, use_upper=use_upper)
    ner = nlp.get_pipe("ner")
    forget_labels(ner, {"GPE"})
    ner.add_label("PLANT")
    learn(nlp, TEXT, SPANS[1:])
    assert found(nlp) == SPANS[1:]
    assert set(ner.labels) == {"GPE", "PLANT"}
