"""What the training commands say of what there is to train on."""

import shutil
from pathlib import Path

import spacy
from spacy.tokens import Doc, Span
from thinc.api import Config

from scripts.corpora.corpus import Provenance, set_provenance, write_corpus
from scripts.project.files import hash_text
from scripts.training.extent import describe_dev, describe_length, describe_texts


def write(folder: Path, docs: int, spans: int) -> None:
    """A corpus of so many texts with so many spans each, in the place of the one there."""
    shutil.rmtree(folder, ignore_errors=True)
    write_corpus([gold_doc(f"{folder.name} {number}", spans) for number in range(docs)], folder)


def gold_doc(text: str, spans: int) -> Doc:
    doc = spacy.blank("en").make_doc(text + " rose" * spans)
    doc.ents = [Span(doc, 2 + i, 3 + i, "PLANT") for i in range(spans)]
    set_provenance(doc, Provenance("gold", (), hash_text(doc.text)))
    return doc


def test_each_kind_of_text_is_counted_and_none_is_not_named(tmp_path: Path) -> None:
    write(tmp_path / "gold" / "train", 3, 1)
    write(tmp_path / "rehearsal" / "train", 7, 0)
    write(tmp_path / "project" / "train", 0, 0)
    write(tmp_path / "replay" / "train", 0, 0)
    assert describe_texts(tmp_path) == "3 annotated, 7 general"


def test_the_dev_set_is_called_what_it_is(tmp_path: Path) -> None:
    dev = tmp_path / "gold" / "dev"
    write(dev, 0, 0)
    write(tmp_path / "gold" / "train", 0, 0)
    assert describe_dev(tmp_path) == "texts that a teacher labelled"
    write(tmp_path / "gold" / "train", 3, 1)
    assert describe_dev(tmp_path) == "the training texts, since dev is empty"
    write(dev, 2, 1)
    assert describe_dev(tmp_path).startswith("dev and the training texts, since dev has under")
    write(dev, 4, 30)
    assert describe_dev(tmp_path) == "dev, 4 annotated texts"


def test_a_length_is_in_steps_or_epochs(tmp_path: Path) -> None:
    for training, told in (
        ({"max_steps": 1200, "max_epochs": 0}, "1,200 steps"),
        ({"max_steps": 0, "max_epochs": 6}, "6 epochs"),
    ):
        Config({"training": training}).to_disk(tmp_path / "train.cfg")
        assert describe_length(tmp_path / "train.cfg") == told
