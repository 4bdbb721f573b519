"""Entities. Their conversion, rehearsal and training are not those of the other components."""

from collections.abc import Sequence

from spacy.tokens import Doc

from ..evaluation.scores import entity_spans, missing_ranges
from .kind import Claims, Kind, Words


def write(doc: Doc, claims: Claims, labels: Sequence[str]) -> None:
    """Raises TypeError: entities are written by `conversion.gold` and `training.merging`."""
    raise TypeError("entities are written by conversion.gold and training.merging")


NER = Kind(
    words=Words(
        answer="entity",
        answers="entities",
        span="span",
        spans="spans",
        right="An entity is right when its start, its end and its label are.",
        task="NER",
        hub="token-classification",
        show="[(ent.text, ent.label_) for ent in doc.ents]",
    ),
    component="ner",
    factories=("ner", "beam_ner"),
    results="labels",
    companions=("hold_entities_v1", "merge_entities_v1"),
    scores="ents",
    exclusive=True,
    borders=True,
    read=entity_spans,
    unknown=missing_ranges,
    write=write,
    teaches=lambda doc: True,
    # A beam says that: `label_studio.confidence`.
    score=lambda doc, entity: None,
    certainty=lambda doc, labels: 1.0,
)
