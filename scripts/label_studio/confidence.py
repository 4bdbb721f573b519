"""How sure a pipeline is of each answer, and of a text as a whole.

The greedy parse of a spaCy ner says nothing of that. A beam search over the same model keeps the
best parses and their probabilities (spaCy: `EntityRecognizer.beam_parse`,
`BiluoPushDown.get_beam_parses`); the share of those in which an entity stands is its score. What
other components say has scores of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from ..beside import read_labels
from ..kinds.kind import Kind
from ..kinds.ner import NER
from ..training.pipelines import MERGE, RECOGNIZERS
from .regions import Found, other_answers

BEAM_WIDTH = 16
BEAM_DENSITY = 0.0001  # parses less probable than this share of the best are dropped
BATCH = 32  # texts

Key = tuple[int, int, str]  # tokens, the end excluded, and label


class Judged(NamedTuple):
    """The answers for a text, with scores.

    certainty: how sure the pipeline is of its least certain decision, 0 to 1: of an entity that
        it gives, of leaving out one that a beam holds, or of a class. Low where a person helps
        most.
    """

    found: list[Found]
    certainty: float


def judge(
    nlp: Language, texts: Iterable[str], labels: Collection[str], kinds: Sequence[Kind] = (NER,)
) -> Iterator[Judged]:
    """The answers for texts with scores, in order; they are those that `nlp.pipe` gives.

    labels: the model's labels that matter; doubts about others do not count for certainty.
    kinds: of the components whose answers are wanted; entities are given anyway.

    Components run one after another. An entity has the score that the recognizer gives it which
    puts it in, of two the surer one's: a second ner takes entities that are there for certain, so
    its own scores say nothing of them. What rules or other components put in has no score.
    """
    for batch in minibatch(texts, BATCH):
        docs = [nlp.make_doc(text) for text in batch]
        beliefs: list[dict[Key, float]] = [{} for _ in docs]
        for name, component in nlp.pipeline:
            is_recognizer = nlp.get_pipe_meta(name).factory in RECOGNIZERS
            there = [_keys(doc) for doc in docs]
            beams = list(score_spans(component, docs)) if is_recognizer else []
            run = getattr(component, "pipe", None)
            docs = list(run(docs)) if run else [component(doc) for doc in docs]
            if is_recognizer:
                ignored = _dropped_behind(nlp, name)
                for doc, old, beam, belief in zip(docs, there, beams, beliefs, strict=True):
                    # What no parse of the beam holds is as good as guessed.
                    new = dict.fromkeys(_keys(doc), 0.0) | beam
                    for key, score in new.items():
                        if key not in old and key[2] not in ignored:
                            belief[key] = max(score, belief.get(key, 0.0))
        yield from (_judged(*one, labels, kinds) for one in zip(docs, beliefs, strict=True))


def score_spans(component: Any, docs: list[Doc]) -> Iterator[dict[Key, float]]:
    """For each Doc what stands in a recognizer's beam, and the share of the probability of it."""
    filled = [doc for doc in docs if len(doc)]
    beams = component.beam_parse(filled, beam_width=BEAM_WIDTH, beam_density=BEAM_DENSITY)
    scored = iter(component.scored_ents(beams))
    for doc in docs:
        found = next(scored) if len(doc) else {}
        yield {key: min(float(score), 1.0) for key, score in found.items()}


def _dropped_behind(nlp: Language, name: str) -> set[str]:
    """Labels whose entities a later component of ours removes if this recognizer puts them in."""
    dropped: set[str] = set()
    for later in nlp.pipe_names[nlp.pipe_names.index(name) + 1 :]:
        config = nlp.get_pipe_config(later)
        if config["factory"] == MERGE and config["group"] != name:
            dropped |= {*read_labels(config["dropped"])}
    return dropped


def _keys(doc: Doc) -> set[Key]:
    return {(ent.start, ent.end, ent.label_) for ent in doc.ents}


def _judged(
    doc: Doc, belief: dict[Key, float], labels: Collection[str], kinds: Sequence[Kind]
) -> Judged:
    given = _keys(doc)
    sure = [
        score if key in given else 1.0 - score for key, score in belief.items() if key[2] in labels
    ]
    sure += [kind.certainty(doc, labels) for kind in kinds]
    found = [
        Found(ent.start_char, ent.end_char, ent.label_, belief.get(key))
        for ent in doc.ents
        if (key := (ent.start, ent.end, ent.label_))
    ]
    return Judged([*found, *other_answers(doc, kinds)], max(min(sure, default=1.0), 0.0))
