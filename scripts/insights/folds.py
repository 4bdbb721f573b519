"""Folds: annotated texts cut into parts, each predicted by a specialist that did not see it."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..corpora.corpus import get_provenance, read_corpus, write_corpus
from ..corpora.splits import Split, normalise
from ..evaluation.scores import entity_spans, missing_ranges
from ..project.errors import UserError
from ..project.units import make_key

FOLDS = 4
# Each twice the one before: what a doubling brings shows best.
SHARES = (0.125, 0.25, 0.5, 1.0)
MIN_TEXTS = 40
MAX_WORDS = 100_000  # that a specialist is trained on, so that no export takes a day


class GoldText(NamedTuple):
    """An annotated text. fold: which part it is in. split: which one the workflow has it in."""

    doc: Doc
    split: Split
    fold: int


class Part(NamedTuple):
    """A training: the fold that is held out, and the share of the other texts that is taken."""

    fold: int
    share: float


def parts() -> list[Part]:
    """All trainings, the longest first, so that processes end at about the same time."""
    return [Part(fold, share) for share in reversed(SHARES) for fold in range(FOLDS)]


@cache
def read_gold(corpus: Path) -> Sequence[GoldText]:
    """All annotated texts of the corpora, in an order that does not depend on other texts.

    Which fold a text is in follows from a hash, so that it is the same when the export grows.
    Raises UserError when there are too few texts, or too few groups of them for all folds.
    """
    vocab = Vocab()
    found = [
        GoldText(doc, split, fold_of(doc))
        for split in get_args(Split)
        for doc in read_corpus(corpus / "gold" / split, vocab)
    ]
    annotated = sum(bool(text.doc.ents) for text in found)
    if annotated < MIN_TEXTS:
        raise UserError(
            f"{annotated} annotated texts have an entity; insight needs {MIN_TEXTS}.",
            "Annotate more, then run again.",
        )
    if empty := set(range(FOLDS)) - {text.fold for text in found}:
        raise UserError(
            f"All annotated texts are of so few groups (meta.group) that {len(empty)} of {FOLDS} "
            "folds have none: a specialist is asked about documents that it has not seen.",
            "Annotate texts of more documents, then run again.",
        )
    return sorted(found, key=_place)


def fold_of(doc: Doc) -> int:
    """The fold of a text: that of its group, so that no specialist has seen parts of a document.

    Without a group, texts that differ in case, punctuation or numbers only share one.
    """
    return int(FOLDS * _order(get_provenance(doc).group or normalise(doc.text), "fold"))


def _place(text: GoldText) -> tuple[float, float]:
    """Where a text stands among all: a group's together, as new documents come."""
    own = text.doc.text
    return _order(get_provenance(text.doc).group or own, "share"), _order(own, "share")


def held_out(gold: Sequence[GoldText], fold: int) -> list[GoldText]:
    """The texts that the specialists of a fold have not seen."""
    return [text for text in gold if text.fold == fold]


def taken(gold: Sequence[GoldText], part: Part) -> list[GoldText]:
    """The texts to train on. A smaller share is the beginning of a larger one."""
    others = [text for text in gold if text.fold != part.fold]
    whole = len(list(_within(others, MAX_WORDS)))
    return others[: max(1, round(part.share * whole))]


def _within(texts: Sequence[GoldText], words: int) -> Iterator[GoldText]:
    for text in texts:
        yield text
        words -= len(text.doc)
        if words <= 0:
            return


def write_part(texts: Sequence[GoldText], folder: Path) -> None:
    """Write the corpora of a training; what is the workflow's test set is trained on here, too.

    So is its dev set where there is nothing else, as when one group has all texts of a share.
    """
    dev = [text.doc for text in texts if text.split == "dev"]
    train = [text.doc for text in texts if text.split != "dev"] or dev
    write_corpus(train, folder / "gold" / "train")
    write_corpus(dev, folder / "gold" / "dev")


def describe_texts(texts: Sequence[GoldText]) -> str:
    """A key of texts with all that was annotated in them."""
    said = [
        (
            text.split,
            get_provenance(text.doc).hash,
            entity_spans(text.doc),
            missing_ranges(text.doc),
        )
        for text in texts
    ]
    return make_key(said)


def _order(text: str, purpose: str) -> float:
    """A number from 0 to 1 that a text has by chance, always the same."""
    digest = hashlib.sha256(f"{purpose}\0{text}".encode("utf8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
