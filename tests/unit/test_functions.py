"""Functions that training configs name."""

from pathlib import Path

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Config

from scripts.corpora.corpus import Provenance, set_provenance
from scripts.functions import create_prepare_ner, create_scorer, earlier_labels
from scripts.kinds.kind import Source
from scripts.kinds.teaching import count_answers
from scripts.kinds.textcat import TEXTCAT_MULTILABEL
from scripts.training.merging import Scheme
from tests.small_ners import train_ner

TEXT = "Rose picks basil ."
SPANS = [(0, 4, "PERSON"), (11, 16, "PLANT")]


@pytest.mark.parametrize(("beside", "scores"), [(True, [-1.0, 1.0, 1.0]), (False, [1.0, 1.0, 1.0])])
def test_a_second_ner_that_has_not_learnt_yet_is_no_checkpoint(
    beside: bool, scores: list[float], tmp_path: Path
) -> None:
    """Before the first step it is the specialist, which takes no notice of the base."""
    srsly.write_json(tmp_path / "conversion.json", {"labels": {"annotated": ["PLANT"]}})
    srsly.write_json(tmp_path / "base.json", {"labels": []})
    nlp = train_ner(TEXT, SPANS)
    prepare = create_prepare_ner(
        "ner", tmp_path / "conversion.json", tmp_path / "base.json", forget=beside
    )
    prepare(nlp)
    doc = nlp.make_doc(TEXT)
    doc.ents = [doc.char_span(*span) for span in SPANS if span[2] == "PLANT"]
    set_provenance(doc, Provenance("gold", (), "0" * 64))
    evaluated = [nlp.evaluate([Example(nlp.make_doc(TEXT), doc)]) for _ in scores]
    assert [one["update_score"] for one in evaluated] == scores
    assert all(one["annotated_f"] == 1.0 for one in evaluated)


def text_with(nlp: Language, text: str, classes: dict[str, float], source: Source) -> Doc:
    doc = nlp.make_doc(text)
    doc.cats = classes
    set_provenance(doc, Provenance(source, (), "0" * 64))
    return doc


@pytest.mark.parametrize(("alarms", "f"), [(frozenset({"PLANT"}), 2 / 3), (frozenset(), 1.0)])
def test_a_class_that_general_text_gets_is_an_alarm(alarms: frozenset[str], f: float) -> None:
    nlp = spacy.blank("en")
    references = [
        text_with(nlp, "Basil", {"PLANT": 1.0, "PRESS": 0.0}, "gold"),
        text_with(nlp, "Reuters", {"PLANT": 0.0, "PRESS": 1.0}, "raw"),
        text_with(nlp, "Thyme", {"PLANT": 0.0, "PRESS": 0.0}, "project"),
    ]
    examples = []
    for reference in references:
        predicted = nlp.make_doc(reference.text)
        predicted.cats = {"PLANT": 1.0, "PRESS": 1.0}  # what gives all classes to everything
        examples.append(Example(predicted, reference))
    scheme = Scheme(frozenset({"PLANT"}), frozenset())
    score = create_scorer(scheme, lambda *docs: count_answers(TEXTCAT_MULTILABEL, *docs), alarms)
    assert score(examples)["annotated_f"] == pytest.approx(f)


def test_labels_of_an_earlier_update(tmp_path: Path) -> None:
    settings = {"labels": ["PRP%24", "NN"], "group": "tagger_update"}
    config = {"components": {"merge_tagger": settings, "hold_tagger": {"group": "tagger_update"}}}
    Config(config).to_disk(tmp_path / "config.cfg")
    companions = ["hold_tagger", "merge_tagger"]
    assert earlier_labels(tmp_path, {"former_companions": companions}) == {"PRP$", "NN"}
    assert earlier_labels(tmp_path, {"former_companions": []}) == frozenset()
