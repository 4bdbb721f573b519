"""Functions that training configs name."""

from pathlib import Path

import pytest
import srsly
from spacy.training import Example

from scripts.corpora.corpus import Provenance, set_provenance
from scripts.functions import create_prepare_ner
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
