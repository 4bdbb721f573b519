"""The specialists of all folds: trained, asked about the texts they did not see, and removed.

What each says is kept in a file of its own, so that a run that was ended goes on where it stood.
"""

import contextlib
import io
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import spacy
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch
from thinc.api import Config

from ..corpora.corpus import bare_copy, get_provenance
from ..functions import read_scheme
from ..label_studio.confidence import BATCH, score_spans
from ..project.files import hash_file, remove, scratch_directory, write_bytes
from ..project.parallel import map_in_order
from ..project.units import make_key
from ..training.learning import Learning
from ..training.pipelines import BaseRecord, load_pipeline, use_gpu
from ..training.runs import CONFIG, Sizing, TrainingRun, complete_config
from .folds import GoldText, Part, describe_texts, held_out, parts, read_gold, taken, write_part

# A quarter of what the workflow's specialist reads, since there are sixteen to train.
SIZING = Sizing(words=150_000, epochs=(2, 15))
_LEAST = 0.001  # a span that is less probable is as good as none
_QUIET = {"@loggers": "spacy.ConsoleLogger.v3", "progress_bar": None, "console_output": False}


class Said(msgspec.Struct, frozen=True):
    """What a specialist says of a text that it has not seen. Offsets in code points.

    found: its entities. believed: the spans that it holds for possible, with the probability of
    each; asked of the specialists of the largest share alone.
    """

    hash: str
    found: list[tuple[int, int, str]]
    believed: list[tuple[int, int, str, float]]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a training. key: of all that it was made from. seconds: it has taken."""

    key: str
    fold: int
    share: float
    texts: int
    spans: int
    words: int
    seconds: float
    said: list[Said]


@dataclass(frozen=True)
class Means:
    """What all trainings share.

    corpus: the folder with gold/ and conversion.json. work: where outcomes are kept.
    """

    base: Path
    record: BaseRecord
    config: Path
    corpus: Path
    work: Path
    seed: int
    gpu_id: int
    max_steps: int
    learning: Learning


def train_all(means: Means, workers: int) -> Iterator[Outcome]:
    """The outcome of each of `folds.parts()`, in their order.

    workers: processes, 0 for one a core; each trains one specialist at a time. On a GPU they take
    turns. What an earlier run made from the same is not made again, and what it made from
    something else is removed. Raises UserError as `read_gold` does.
    """
    read_gold(means.corpus)  # processes that are forked share it
    wanted = parts()
    names = {_file(means, part).name for part in wanted}
    for path in means.work.glob("*"):
        if path.name not in names:
            remove(path)  # what a killed run has left
    with closing(map_in_order(measure, means, wanted, 1 if means.gpu_id >= 0 else workers)) as work:
        yield from work


def reading(means: Means) -> list[int]:
    """The words that each training of `folds.parts()` reads, as often as it reads them."""
    words = [
        sum(len(text.doc) for text in taken(read_gold(means.corpus), part)) for part in parts()
    ]
    return [count * SIZING.epochs_for(count) for count in words]


def measure(means: Means, part: Part) -> Outcome:
    """Train a specialist and ask it, unless that was done already."""
    gold = read_gold(means.corpus)
    texts, others = taken(gold, part), held_out(gold, part.fold)
    key, path = _key(means, part, texts, others), _file(means, part)
    known = read_outcome(path)
    if known and known.key == key:
        return known
    start = time.monotonic()
    with scratch_directory(path.with_suffix("")) as folder:
        nlp = train_part(means, part, texts, folder)
    labels = read_scheme(
        means.corpus / "conversion.json", means.base.with_suffix(".json")
    ).annotated
    said = list(ask(nlp, [text.doc for text in others], labels, beliefs=part.share == 1.0))
    words = sum(len(text.doc) for text in texts)
    spans = sum(len(text.doc.ents) for text in texts)
    seconds = time.monotonic() - start
    outcome = Outcome(key, part.fold, part.share, len(texts), spans, words, seconds, said)
    write_bytes(path, msgspec.json.encode(outcome))
    return outcome


def read_outcome(path: Path) -> Outcome | None:
    """An outcome that was kept, None where there is none or it is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Outcome)
    except (OSError, msgspec.DecodeError):
        return None


def train_part(means: Means, part: Part, texts: Sequence[GoldText], folder: Path) -> Language:
    """A specialist, as the workflow trains it but for its length.

    In this process: one that is killed takes its training with it.
    """
    write_part(texts, folder / "corpus")
    run = TrainingRun(
        template=means.config,
        base=means.base,
        specialist=folder,
        conversion=means.corpus / "conversion.json",
        corpus=folder / "corpus",
        sizing=SIZING,
        seed=means.seed + part.fold,
        gpu_id=means.gpu_id,
        max_steps=means.max_steps,
        learning=means.learning,
    )
    config: Config = complete_config(run, means.record)
    config["training"]["logger"] = _QUIET
    config.to_disk(folder / CONFIG, interpolate=False)
    use_gpu(means.gpu_id)
    with contextlib.redirect_stdout(io.StringIO()):
        train(folder / CONFIG, folder, use_gpu=means.gpu_id)
    return load_pipeline(folder / "model-best")


def ask(
    nlp: Language, docs: Sequence[Doc], labels: frozenset[str], *, beliefs: bool
) -> Iterator[Said]:
    """What a specialist finds in texts, of these labels alone.

    nlp: has one ner and nothing else.
    """
    (ner,) = (component for _, component in nlp.pipeline)
    for batch in minibatch(docs, BATCH):
        bare = [bare_copy(doc, nlp.vocab) for doc in batch]
        beams = list(score_spans(ner, bare)) if beliefs else [{} for _ in bare]
        for doc, found, beam in zip(batch, ner.pipe(bare), beams, strict=True):
            yield Said(
                get_provenance(doc).hash,
                [(e.start_char, e.end_char, e.label_) for e in found.ents if e.label_ in labels],
                [
                    (*_offsets(doc, start, end), label, round(score, 4))
                    for (start, end, label), score in sorted(beam.items())
                    if label in labels and score >= _LEAST
                ],
            )


def _offsets(doc: Doc, start: int, end: int) -> tuple[int, int]:
    span = doc[start:end]
    return span.start_char, span.end_char


def _key(means: Means, part: Part, texts: Sequence[GoldText], others: Sequence[GoldText]) -> str:
    return make_key(
        spacy.__version__,
        means.record.fingerprint,
        hash_file(means.config),
        hash_file(means.corpus / "conversion.json"),
        part,
        (means.seed, means.gpu_id, means.max_steps, means.learning, SIZING),
        describe_texts(texts),
        describe_texts(others),
    )


def _file(means: Means, part: Part) -> Path:
    return means.work / f"fold{part.fold}-{part.share:g}.json"
