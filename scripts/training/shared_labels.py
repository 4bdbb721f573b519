"""Labels that base and annotators share: whose word counts, beside a second ner.

The base's own entities of a shared label fill what the second ner left free, and the second ner's
yield to the base's of other labels. Both keep the base as it was; both may stand in the way of what
annotators corrected. Their gold decides, and what happens to the base's word on raw text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from ..beside import read_labels, write_labels
from ..corpora.corpus import MIN_DEV_SPANS, bare_copy, read_corpus
from ..evaluation.bootstrap import Sampling
from ..evaluation.scores import LabelCounts, add_counts, count_spans, micro_counts
from .filling import count_array, gain_of_dropping, read_fills
from .merging import BASE, Scheme
from .pipelines import MERGE, entity_components, find_recognizers
from .records import SharedTrial

# Of agreement with the base on raw text (F, 0 to 1), for one that wins: as much as the gate lets
# a kept score lose.
MAX_LOSS = 0.01


@dataclass(frozen=True)
class Merging:
    """Settings of `components.MergeEntities` that dev decides. dropped: sorted."""

    dropped: list[str]
    wins: bool


@dataclass(frozen=True)
class Decided:
    """gold: counts of each text with gold. raw: of the base's retained entities in raw text."""

    merging: Merging
    gold: list[LabelCounts]
    raw: LabelCounts


def settle_shared_labels(nlp: Language, corpus: Path, scheme: Scheme) -> list[Decided]:
    """Choose by dev what the update's merging component does.

    nlp: the update, with a second ner; it is run, and changed. corpus: folder with gold/dev,
    merged and rehearsal/dev. Returns all that was tried, the chosen one last; nothing where no
    label is shared.
    """
    if not scheme.shared or not find_merging(nlp):
        return []
    gold = list(read_corpus(corpus / "gold" / "dev", nlp.vocab))
    raw = [with_base(doc) for doc in read_corpus(corpus / "rehearsal" / "dev", nlp.vocab)]
    merged = corpus / "merged"
    fills = Fills(*(read_fills(merged / split, scheme, nlp.vocab) for split in ("dev", "train")))
    config = nlp.get_pipe_config(find_merging(nlp)[0])
    already = sorted(read_labels(config["dropped"]))
    tried: list[Decided] = []

    def decide(merging: Merging) -> Decided:
        known = [one for one in tried if one.merging == merging]
        if not known:
            set_merging(nlp, merging)
            counts = count_labels(nlp, gold), add_counts(count_labels(nlp, raw))
            known = [Decided(merging, *counts)]
            tried.extend(known)
        return known[0]

    def with_dropped(wins: bool) -> Decided:
        kept = decide(Merging(already, wins))
        all_dropped = decide(Merging(sorted({*already, *scheme.shared}), wins))
        chosen = better_dropped(kept.gold, all_dropped.gold, fills, scheme.shared)
        return decide(Merging(sorted({*already, *chosen}), wins)) if chosen else kept

    decided = with_dropped(wins=False)
    if config["held_first"]:  # with precedence "base" the base's entities stay, whatever dev says
        winning = with_dropped(wins=True)
        decided = winning if is_better(winning, decided, scheme) else decided
    return [*(one for one in tried if one is not decided), decided]


def describe_trials(tried: Sequence[Decided], scheme: Scheme) -> list[SharedTrial]:
    """What stands in `training/strategy.json` of the ways that were tried, the chosen one last."""
    return [
        SharedTrial(
            dropped=one.merging.dropped,
            wins=one.merging.wins,
            shared_f=100 * micro_counts(add_counts(one.gold), scheme.shared).f,
            retained_f=100 * micro_counts(one.raw, scheme.retained).f,
            taken=one is tried[-1],
        )
        for one in tried
    ]


def find_merging(nlp: Language) -> list[str]:
    """The name of the component that puts held entities back, if there is one."""
    return [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == MERGE]


@dataclass(frozen=True)
class Fills:
    """What the base's entities of shared labels come to in annotated texts, counts of each text."""

    dev: list[LabelCounts]
    train: list[LabelCounts]


def better_dropped(
    kept: Sequence[LabelCounts],
    dropped: Sequence[LabelCounts],
    fills: Fills,
    labels: Iterable[str],
) -> list[str]:
    """The labels, sorted, whose F is higher when they are dropped, beyond what chance explains.

    kept, dropped: counts of each dev text. What the base alone finds in other texts is lost with a
    label, so that a gain which a few texts more could turn is not enough: its lower bound must be
    above 0.
    """
    chosen = []
    for label in sorted(labels):
        with_them, alone, base, train = (
            count_array(texts, label) for texts in (kept, dropped, fills.dev, fills.train)
        )
        enough = int(with_them[:, [0, 2]].sum()) >= MIN_DEV_SPANS
        if enough and gain_of_dropping(with_them, alone, base, train, Sampling()) > 0:
            chosen.append(label)
    return chosen


def is_better(winning: Decided, yielding: Decided, scheme: Scheme) -> bool:
    """Whether a second ner that wins gains on gold and costs the base next to nothing on raw text.

    Never with too few spans to say so.
    """
    gained, before = (
        micro_counts(add_counts(one.gold), scheme.shared) for one in (winning, yielding)
    )
    kept, wanted = (micro_counts(one.raw, scheme.retained) for one in (winning, yielding))
    known = before.support >= MIN_DEV_SPANS and wanted.support >= MIN_DEV_SPANS
    return known and gained.f > before.f and kept.f >= wanted.f - MAX_LOSS


def set_merging(nlp: Language, merging: Merging) -> None:
    """Give a pipeline's merging component other settings."""
    (name,) = find_merging(nlp)
    config = nlp.get_pipe_config(name)
    settings = {key: config[key] for key in ("labels", "held_first", "group")}
    chosen = {"dropped": write_labels(merging.dropped), "wins": merging.wins}
    nlp.replace_pipe(name, MERGE, config={**settings, **chosen})


def count_labels(nlp: Language, known: Sequence[Doc]) -> list[LabelCounts]:
    """Counts of each label against what is known of some texts, for each text."""
    bare = (bare_copy(doc, nlp.vocab) for doc in known)
    with nlp.select_pipes(enable=entity_components(nlp, find_recognizers(nlp))):
        pairs = zip(known, nlp.pipe(bare), strict=True)
        return [count_spans(reference, found) for reference, found in pairs]


def with_base(doc: Doc) -> Doc:
    """A raw text with the base's entities, and nothing else."""
    doc.set_ents(list(doc.spans[BASE]), default="outside")
    return doc
