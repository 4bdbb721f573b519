"""Labels that base and annotators share: whether what the base adds of them stands.

Beside a second ner the base's own entities of a shared label fill what the second one left free.
That helps where the annotators' texts are few, and harms where they took away what the base finds.
Their gold in dev decides, label by label.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.corpus import MIN_DEV_SPANS, read_corpus
from ..evaluation.scores import LabelCounts, add_counts, count_spans, micro_counts
from .pipelines import MERGE, entity_components, find_recognizers


def settle_shared_labels(nlp: Language, dev: Path, labels: Collection[str]) -> list[str]:
    """Let the update drop what the base adds of some shared labels; returns which, sorted.

    nlp: the update, with a second ner. dev: folder of the gold that decides. labels: those that may
    be dropped. A label with fewer than MIN_DEV_SPANS gold spans is left as it is.
    """
    names = [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == MERGE]
    if not names or not labels:
        return []
    (name,) = names
    gold = list(read_corpus(dev, nlp.vocab))
    already = nlp.get_pipe_config(name)["dropped"]
    kept = count_labels(nlp, gold)
    drop_labels(nlp, name, [*already, *labels])
    chosen = better_dropped(kept, count_labels(nlp, gold), labels)
    drop_labels(nlp, name, [*already, *chosen])
    return chosen


def better_dropped(
    kept: LabelCounts, dropped: LabelCounts, labels: Iterable[str], least: int = MIN_DEV_SPANS
) -> list[str]:
    """The labels, sorted, whose F is higher when they are dropped, with enough gold to say so."""
    chosen = []
    for label in sorted(labels):
        before, after = micro_counts(kept, {label}), micro_counts(dropped, {label})
        if before.support >= least and after.f > before.f:
            chosen.append(label)
    return chosen


def drop_labels(nlp: Language, name: str, labels: Iterable[str]) -> None:
    """Set the labels that a pipeline's merging component drops."""
    config = nlp.get_pipe_config(name)
    settings = {key: config[key] for key in ("labels", "held_first", "group")}
    nlp.replace_pipe(name, MERGE, config={**settings, "dropped": sorted(set(labels))})


def count_labels(nlp: Language, gold: Sequence[Doc]) -> LabelCounts:
    """Counts of each label on gold."""
    bare = (
        Doc(nlp.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
        for doc in gold
    )
    with nlp.select_pipes(enable=entity_components(nlp, find_recognizers(nlp))):
        pairs = zip(gold, nlp.pipe(bare), strict=True)
        return add_counts(count_spans(reference, found) for reference, found in pairs)
