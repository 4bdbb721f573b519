"""Each label: how often it was annotated, and how well it is learnt."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.bootstrap import Interval, Sampling, bound_percent, f_scores
from .folds import GoldText
from .learning_curve import WORTH, count_texts, resample
from .records import LabelUse
from .trainings import Outcome

FEW_SPANS = 50  # under which F is hardly known: the gate's `min_label_spans`
RARE = 0.1  # of the most frequent label's spans


def describe_labels(
    gold: Sequence[GoldText], outcomes: Sequence[Outcome], labels: Sequence[str], sampling: Sampling
) -> list[LabelUse]:
    """All labels, the rarest first."""
    folds = np.array([text.fold for text in gold])
    spans = Counter(ent.label_ for text in gold for ent in text.doc.ents)
    most = max(spans.values(), default=0)
    found = [_describe(gold, outcomes, label, folds, most, sampling) for label in labels]
    return sorted(found, key=lambda use: (use.spans, use.label))


def _describe(
    gold: Sequence[GoldText],
    outcomes: Sequence[Outcome],
    label: str,
    folds: NDArray[Any],
    most: int,
    sampling: Sampling,
) -> LabelUse:
    ents = [[ent for ent in text.doc.ents if ent.label_ == label] for text in gold]
    counts = count_texts(gold, outcomes, [label])
    whole, draws = f_scores(counts.sum(axis=0)), resample(counts, folds, sampling)
    last = bound_percent(whole[-1] - whole[-2], draws[:, -1] - draws[:, -2], sampling)
    spans = sum(map(len, ents))
    return LabelUse(
        label=label,
        spans=spans,
        texts=sum(map(bool, ents)),
        forms=len({ent.text.lower() for some in ents for ent in some}),
        f=bound_percent(whole[-1], draws[:, -1], sampling),
        last=last,
        remark=_remark(spans, most, last),
    )


def _remark(spans: int, most: int, last: Interval) -> str:
    if not spans:
        return "nobody has annotated it"
    said = []
    if spans < FEW_SPANS:
        said.append(f"under {FEW_SPANS} spans: too few to know how well it is learnt")
    if spans < RARE * most:
        said.append(f"under a tenth of the most frequent label's {most:,} spans")
    if last.lower >= WORTH:
        said.append("still gains by more texts")
    return "; ".join(said)
