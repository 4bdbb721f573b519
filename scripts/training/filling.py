"""What the base's entities of a shared label add where the second ner left the text free.

Dev alone says little of it: a few texts. The base was not trained on the annotated texts, so in all
of them its entities are right or wrong as often as anywhere in the annotators' domain; but the
second ner knows those of training by heart. So all annotated texts say how often the base is right,
and how often it is wrong where nobody marked anything; dev says how good the second ner is by
itself, and how much of what the base has right it misses.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..corpora.corpus import get_provenance, read_corpus
from ..evaluation.bootstrap import CountArray, FloatArray, Sampling, f_scores
from ..evaluation.scores import (
    CharSpan,
    LabelCounts,
    count_offsets,
    entity_spans,
    micro_counts,
    missing_ranges,
    without_missing,
)
from .merging import BASE, Scheme


def read_fills(corpus: Path, scheme: Scheme, vocab: Vocab) -> list[LabelCounts]:
    """What the base's entities of shared labels come to, for each annotated text of a corpus.

    corpus: a folder that `rehearse` wrote, gold with the base's words. Positives that are false are
    those that touch no gold entity: others would yield to the second ner's.
    """
    docs = read_corpus(corpus, vocab)
    return [count_fills(doc, scheme) for doc in docs if get_provenance(doc).source == "gold"]


def count_fills(doc: Doc, scheme: Scheme) -> LabelCounts:
    """The same for one text."""
    gold = [span for span in entity_spans(doc) if span.label in scheme.annotated]
    taken = [(span.start, span.end) for span in gold]
    said = [span for span in _said(doc) if span.label in scheme.shared]
    alone = without_missing(said, taken)
    right = [span for span in said if span in gold]
    return count_offsets(gold, [*right, *alone], missing_ranges(doc))


def _said(doc: Doc) -> Iterator[CharSpan]:
    for span in doc.spans[BASE]:
        yield CharSpan(span.start_char, span.end_char, span.label_)


def count_array(texts: Iterable[LabelCounts], label: str) -> CountArray:
    """Counts of a label: [texts, 3]."""
    rows = [micro_counts(counts, {label}) for counts in texts]
    counts = [(row.true_positives, row.false_positives, row.false_negatives) for row in rows]
    return np.array(counts, dtype=np.int64).reshape(-1, 3)


def gain_of_dropping(
    kept: CountArray, dropped: CountArray, base: CountArray, train: CountArray, sampling: Sampling
) -> float:
    """By how much F (0 to 1) surely rises when the base's entities of a label are left out.

    kept, dropped, base: counts of each dev text with these entities, without them, and of these
    entities themselves, [texts, 3]. train: of these in the annotated training texts. Returns the
    one-sided lower bound of a bootstrap over texts, of dev and of training each by themselves.
    """
    random = np.random.default_rng(sampling.seed)
    dev = _draw(np.hstack([kept, dropped, base]), sampling.resamples, random)
    both = dev[:, 6:] + _draw(train, sampling.resamples, random)
    with_them, alone = dev[:, :3], dev[:, 3:6]
    # Half a span of doubt: none of a few that were missed is no proof that none ever is.
    missed = (with_them[:, 0] - alone[:, 0] + 0.5) / (dev[:, 6] + 1)
    scale = _spans(alone) / np.maximum(_spans(both), 1)  # to the spans of dev
    right = np.minimum(both[:, 0] * missed * scale, alone[:, 2])
    wrong = both[:, 1] * scale
    filled = alone + np.stack([right, wrong, -right], axis=-1)
    return float(np.quantile(f_scores(alone) - f_scores(filled), 1 - sampling.level))


def _spans(counts: FloatArray) -> FloatArray:
    return np.asarray(counts[:, 0] + counts[:, 2])


def _draw(rows: CountArray, times: int, random: np.random.Generator) -> FloatArray:
    """Sums of as many texts as there are, drawn with replacement: [times, columns]."""
    if not len(rows):
        return np.zeros((times, rows.shape[1]))
    unique, number = np.unique(rows, axis=0, return_counts=True)
    draws = random.multinomial(len(rows), number / len(rows), size=times)
    return np.asarray(draws @ unique, dtype=np.float64)
