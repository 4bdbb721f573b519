"""Pipelines on the dev set, whole and put together: by what strategies and doses are compared.

`spacy train` scores a checkpoint with the components of its config; here the pipeline is scored
that would be packaged, by the same scorer, and what it does to general text is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ..corpora.corpus import bare_copy, get_provenance, read_corpus
from ..evaluation.bootstrap import CountArray, Interval, Sampling, bound_difference, bound_f
from ..evaluation.comparison import map_labels, retained_label_map, sort_labels
from ..evaluation.held_out import RetainedGold
from ..evaluation.scores import (
    CharSpan,
    count_offsets,
    entity_spans,
    micro_counts,
)
from ..functions import create_scorer
from ..project.progress import track
from .merging import BASE, Scheme
from .pipelines import entity_components, find_recognizers, load_pipeline
from .records import DevScores

DEV = ("merged/dev", "rehearsal/dev", "replay/dev")


@dataclass(frozen=True)
class DevSet:
    """Texts of dev with what is known about them, and gold for retained labels, if there is any."""

    docs: list[Doc]
    gold: RetainedGold | None
    base: Path
    scheme: Scheme


def read_dev(corpus: Path, gold: RetainedGold | None, base: Path, scheme: Scheme) -> DevSet:
    """The dev set of a folder of corpora. base: folder of the base."""
    vocab = Vocab()
    docs = [doc for path in DEV for doc in read_corpus(corpus / path, vocab)]
    return DevSet(docs, gold, base, scheme)


def score_pipeline(nlp: Language, dev: DevSet, sampling: Sampling) -> DevScores:
    """Score a pipeline, which has nothing enabled but what finds entities, on dev."""
    found = find_spans(nlp, dev)
    scores = score_examples(dev, found)
    raw = [
        (doc, spans)
        for doc, spans in zip(dev.docs, found, strict=True)
        if get_provenance(doc).source == "raw"
    ]
    words = sum(len(doc) for doc, _ in raw)
    alarms = sum(span.label_ in dev.scheme.new for _, spans in raw for span in spans.ents)
    gold_f, change = judge_gold(nlp, dev, sampling)
    return DevScores(
        **{name: 100 * score for name, score in scores.items()},
        false_alarms=1000 * alarms / words if words else 0.0,
        agreement=_agreement(raw, dev.scheme, sampling),
        retained_gold_f=gold_f,
        retained_gold=change,
    )


def score_examples(dev: DevSet, found: Sequence[Doc]) -> dict[str, float]:
    """The scores by which checkpoints are chosen, 0 to 1: update_score, annotated_f, retained_f."""
    pairs = zip(found, dev.docs, strict=True)
    return create_scorer(dev.scheme)([Example(predicted, doc) for predicted, doc in pairs])


def find_spans(nlp: Language, dev: DevSet) -> list[Doc]:
    """The texts of dev as the pipeline annotates them, with their own tokens."""
    bare = (bare_copy(doc, nlp.vocab) for doc in dev.docs)
    return list(track(nlp.pipe(bare), "scoring on dev", len(dev.docs)))


def judge_gold(
    nlp: Language, dev: DevSet, sampling: Sampling
) -> tuple[float | None, Interval | None]:
    """F on gold for retained labels, in percent, and its change against the base, in points."""
    seen = {span.label for one in dev.gold.references for span in one.spans} if dev.gold else set()
    if dev.gold is None or not _judged_labels(seen, dev):
        return None, None
    base = load_entities_only(dev.base)
    labels = sort_labels(sorted(dev.scheme.base), sorted(dev.scheme.annotated))
    label_map, _ = retained_label_map(seen, labels, dev.gold.label_map)
    kept = sorted(set(label_map.values()))
    texts = [one.text for one in dev.gold.references]

    def count(pipeline: Language) -> CountArray:
        spans = map_labels([entity_spans(doc) for doc in pipeline.pipe(texts)], label_map)
        pairs = zip(dev.gold.references, spans, strict=True) if dev.gold else ()
        return _counts([(one.spans, found, one.missing) for one, found in pairs], kept)

    after = count(nlp)
    change = bound_difference(count(base), after, sampling)
    return bound_f(after, sampling).value * 100, change.times(100)


def _judged_labels(seen: set[str], dev: DevSet) -> set[str]:
    """Of the labels seen in the gold, those that stand for retained labels alone.

    A tenth of a small gold may have none, which is no mistake of anybody's.
    """
    names = dev.gold.label_map if dev.gold else None
    whole = names if names is not None else {label: label for label in dev.scheme.base}
    annotated = {whole[label] for label in dev.scheme.annotated if label in whole}
    return seen & {whole[label] for label in dev.scheme.retained if label in whole} - annotated


def load_entities_only(folder: Path) -> Language:
    """A pipeline with nothing enabled but what finds entities."""
    nlp = load_pipeline(folder)
    nlp.select_pipes(enable=entity_components(nlp, find_recognizers(nlp)))
    return nlp


def _agreement(raw: list[tuple[Doc, Doc]], scheme: Scheme, sampling: Sampling) -> Interval | None:
    triples = [(_char_spans(doc), entity_spans(found), ()) for doc, found in raw]
    counts = _counts(triples, sorted(scheme.retained))
    if not counts[:, [0, 2]].sum():
        return None
    return bound_f(counts, sampling).times(100)


def _char_spans(doc: Doc) -> list[CharSpan]:
    return [CharSpan(s.start_char, s.end_char, s.label_) for s in doc.spans[BASE]]


def _counts(
    texts: Sequence[tuple[Sequence[CharSpan], Sequence[CharSpan], Sequence[tuple[int, int]]]],
    labels: Sequence[str],
) -> CountArray:
    """Counts of some labels together: [texts, 3]. texts: gold, found and missing of each."""
    rows = [micro_counts(count_offsets(gold, found, miss), labels) for gold, found, miss in texts]
    counts = [(row.true_positives, row.false_positives, row.false_negatives) for row in rows]
    return np.array(counts, dtype=np.int64).reshape(-1, 3)
