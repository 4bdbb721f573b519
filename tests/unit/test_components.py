"""What a packaged pipeline carries: entities of shared labels are the second ner's alone."""

import pickle
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from scripts.components import DropEntities, MarkEntities

TEXT = "Rose waters Basil in Kew"


def add_entities(doc: Doc, *entities: tuple[int, str]) -> Doc:
    """One-token entities where there are none yet, as a later ner adds them."""
    taken = {ent.start for ent in doc.ents}
    added = [Span(doc, i, i + 1, label) for i, label in entities if i not in taken]
    doc.ents = [*doc.ents, *added]
    return doc


def found(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_what_the_base_adds_of_shared_labels_is_dropped_and_the_rest_kept() -> None:
    mark, drop = MarkEntities("second"), DropEntities(frozenset({"PERSON"}), "second")
    doc = add_entities(spacy.blank("en").make_doc(TEXT), (0, "PERSON"))
    doc = drop(add_entities(mark(doc), (0, "GPE"), (2, "PERSON"), (4, "GPE")))
    assert found(doc) == [("Rose", "PERSON"), ("Kew", "GPE")]
    assert "second" not in doc.spans


def test_without_a_mark_all_entities_of_the_labels_are_dropped() -> None:
    doc = add_entities(spacy.blank("en").make_doc(TEXT), (0, "PERSON"), (4, "GPE"))
    assert found(DropEntities(frozenset({"PERSON"}), "second")(doc)) == [("Kew", "GPE")]


def test_they_are_saved_with_the_pipeline_and_travel_between_processes(tmp_path: Path) -> None:
    nlp: Language = spacy.blank("en")
    nlp.add_pipe("mark_entities_v1", config={"group": "g"})
    nlp.add_pipe("drop_entities_v1", config={"labels": ["PERSON"], "group": "g"})
    nlp.to_disk(tmp_path)
    drop = spacy.load(tmp_path).get_pipe("drop_entities_v1")
    assert drop == DropEntities(frozenset({"PERSON"}), "g")
    assert pickle.loads(pickle.dumps(drop)) == drop  # noqa: S301
