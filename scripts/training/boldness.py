"""How bold a second ner is: how far its action O, "outside", is held back.

A few annotated texts stand against many raw texts in which nearly everything is outside for a
second ner, and it learns just that: from 50 sentences of BC5CDR F is 11 in the place of the
specialist's 29, without one false alarm (docs/experiments.md, "A few corrections"). It ranks the
actions better than it decides. So the bias of O is lowered by as many nats as general text allows:
as long as false alarms stay rare beside the specialist's, and what the base finds stays. Where dev
has gold enough to choose a checkpoint by, that has found the balance.

After bias correction for shifted classes: Saerens et al. 2002, "Adjusting the outputs of a
classifier to new a priori probabilities".
"""

from collections.abc import Sequence
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.corpus import MIN_DEV_SPANS, read_corpus
from ..evaluation.scores import add_counts, micro_counts
from .actions import hold_back_outside
from .merging import SPECIALIST, Scheme
from .records import BoldnessTrial
from .shared_labels import count_labels, with_base

NATS = tuple(range(0, 15, 2))
ALARMS = 1 / 20  # of the specialist's false alarms on the same text
MAX_LOSS = 0.005  # of agreement with the base there (F, 0 to 1)


def try_boldness(nlp: Language, second: str, corpus: Path, scheme: Scheme) -> list[BoldnessTrial]:
    """Which steps raw text allows, the one to take last; nothing where dev has gold enough.

    nlp: the update; its second ner is run, and changed. corpus: folder with gold/dev and
    rehearsal/dev, where both teachers have said what they find.
    """
    raw = list(read_corpus(corpus / "rehearsal" / "dev", nlp.vocab))
    gold = list(read_corpus(corpus / "gold" / "dev", nlp.vocab))
    if sum(len(doc.ents) for doc in gold) >= MIN_DEV_SPANS or not raw:
        return []
    alarms = sum(count_new(doc, scheme) for doc in raw)
    said = [with_base(doc) for doc in raw]
    tried: list[BoldnessTrial] = []
    for nats in NATS:
        if tried:
            hold_back_outside(nlp.get_pipe(second), nats - tried[-1].nats)
        general, own = (add_counts(count_labels(nlp, texts)) for texts in (said, gold))
        trial = BoldnessTrial(
            nats=nats,
            false_alarms=micro_counts(general, scheme.new).false_positives,
            specialist=alarms,
            agreement=100 * micro_counts(general, scheme.base).f,
            gold=100 * micro_counts(own, scheme.annotated).f,
        )
        if tried and not is_allowed(trial, tried[0]):
            return [trial, *tried]
        tried.append(trial)
    return tried


def is_allowed(trial: BoldnessTrial, first: BoldnessTrial) -> bool:
    """Whether raw text still looks as it shall, and the few of gold, too. first: as trained."""
    rare = trial.false_alarms <= max(first.false_alarms, ALARMS * trial.specialist)
    kept = trial.agreement >= first.agreement - 100 * MAX_LOSS
    return rare and kept and trial.gold >= first.gold


def count_new(doc: Doc, scheme: Scheme) -> int:
    """What the specialist finds of new labels in a raw text, most of it wrong."""
    return sum(span.label_ in scheme.new for span in doc.spans[SPECIALIST])


def taken(tried: Sequence[BoldnessTrial]) -> int:
    """The nats that are taken."""
    return tried[-1].nats if tried else 0
