"""Texts to annotate next: those of which the update is least certain, and unlike each other.

Uncertain ones alone are often many of a kind. So they are taken one by one, each time the one with
the most uncertainty times unlikeness to all that were taken: maximal marginal relevance (Carbonell
and Goldstein, SIGIR 1998), as a product. Texts are alike by the cosine of their words' tf-idf.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spacy.language import Language

from ..corpora.sampling import Rules, Sample, merge
from ..corpora.splits import normalise
from ..label_studio.confidence import Judged, judge
from ..project.progress import track
from .records import Marked, Wanted

NEXT = 50  # texts that are proposed
MOST = 5000  # texts that are looked at, those with the smallest hashes
DOUBT = 0.05  # a text with less is not worth a person's time
_POOL = 10  # times as many uncertain texts as are proposed

Vector = dict[str, float]


class Waiting(NamedTuple):
    """A text that nobody has annotated. tasks: none for a raw text."""

    tasks: list[int | str]
    hash: str
    text: str


def sample(texts: Iterable[Waiting]) -> list[Waiting]:
    """The texts with the smallest hashes. texts: of the project, where each text stands once."""
    return heapq.nsmallest(MOST, texts, key=lambda one: one.hash)


def sample_raw(texts: Iterable[str], used: frozenset[str]) -> list[Waiting]:
    """The raw texts with the smallest hashes, each text once.

    used: hashes of texts that are annotated, or that the update was trained on: those with the
    smallest hashes, too. None is of those by which it is judged.
    """
    found = Sample(Rules({"train": MOST, "dev": 0, "test": 0}, used))
    found.add(texts)
    return [Waiting([], *raw) for raw in merge(found.texts("train"), MOST)]


def choose_next(nlp: Language, texts: Sequence[Waiting], labels: Sequence[str]) -> list[Wanted]:
    """The texts to annotate next, the best to begin with first. nlp: finds entities.

    labels: those whose doubts count.
    """
    judged = judge(nlp, (one.text for one in texts), set(labels))
    said = list(track(judged, "looking for texts to annotate", len(texts)))
    doubts = [1 - one.certainty for one in said]
    uncertainty = [doubt if doubt >= DOUBT else 0.0 for doubt in doubts]
    chosen = choose_unlike([one.text for one in texts], uncertainty, NEXT)
    return [_wanted(texts[place], said[place]) for place in chosen]


def choose_unlike(texts: Sequence[str], worth: Sequence[float], count: int) -> list[int]:
    """Positions of texts of much worth that are unlike each other, in the order of the choice.

    Texts of no worth, and copies of chosen ones, are never chosen.
    """
    order = sorted(range(len(texts)), key=lambda place: -worth[place])[: _POOL * count]
    vectors = dict(zip(order, weigh_words([texts[place] for place in order]), strict=True))
    likeness = dict.fromkeys(order, 0.0)
    chosen: list[int] = []
    while len(chosen) < count and likeness:
        best = max(likeness, key=lambda place: worth[place] * (1 - likeness[place]))
        if worth[best] * (1 - likeness[best]) <= 1e-6:
            break
        chosen.append(best)
        del likeness[best]
        for place in likeness:
            likeness[place] = max(likeness[place], _cosine(vectors[best], vectors[place]))
    return chosen


def weigh_words(texts: Sequence[str]) -> list[Vector]:
    """The words of each text by tf-idf, of length 1."""
    counts = [Counter(normalise(text).split()) for text in texts]
    documents = Counter(word for count in counts for word in count)
    vectors = []
    for count in counts:
        weights = {
            word: often * math.log((1 + len(texts)) / documents[word])
            for word, often in count.items()
        }
        length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        vectors.append({word: weight / length for word, weight in weights.items()})
    return vectors


def _cosine(first: Vector, second: Vector) -> float:
    small, large = sorted((first, second), key=len)
    return sum(weight * large.get(word, 0.0) for word, weight in small.items())


def _wanted(one: Waiting, judged: Judged) -> Wanted:
    found = [Marked(f.start, f.end, f.label, f.score or 0.0) for f in judged.found]
    return Wanted(one.tasks, one.hash, one.text, round(judged.certainty, 4), found)
