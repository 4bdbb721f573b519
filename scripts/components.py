"""Pipeline components that a packaged pipeline needs. It carries this file: import spaCy only."""

from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc


@dataclass(frozen=True)
class MarkEntities:
    """Notes the entities that a Doc has so far, for `DropEntities` later in the pipeline."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[self.group] = list(doc.ents)
        return doc


@dataclass(frozen=True)
class DropEntities:
    """Removes the entities with some labels, but for those that were marked.

    The annotators' word counts for labels that the base knows, too: what the base's ner adds of
    them to the second ner's is mostly what the annotators had corrected.
    """

    labels: frozenset[str]
    group: str

    def __call__(self, doc: Doc) -> Doc:
        marked = {(s.start, s.end, s.label) for s in doc.spans.pop(self.group, ())}
        dropped = [
            ent
            for ent in doc.ents
            if ent.label_ in self.labels and (ent.start, ent.end, ent.label) not in marked
        ]
        if dropped:
            doc.ents = [ent for ent in doc.ents if ent not in dropped]
        return doc


# The versions in the names let pipelines of different ages be loaded side by side.
@Language.factory("mark_entities_v1", default_config={"group": "ner_update"})
def create_mark_entities(nlp: Language, name: str, group: str) -> MarkEntities:
    """group: the span group that keeps the entities until they are compared."""
    return MarkEntities(group)


@Language.factory("drop_entities_v1", default_config={"labels": [], "group": "ner_update"})
def create_drop_entities(nlp: Language, name: str, labels: list[str], group: str) -> DropEntities:
    """labels: those to drop. group: the span group of `mark_entities_v1`, if it stands before."""
    return DropEntities(frozenset(labels), group)
