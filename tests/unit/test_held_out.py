import gzip
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.tokens import Span

from scripts.corpora.corpus import write_corpus
from scripts.evaluation.held_out import (
    read_label_map,
    read_negative_text,
    read_references,
    read_retained_gold,
)
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError


def test_a_corpus_gives_its_annotated_texts_with_what_is_missing(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    annotated, empty, unannotated = (nlp.make_doc(t) for t in ("Ada saw rust", "Rain", "Snow"))
    annotated.set_ents(
        [Span(annotated, 0, 1, "PERSON")], missing=[annotated[2:3]], default="outside"
    )
    empty.set_ents([])
    write_corpus([annotated, empty, unannotated], tmp_path)
    first, second = read_references(tmp_path)
    assert (first.text, first.spans, first.missing) == (
        "Ada saw rust",
        [CharSpan(0, 3, "PERSON")],
        [(8, 12)],
    )
    assert (second.text, second.spans, second.missing) == ("Rain", [], [])


def given(folder: Path, *, gold: Path, label_map: Path | None = None) -> Path:
    path = folder / "retained_gold.json"
    record = {"paths": [str(label_map)]} if label_map else None
    srsly.write_json(path, {"retained_gold": {"paths": [str(gold)]}, "retained_gold_map": record})
    return path


def test_retained_gold_is_read_from_lines_and_from_a_docbin(tmp_path: Path) -> None:
    lines = tmp_path / "gold.jsonl"
    lines.write_text(
        '{"text": "😀 Ada", "spans": [{"start": 2, "end": 5, "label": "PER"}]}\n\n', encoding="utf8"
    )
    (tmp_path / "map.yml").write_text("PERSON: PER\n")
    read = read_retained_gold(given(tmp_path, gold=lines, label_map=tmp_path / "map.yml"))
    assert read is not None
    assert read.references[0].spans == [CharSpan(2, 5, "PER")]
    assert read.label_map == {"PERSON": "PER"}

    doc = spacy.blank("en").make_doc("Ada")
    doc.set_ents([Span(doc, 0, 1, "PER")])
    write_corpus([doc], tmp_path / "corpus")
    read = read_retained_gold(given(tmp_path, gold=tmp_path / "corpus" / "00000.spacy"))
    assert read is not None
    assert read.references[0].spans == [CharSpan(0, 3, "PER")]
    assert read.label_map is None


@pytest.mark.parametrize(
    "line",
    [
        "Ada",
        "[]",
        '{"text": 3, "spans": []}',
        '{"text": "Ada", "spans": [{"start": 0, "end": 9, "label": "PER"}]}',
        '{"text": "Ada", "spans": [{"start": 2, "end": 2, "label": "PER"}]}',
        '{"text": "Ada", "spans": [{"start": null, "end": 2, "label": "PER"}]}',
        '{"text": "Ada", "spans": ["PER"]}',
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    lines = tmp_path / "gold.jsonl"
    lines.write_text('{"text": "Ada", "spans": []}\n' + line + "\n")
    with pytest.raises(UserError, match="line 2"):
        read_retained_gold(given(tmp_path, gold=lines))


def test_a_text_that_nobody_annotated_is_no_gold(tmp_path: Path) -> None:
    lines = tmp_path / "gold.jsonl"
    lines.write_text('{"text": "Ada", "spans": []}\n{"text": "Bertha"}\n')
    with pytest.raises(UserError, match="without spans: 'Bertha'"):
        read_retained_gold(given(tmp_path, gold=lines))


def test_lines_that_are_no_text_are_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_bytes(gzip.compress(b"{}"))
    with pytest.raises(UserError, match="line 1"):
        read_retained_gold(given(tmp_path, gold=tmp_path / "gold.jsonl"))


@pytest.mark.parametrize("content", ["- PERSON", "PERSON: [PER]", "PERSON: {", "PERSON:"])
def test_a_map_that_is_none_is_a_users_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "map.yml").write_text(content)
    with pytest.raises(UserError, match=r"map\.yml"):
        read_label_map(tmp_path / "map.yml")


def test_negative_text_is_a_text_a_line(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Rain.\n\nSnow.\n")
    path = tmp_path / "negative_text.json"
    srsly.write_json(path, {"negative_text": {"paths": [str(tmp_path / "text.txt")]}})
    assert read_negative_text(path) == ["Rain.", "Snow."]
    srsly.write_json(path, {"negative_text": None})
    assert read_negative_text(path) is None
