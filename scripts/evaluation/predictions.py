"""What base, specialist and update find in texts, and how fast they are."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ..kinds.kind import Kind
from ..kinds.ner import NER
from ..project.progress import track
from ..training.pipelines import fingerprint, load_pipeline
from .records import PipelineRecord, Speed
from .scores import CharSpan, entity_spans

SPEED_ROUNDS = 5

# What a pipeline finds in each text.
Spans = Sequence[Sequence[CharSpan]]


@dataclass(frozen=True)
class Pipelines:
    """The three pipelines, all components on, what they are, and the component that is judged."""

    base: Language
    specialist: Language
    update: Language
    records: dict[str, PipelineRecord]
    kind: Kind = NER


class Outputs(NamedTuple):
    """What the three pipelines find in the same texts. words: tokens of all texts together."""

    base: Spans
    specialist: Spans
    update: Spans
    words: int


def load_pipelines(base: Path, specialist: Path, update: Path, kind: Kind = NER) -> Pipelines:
    """Load the three. Raises UserError when one cannot be loaded."""
    folders = {"base": base, "specialist": specialist, "update": update}
    loaded = {name: load_pipeline(folder) for name, folder in folders.items()}
    records = {name: describe(nlp, folders[name]) for name, nlp in loaded.items()}
    return Pipelines(**loaded, records=records, kind=kind)


def describe(nlp: Language, folder: Path) -> PipelineRecord:
    """What a pipeline is, without any path of the machine."""
    return PipelineRecord(
        name=f"{nlp.lang}_{nlp.meta['name']}",
        version=nlp.meta["version"],
        spacy_version=spacy.__version__,
        components=nlp.pipe_names,
        fingerprint=fingerprint(folder),
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )


def apply_pipelines(pipelines: Pipelines, texts: Sequence[str], name: str) -> Outputs:
    """What each pipeline finds in the texts, tokenised by itself. name: of the test set."""
    read = pipelines.kind.read
    base, words = find_entities(pipelines.base, texts, f"base, {name}", read)
    specialist, _ = find_entities(pipelines.specialist, texts, f"specialist, {name}", read)
    update, _ = find_entities(pipelines.update, texts, f"update, {name}", read)
    return Outputs(base, specialist, update, words)


def find_entities(
    nlp: Language,
    texts: Sequence[str],
    description: str,
    read: Callable[[Doc], list[CharSpan]] = entity_spans,
) -> tuple[Spans, int]:
    """The entities in each text, or what else `read` finds, and the words of all texts."""
    spans, words = [], 0
    for doc in track(nlp.pipe(texts), description, len(texts)):
        spans.append(read(doc))
        words += len(doc)
    return spans, words


def measure_speed(pipelines: Pipelines, texts: Sequence[str], words: int) -> Speed:
    """Words per second of base and update on the first texts that have so many words.

    The two take turns, so that what else the machine does slows both down; medians are taken of
    five rounds after one that warms up.
    """
    texts = take_words(pipelines.base, texts, words)
    taken = sum(len(pipelines.base.make_doc(text)) for text in texts)
    rounds = [
        (_seconds(pipelines.base, texts), _seconds(pipelines.update, texts))
        for _ in range(SPEED_ROUNDS + 1)
    ][1:]
    return Speed(
        documents=len(texts),
        words=taken,
        rounds=SPEED_ROUNDS,
        base=statistics.median(taken / base for base, _ in rounds),
        update=statistics.median(taken / update for _, update in rounds),
        ratio=statistics.median(base / update for base, update in rounds),
    )


def take_words(nlp: Language, texts: Sequence[str], words: int) -> list[str]:
    """The first texts that have at least so many words together, all when they have fewer."""
    taken: list[str] = []
    for text in texts:
        if words <= 0:
            break
        taken.append(text)
        words -= len(nlp.make_doc(text))
    return taken


def _seconds(nlp: Language, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    for _ in nlp.pipe(texts):
        pass
    return max(time.perf_counter() - start, 1e-9)
