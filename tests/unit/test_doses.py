"""Doses of raw text: which, what is left out, and what an earlier run knows."""

from pathlib import Path

import spacy
import srsly

from scripts.corpora.corpus import Provenance, read_corpus, set_provenance, write_corpus
from scripts.project.files import hash_text
from scripts.training.doses import (
    Curve,
    Measured,
    choose_raw,
    doses_up_to,
    merge_doses,
    read_curve,
    write_corpora,
    write_curve,
)
from scripts.training.records import DevScores

NLP = spacy.blank("en")
SCORES = DevScores(1.0, 2.0, 3.0, 4.0, None, None, None)


def write_texts(folder: Path, texts: list[str]) -> None:
    docs = [NLP.make_doc(text) for text in texts]
    for doc in docs:
        set_provenance(doc, Provenance("raw", (), hash_text(doc.text)))
    write_corpus(docs, folder)


def make_corpora(folder: Path, held_out: list[str]) -> Path:
    for source in ("gold", "project", "rehearsal", "merged", "replay"):
        for split in ("train", "dev", "test"):
            write_texts(folder / source / split, held_out if split == "dev" else [])
    srsly.write_json(folder / "conversion.json", {"labels": {"annotated": ["PLANT"]}})
    return folder


def test_doses_end_with_all_that_there_is() -> None:
    assert doses_up_to(100) == [0, 100]
    assert doses_up_to(1000) == [0, 250, 1000]
    assert doses_up_to(5000) == [0, 250, 1000, 4000, 5000]
    assert doses_up_to(10**6) == [0, 250, 1000, 4000, 16000]


def test_what_is_near_dev_is_no_raw_text_to_train_on(tmp_path: Path) -> None:
    texts = [
        f"the {n} geese of farm {chr(97 + n % 26)}{n} fly over {n * 7} hills" for n in range(60)
    ]
    texts = [" ".join([text, *reversed(text.split())]) for text in texts]
    corpus = make_corpora(tmp_path / "corpus", texts[:20])
    raw = tmp_path / "raw.txt"
    raw.write_text("\n".join(texts), encoding="utf8")
    chosen = {one.text for one in choose_raw([raw], corpus)}
    assert chosen
    assert not chosen & set(texts[:20])


def test_a_smaller_dose_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    corpus = make_corpora(tmp_path / "corpus", ["one text of dev"])
    write_texts(tmp_path / "raw", [f"text {n}" for n in range(20)])
    found = {}
    for texts in (0, 5, 20):
        output = tmp_path / f"dose{texts}"
        write_corpora(corpus, output, tmp_path / "raw", texts)
        found[texts] = [doc.text for doc in read_corpus(output / "rehearsal/train", NLP.vocab)]
        assert [d.text for d in read_corpus(output / "merged/dev", NLP.vocab)] == [
            "one text of dev"
        ]
    assert [len(texts) for texts in found.values()] == [0, 5, 20]
    assert found[20][:5] == found[5]


def test_what_an_earlier_run_measured_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "dose.json"
    assert read_curve(path) == []
    path.write_text("{", encoding="utf8")
    assert read_curve(path) == []
    known = [Measured(0, 0, SCORES, 1.0, "a"), Measured(250, 9, SCORES, 1.0, "b")]
    write_curve(path, Curve("double", 0, 0, known))
    assert read_curve(path) == known
    again = Measured(0, 0, SCORES, 2.0, "a")
    assert merge_doses([again], known) == [again, known[1]]
