"""The demo's base: a small pipeline trained from nothing on an embedded corpus."""

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import load_config

from ..corpora.annotated_text import AnnotatedText, read_annotated_texts
from ..corpora.corpus import SPLITS, write_corpus
from ..corpora.splits import assign_split
from ..project.errors import UserError
from ..project.files import new_directory, scratch_directory
from ..training.runs import spacy_train


def train_demo_base(
    corpus: Path, folder: Path, *, config: Path, seed: int, gpu_id: int, max_steps: int
) -> None:
    """Train a pipeline on a JSONL of annotated texts and write it to a folder."""
    shards = Path("corpus/base")
    convert_annotated_texts(corpus, shards)
    with scratch_directory(folder.with_name(".base.work")) as work:
        completed = load_config(config, interpolate=False)
        completed["paths"] = {split: str(shards / split) for split in ("train", "dev")}
        completed["system"]["seed"] = seed
        if max_steps:
            completed["training"].update(max_steps=max_steps, eval_frequency=max(1, max_steps // 2))
        completed.to_disk(work / "train.cfg", interpolate=False)
        spacy_train(work / "train.cfg", work, gpu_id=gpu_id)
        nlp = spacy.load(work / "model-best")
        nlp.meta.update(name="demo", version="1.0.0", description="The base of the demonstration.")
        nlp.to_disk(folder)


def convert_annotated_texts(corpus: Path, output: Path) -> None:
    """Split a JSONL of annotated texts by its groups and write it as DocBin shards."""
    nlp = spacy.blank("en")
    docs: dict[str, list[Doc]] = {split: [] for split in SPLITS}
    for text in read_annotated_texts(corpus):
        docs[assign_split(text.text, text.group)].append(make_doc(nlp, text))
    with new_directory(output) as folder:
        for split in SPLITS:
            write_corpus(docs[split], folder / split)


def make_doc(nlp: Language, text: AnnotatedText) -> Doc:
    """A Doc with the entities of an annotated text.

    Raises UserError for an entity that does not fall on token boundaries.
    """
    doc = nlp.make_doc(text.text)
    spans = [doc.char_span(*span) for span in text.entities]
    if None in spans:
        raise UserError(
            f"An entity does not fall on tokens: {text.text!r}.", "Correct the demo's base corpus."
        )
    doc.set_ents(spans)
    return doc
