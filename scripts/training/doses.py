"""The dose: how much raw text an update needs, measured on dev (never on a test set)."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import msgspec
from spacy.language import Language
from spacy.vocab import Vocab

from ..corpora.corpus import SPLITS, count_tokens, get_provenance, read_corpus, write_corpus
from ..corpora.raw_text import read_texts
from ..corpora.sampling import RawText, Rules, select_texts
from ..corpora.splits import HeldOut
from ..evaluation.bootstrap import Sampling
from ..project.files import new_directory, write_json
from .dev import DevSet, load_entities_only, score_pipeline
from .labelling import raw_docs
from .merging import SharedOnRaw
from .records import DevScores
from .strategies import MODEL, Recipe, candidate_key, make_candidate
from .teachers import Teachers

DOSES = (0, 250, 1000, 4000, 16000)  # raw texts
LINKED = ("gold", "merged", "replay", "conversion.json")  # of the corpora, the same for each dose


@dataclass(frozen=True)
class Measured:
    """An update that was trained on so many raw texts, and what dev says of it.

    words: of the raw texts. seconds: how long the training took. key: of all that it was made from.
    """

    texts: int
    words: int
    scores: DevScores
    seconds: float
    key: str


@dataclass(frozen=True)
class Curve:
    """All of `training/dose.json`. retained_gold: texts of gold for retained labels on dev."""

    strategy: str
    seed: int
    retained_gold: int
    doses: list[Measured]


def read_curve(path: Path) -> list[Measured]:
    """The doses that an earlier run has measured, none without it or when it is something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Curve).doses
    except (OSError, msgspec.DecodeError):
        return []


def write_curve(path: Path, curve: Curve) -> None:
    """Write `training/dose.json`."""
    write_json(path, msgspec.to_builtins(curve))


def choose_raw(paths: Sequence[Path], corpus: Path) -> list[RawText]:
    """Raw texts to train on, the largest dose of them at most; a smaller dose is their beginning.

    corpus: with the dev and test sets: what is near a text of these is left out.
    """
    blank = Language().vocab
    used = frozenset(
        get_provenance(doc).hash
        for source in ("gold", "project")
        for split in SPLITS
        for doc in read_corpus(corpus / source / split, blank)
    )
    held_out = HeldOut(
        doc.text
        for source in ("gold", "project", "rehearsal")
        for split in ("dev", "test")
        for doc in read_corpus(corpus / source / split, blank)
    )
    sizes = {"train": max(DOSES), "dev": 1, "test": 1}  # select_texts wants all splits
    texts = select_texts(read_texts(paths), Rules(sizes, used)).texts["train"]
    near = held_out.near_many([raw.text for raw in texts])
    return [raw for raw, leave in zip(texts, near, strict=True) if not leave]


def doses_up_to(texts: int) -> list[int]:
    """The doses that so many raw texts allow; the last is all of them, or the most there is."""
    most = min(texts, max(DOSES))
    return [*(dose for dose in DOSES if dose < most), most]


def label_raw(
    teachers: Teachers, recipe: Recipe, texts: list[RawText], shared: SharedOnRaw, output: Path
) -> None:
    """Write the raw texts as a corpus, labelled by both teachers."""
    with new_directory(output) as folder:
        write_corpus(raw_docs(teachers, recipe.scheme, texts, shared), folder)


def measure_dose(
    recipe: Recipe, strategy: str, texts: int, raw: Path, dev: DevSet, known: Sequence[Measured]
) -> Measured:
    """Train on so many of the raw texts and score on dev, unless that is known already.

    What is trained is removed afterwards: the folder of the recipe's candidates.
    """
    work = recipe.candidates / str(texts)
    own = replace(recipe, corpus=work / "corpus", candidates=work)
    write_corpora(recipe.corpus, own.corpus, raw, texts)
    key = candidate_key(strategy, own)
    for measured in known:
        if measured.key == key:
            shutil.rmtree(work)
            return measured
    start = time.monotonic()
    make_candidate(strategy, own)
    seconds = time.monotonic() - start
    nlp = load_entities_only(work / strategy / MODEL)
    words = count_tokens(own.corpus / "rehearsal" / "train")
    measured = Measured(texts, words, score_pipeline(nlp, dev, Sampling()), seconds, key)
    shutil.rmtree(work)
    return measured


def write_corpora(corpus: Path, output: Path, raw: Path, texts: int) -> None:
    """The corpora of an update with the first raw texts alone to train on."""
    with new_directory(output) as folder:
        for name in LINKED:
            (folder / name).symlink_to((corpus / name).resolve())
        shutil.copytree(corpus / "rehearsal" / "dev", folder / "rehearsal" / "dev")
        docs = islice(read_corpus(raw, Vocab()), texts)
        write_corpus(docs, folder / "rehearsal" / "train")


def merge_doses(measured: Sequence[Measured], known: Sequence[Measured]) -> list[Measured]:
    """What was measured now, and what an earlier run knows beside it."""
    keys = {one.key for one in measured}
    return [*measured, *(one for one in known if one.key not in keys)]
