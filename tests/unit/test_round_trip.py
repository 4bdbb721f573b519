"""From a Doc to a Label Studio task and back: the same spans, whatever the text.

HYPOTHESIS_CASES in the environment sets the number of cases (10,000 at night).
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from scripts.conversion.converting import Means, convert_example
from scripts.conversion.examples import Unusable, reduce_task
from scripts.conversion.exports import Chunk, Source
from scripts.conversion.fields import Field
from scripts.conversion.label_map import LabelMap
from scripts.conversion.label_studio import tasks_in
from scripts.conversion.label_studio_json import export_tasks
from scripts.conversion.record import Conversion
from scripts.corpora.corpus import read_corpus, write_corpus
from scripts.to_label_studio import labelled_doc, read_labelled_texts

CASES = int(os.environ.get("HYPOTHESIS_CASES", "300"))
NLP = spacy.blank("en")
PIECES = st.one_of(
    st.sampled_from(["Anna", "don't", "New York", "Straße", "3.5", ",", "(", "שלום", "مرحبا"]),
    st.sampled_from(["👩\u200d🚀", "🏳️\u200d🌈", "e\u0301", "\u200d", "\u202e", "\ufeff", "\x00"]),
    st.sampled_from([" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2028"]),
)
TEXTS = st.lists(PIECES | st.text(max_size=3), min_size=1, max_size=12).map("".join)
LABELS = st.sampled_from(["PER", "O", "None", "two words", "Größe", "B-X", "👍"])


def convert(task: dict[str, Any]) -> tuple[Doc | None, Conversion]:
    """The Doc of a task as it comes from Label Studio, accepted predictions as annotations."""
    accepted = [{**given, "id": 1, "completed_by": 1} for given in task["predictions"]]
    content = json.dumps({**task, "predictions": [], "annotations": accepted}).encode()
    (read,) = tasks_in(Chunk(Source(Path("export.json")), 1, [content]))
    record = Conversion()
    reduced = reduce_task(read, Field("text", None, False))
    if isinstance(reduced, Unusable):
        return None, record
    none, repeated = Path(), np.empty(0, np.uint64)
    means = Means(NLP.tokenizer, LabelMap(), none, repeated, 0, none, "")
    converted = convert_example([reduced], means, record)
    return converted and converted[1], record


@settings(max_examples=CASES, deadline=None)
@given(TEXTS, st.data())
def test_spans_come_back(text: str, data: st.DataObject) -> None:
    doc = NLP.make_doc(text)
    tokens = st.integers(0, len(doc))
    spans = set()
    for _ in range(data.draw(st.integers(0, 5))):
        start, end = sorted((data.draw(tokens), data.draw(tokens)))
        inside = range(start, end)
        # Label Studio's regions and entities neither begin nor end with whitespace.
        if inside and not doc[start].is_space and not doc[end - 1].is_space:
            spans.add((start, end, data.draw(LABELS)))
    doc.spans["sc"] = [Span(doc, *span) for span in sorted(spans)]
    (task,) = export_tasks([labelled_doc(doc)], kind="predictions")
    back, record = convert(task)
    if back is None:
        assert not text.strip()
        return
    assert back.text == text
    assert {(s.start, s.end, s.label_) for s in back.spans["sc"]} == spans
    assert record.spans["rejected"] == 0
    taken = {(s.start, s.end, s.label_) for s in back.ents}
    assert taken <= spans
    for start, end, _ in spans:
        assert all(token.ent_iob != 2 for token in back[start:end])


@settings(max_examples=CASES, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_any_region_of_any_text(text: str, start: int, end: int) -> None:
    """Lone surrogates too: a listed rejection, no error."""
    value = {"start": start, "end": end, "text": text[start:end], "labels": ["X"]}
    result = {"id": "r", "type": "labels", "value": value}
    doc, record = convert({"id": 1, "data": {"text": text}, "predictions": [{"result": [result]}]})
    if doc is None:
        return
    for entity in doc.ents:
        assert "".join(entity.text.split()) == "".join(text[start:end].split())
    if not doc.ents:
        assert record.regions


@pytest.mark.parametrize("missing", [True, False])
def test_docs_without_groups_of_spans(missing: bool) -> None:
    doc = NLP.make_doc("Anna left")
    if missing:
        assert labelled_doc(doc).spans is None
    else:
        doc.set_ents([Span(doc, 0, 1, "PER")])
        assert labelled_doc(doc).spans == ((0, 4, ("PER",)),)


def test_a_corpus_as_tasks(tmp_path: Path) -> None:
    doc = NLP.make_doc("Anna left")
    doc.set_ents([Span(doc, 0, 1, "PER")])
    write_corpus([doc, NLP.make_doc("Nobody looked")], tmp_path / "corpus")
    one, two = export_tasks(read_labelled_texts(tmp_path / "corpus"), kind="predictions")
    assert one["predictions"][0]["result"][0]["value"]["text"] == "Anna"
    assert (two["annotations"], two["predictions"]) == ([], [])
    assert len(list(read_corpus(tmp_path / "corpus", NLP.vocab))) == 2
