"""The rehearsal data of an update: all its texts with the words of both teachers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.corpus import (
    MIN_DEV_SPANS,
    SPLITS,
    Provenance,
    count_docs,
    get_provenance,
    has_spans,
    read_corpus,
    set_provenance,
    write_corpus,
)
from ..corpora.raw_text import RawText, Selection, read_texts, select_texts
from ..corpora.splits import HeldOut
from ..evaluation.held_out import read_retained_gold
from ..project.files import new_directory
from .merging import (
    Scheme,
    SharedOnRaw,
    complete_gold,
    merge_on_project_text,
    merge_on_raw_text,
    read_labelling,
)
from .replay import read_gold_labels, replay_docs, sift
from .teachers import Teachers

MIN_RAW = 1000  # a few corrections need more general text than their number to hold on to
DEV_SHARE = 0.1
MAX_DEV, MAX_TEST = 500, 2000


@dataclass(frozen=True)
class Dose:
    """How many raw texts to train on: `docs`, or, where that is 0, `ratio` for each gold text."""

    docs: int
    ratio: float

    def texts(self, gold: int) -> int:
        """Raw texts beside so many annotated ones."""
        return self.docs or max(MIN_RAW, round(self.ratio * gold))


def select_raw(files: dict[str, Any] | None, corpus: Path, dose: Dose) -> Selection:
    """Choose the raw texts. Without any, all splits are empty."""
    if files is None:
        return Selection({split: [] for split in SPLITS}, {})
    train = dose.texts(count_docs(corpus / "gold" / "train"))
    sizes = {"train": train, "dev": min(MAX_DEV, max(50, int(DEV_SHARE * train))), "test": MAX_TEST}
    blank = Language().vocab
    used = {
        get_provenance(doc).hash
        for source in ("gold", "project")
        for split in SPLITS
        for doc in read_corpus(corpus / source / split, blank)
    }
    return select_texts(read_texts(map(Path, files["paths"])), used, sizes)


def write_merged(teachers: Teachers, scheme: Scheme, corpus: Path) -> dict[str, int]:
    """Write corpus/merged/{train,dev}: gold completed by the base, project texts by both."""
    with new_directory(corpus / "merged") as folder:
        return {
            split: write_corpus(merged_docs(teachers, scheme, corpus, split), folder / split)
            for split in ("train", "dev")
        }


def merged_docs(teachers: Teachers, scheme: Scheme, corpus: Path, split: str) -> Iterator[Doc]:
    """Gold Docs first, then project Docs, with `doc.ents` merged and each teacher's spans kept.

    Where dev has too few gold spans to choose a checkpoint by, it holds the training texts, too.
    """
    vocab = teachers.base.vocab
    parts, project = [corpus / "gold" / split], corpus / "project" / split
    if split == "dev" and not has_spans(parts[0], MIN_DEV_SPANS):
        parts.append(corpus / "gold" / "train")
    for gold in parts:
        for doc, predicted in teachers.label(read_corpus(gold, vocab), count_docs(gold)):
            predicted.keep_in(doc)
            complete_gold(read_labelling(doc), predicted.base, scheme).write(doc)
            yield doc
    for doc, predicted in teachers.label(read_corpus(project, vocab), count_docs(project)):
        predicted.keep_in(doc)
        merge_on_project_text(predicted.base, predicted.specialist, scheme).write(doc)
        yield doc


def write_rehearsal(
    teachers: Teachers,
    scheme: Scheme,
    selection: Selection,
    corpus: Path,
    shared_on_raw: SharedOnRaw,
) -> dict[str, int]:
    """Write corpus/rehearsal/{train,dev,test}: raw texts labelled by both teachers."""
    held_out = HeldOut(held_out_texts(selection, corpus))
    with new_directory(corpus / "rehearsal") as folder:
        written = {}
        for split in SPLITS:
            texts = selection.texts[split]
            if split == "train":
                near = held_out.near_many([raw.text for raw in texts])
                texts = [raw for raw, leave in zip(texts, near, strict=True) if not leave]
            docs = raw_docs(teachers, scheme, texts, shared_on_raw)
            written[split] = write_corpus(docs, folder / split)
        return written


def write_replay(
    teachers: Teachers, scheme: Scheme, selection: Selection, corpus: Path, inputs: Path
) -> dict[str, int]:
    """Write corpus/replay/{train,dev}: the user's gold for labels of the base, empty without any.

    Returns how many texts were written, and how many left out for which reason.
    """
    gold = read_retained_gold(inputs, "replay_gold")
    with new_directory(corpus / "replay") as folder:
        if gold is None:
            return {split: write_corpus([], folder / split) for split in ("train", "dev")}
        tested = read_retained_gold(inputs)
        sifted = sift(
            gold.references,
            HeldOut(reference.text for reference in (tested.references if tested else ())),
            HeldOut(held_out_texts(selection, corpus)),
        )
        labels = read_gold_labels(gold, scheme)
        return sifted.counts | {
            split: write_corpus(replay_docs(teachers, scheme, texts, labels), folder / split)
            for split, texts in sifted.texts.items()
        }


def held_out_texts(selection: Selection, corpus: Path) -> Iterator[str]:
    """All texts of dev and test: nothing near them may be trained on."""
    blank = Language().vocab
    for split in ("dev", "test"):
        yield from (raw.text for raw in selection.texts[split])
        for source in ("gold", "project"):
            yield from (doc.text for doc in read_corpus(corpus / source / split, blank))


def raw_docs(
    teachers: Teachers, scheme: Scheme, texts: list[RawText], shared: SharedOnRaw
) -> Iterator[Doc]:
    """Raw texts as Docs, with `doc.ents` merged and each teacher's spans kept."""
    docs = (make_raw_doc(teachers.base, raw) for raw in texts)
    for doc, predicted in teachers.label(docs, len(texts)):
        predicted.keep_in(doc)
        merge_on_raw_text(predicted.base, predicted.specialist, scheme, shared).write(doc)
        yield doc


def make_raw_doc(nlp: Language, raw: RawText) -> Doc:
    """A tokenized raw text with its provenance."""
    doc = nlp.make_doc(raw.text)
    set_provenance(doc, Provenance("raw", (), raw.hash))
    return doc
