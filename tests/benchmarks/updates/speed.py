"""How fast an update is beside its base."""

import statistics
import time
from collections.abc import Sequence

from spacy.language import Language

from scripts.evaluation.predictions import take_words

from .results import Speed

WORDS = 5000
ROUNDS = 5


def measure_speed(
    base: Language,
    update: Language,
    base_ner: Language,
    update_ner: Language,
    unseen: Sequence[str],
) -> Speed:
    """Speed on unseen general text. *_ner: the same pipelines, nothing else enabled."""
    texts = take_words(base, unseen, WORDS)
    words = sum(len(base.make_doc(text)) for text in texts)
    ner = take_turns(base_ner, update_ner, texts)
    whole = take_turns(base, update, texts)
    return Speed(words, *_rates(ner, words), *_rates(whole, words))


def take_turns(base: Language, update: Language, texts: Sequence[str]) -> list[tuple[float, float]]:
    """Seconds of both in each round, after one that warms up.

    They take turns, so that what else the machine does slows both down.
    """
    rounds = [(seconds(base, texts), seconds(update, texts)) for _ in range(ROUNDS + 1)]
    return rounds[1:]


def seconds(nlp: Language, texts: Sequence[str]) -> float:
    """CPU time of one pass over the texts: other processes have less of a say in it."""
    start = time.process_time()
    for _ in nlp.pipe(texts):
        pass
    return max(time.process_time() - start, 1e-9)


def _rates(rounds: list[tuple[float, float]], words: int) -> tuple[float, float, float]:
    """Words per second of base and update, and the ratio: each a median over the rounds."""
    return (
        round(statistics.median(words / base for base, _ in rounds), 1),
        round(statistics.median(words / update for _, update in rounds), 1),
        round(statistics.median(base / update for base, update in rounds), 4),
    )
