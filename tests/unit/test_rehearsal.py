"""The rehearsal data: doses, and what dev holds when few texts are annotated."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import load_config

from scripts.corpora.corpus import (
    MIN_DEV_SPANS,
    Provenance,
    get_provenance,
    has_spans,
    set_provenance,
    write_corpus,
)
from scripts.project.files import hash_text
from scripts.training.merging import FORMER, Scheme, TokenSpan
from scripts.training.pipelines import BaseRecord
from scripts.training.rehearsal import MIN_RAW, Dose, merged_docs
from scripts.training.runs import place_corpora
from scripts.training.teachers import Teachers, mark_former

SCHEME = Scheme(annotated=frozenset({"PLANT"}), base=frozenset({"GPE"}))


def ruled(**patterns: str) -> Language:
    """A pipeline that finds words: label to word."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": word} for label, word in patterns.items()])
    return nlp


def gold_doc(text: str, source: str = "gold") -> Doc:
    """A text whose word "oak" is a PLANT."""
    doc = spacy.blank("en").make_doc(text)
    doc.ents = [Span(doc, token.i, token.i + 1, "PLANT") for token in doc if token.text == "oak"]
    set_provenance(doc, Provenance(source, (1,), hash_text(text)))  # type: ignore[arg-type]
    return doc


def write_gold(corpus: Path, dev: int) -> None:
    """Ten texts with a span each in train, so many in dev, one project text in dev."""
    for split, count in (("train", 10), ("dev", dev)):
        texts = [f"{split} {number} has an oak near Rome" for number in range(count)]
        write_corpus(map(gold_doc, texts), corpus / "gold" / split)
        project = [gold_doc("Paris", "project")] if split == "dev" else []
        write_corpus(project, corpus / "project" / split)


def test_the_dose_is_a_number_or_a_ratio_with_a_least() -> None:
    assert Dose(docs=17, ratio=3).texts(1000) == 17
    assert Dose(docs=0, ratio=3).texts(1000) == 3000
    assert Dose(docs=0, ratio=0.5).texts(10_000) == 5000
    assert Dose(docs=0, ratio=3).texts(5) == MIN_RAW


@pytest.mark.parametrize(("dev", "helped"), [(3, True), (MIN_DEV_SPANS, False)])
def test_few_gold_spans_in_dev_get_help_from_the_training_texts(
    tmp_path: Path, dev: int, helped: bool
) -> None:
    write_gold(tmp_path, dev)
    assert has_spans(tmp_path / "gold/dev", MIN_DEV_SPANS) is not helped
    teachers = Teachers(ruled(GPE="Rome"), ruled(PLANT="oak"))
    docs = list(merged_docs(teachers, SCHEME, tmp_path, "dev"))
    sources = [get_provenance(doc).source for doc in docs]
    assert sources == ["gold"] * (dev + 10 * helped) + ["project"]
    assert {ent.label_ for ent in docs[0].ents} == {"PLANT", "GPE"}
    config = load_config("configs/specialist.cfg", interpolate=False)
    place_corpora(config, tmp_path)
    expected = [str(tmp_path / "gold/dev")] + [str(tmp_path / "gold/train")] * helped
    assert config["corpora"]["dev"]["paths"] == expected


@pytest.mark.parametrize("order", [["former", "ner"], ["ner", "former"]])
def test_what_the_former_update_found_is_told_from_what_the_frozen_ner_found(
    order: list[str],
) -> None:
    nlp = spacy.blank("en")
    for name, label in zip(order, ("FIRST", "SECOND"), strict=True):
        ruler = nlp.add_pipe("entity_ruler", name=name, config={"overwrite_ents": False})
        patterns = [{"label": label, "pattern": word} for word in ("oak", label.lower())]
        ruler.add_patterns(patterns)
    record = BaseRecord("b", "1", "en", "", "b", [], order, [], order, "", former="former")
    for mark, place in mark_former(record).items():
        nlp.add_pipe("mark_entities_v1", name=mark, config={"group": mark}, **place)
    teachers = Teachers(nlp, ruled(PLANT="oak"))
    doc = nlp.make_doc("an oak , first and second")
    ((same, predicted),) = teachers.label([doc], 1)
    assert predicted.base == [
        TokenSpan(1, 2, "FIRST"),
        TokenSpan(3, 4, "FIRST"),
        TokenSpan(5, 6, "SECOND"),
    ]
    own = {"FIRST"} if order[0] == "former" else {"SECOND"}
    assert predicted.former == [span for span in predicted.base if span.label in own]
    predicted.keep_in(same)
    assert [span.label_ for span in same.spans[FORMER]] == [s.label for s in predicted.former]
