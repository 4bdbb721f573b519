"""All that is known about the annotations, from what the specialists of all folds say."""

from collections.abc import Sequence

import numpy as np
from spacy.tokens import Doc

from ..corpora.corpus import get_provenance
from ..project.units import make_key
from .disagreements import PROBABLE, find_disagreements
from .folds import FOLDS, MAX_WORDS, GoldText, read_gold
from .labels import describe_labels
from .learning_curve import SAMPLING, average_sizes, count_texts, measure_curve
from .records import Insight, Proposal
from .trainings import Means, Outcome, Said


def summarize(
    means: Means, outcomes: Sequence[Outcome], labels: Sequence[str], proposal: Proposal
) -> Insight:
    """Everything but the files for Label Studio. labels: the annotated ones."""
    gold = read_gold(means.corpus)
    folds = np.array([text.fold for text in gold])
    counts = count_texts(gold, outcomes, labels)
    ranked = find_disagreements(pair(gold, outcomes))
    return Insight(
        texts=len(gold),
        folds=FOLDS,
        seed=means.seed,
        model_version=f"insight-{make_key([one.key for one in outcomes])[:8]}",
        seconds=round(sum(one.seconds for one in outcomes), 1),
        warnings=list(_warn(means, gold, outcomes)),
        curve=measure_curve(counts, folds, average_sizes(outcomes), SAMPLING),
        labels=describe_labels(gold, outcomes, labels, SAMPLING),
        probable=sum(one.score >= PROBABLE for one in ranked),
        disagreements=ranked,
        proposal=proposal,
    )


def pair(gold: Sequence[GoldText], outcomes: Sequence[Outcome]) -> list[tuple[Doc, Said]]:
    """Each annotated text with what the specialist says that has not seen it."""
    said = last_word(outcomes)
    return [(text.doc, said[get_provenance(text.doc).hash]) for text in gold]


def last_word(outcomes: Sequence[Outcome]) -> dict[str, Said]:
    """What the specialists of the largest share say, by the hash of the text."""
    return {one.hash: one for outcome in outcomes if outcome.share == 1.0 for one in outcome.said}


def _warn(means: Means, gold: Sequence[GoldText], outcomes: Sequence[Outcome]) -> list[str]:
    warnings = []
    if means.record.former:
        warnings.append(
            "The base is itself an update. If it has seen these annotations, F is too high, the "
            "learning curve too flat, and errors that it has learnt are not found."
        )
    if max(one.words for one in outcomes) >= MAX_WORDS:
        warnings.append(
            f"No specialist was trained on more than {MAX_WORDS:,} words: the learning curve "
            "speaks of that, not of the whole export."
        )
    return warnings
