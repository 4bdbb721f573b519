"""Other names for labels of the base: it finds the same as before, and nothing else changes."""

from pathlib import Path

import pytest
import spacy

from scripts.base import rename
from scripts.project.errors import UserError
from scripts.training.pipelines import describe_base
from scripts.training.renaming import check_names, read_names, rename_base
from tests.small_ners import learn, train_ner

TEXT = "Rose picks basil in Rome and thyme in Bonn ."
SPANS = [(0, 4, "PER"), (11, 16, "creative-work"), (20, 24, "LOC"), (38, 42, "LOC")]
# PER moves behind LOC and ZOO before it in spaCy's order of actions; two change places.
NAMES = {"PER": "ZOO", "creative-work": "PER", "LOC": "A-B"}


def renamed(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    return [(start, end, NAMES.get(label, label)) for start, end, label in spans]


@pytest.mark.parametrize("use_upper", [True, False])
def test_the_same_is_found_by_other_names(use_upper: bool, tmp_path: Path) -> None:
    nlp = train_ner(TEXT, SPANS, use_upper=use_upper)
    rename_base(nlp, NAMES)
    nlp.to_disk(tmp_path)
    for one in (nlp, spacy.load(tmp_path)):
        found = [(ent.start_char, ent.end_char, ent.label_) for ent in one(TEXT).ents]
        assert found == renamed(SPANS)
        assert set(one.get_pipe("ner").labels) == {"ZOO", "PER", "A-B"}


def test_it_is_trained_further_by_the_new_names() -> None:
    nlp = train_ner(TEXT, SPANS)
    rename_base(nlp, NAMES)
    nlp.get_pipe("ner").add_label("PLANT")
    learn(nlp, TEXT, [*renamed(SPANS), (29, 34, "PLANT")])
    assert [ent.label_ for ent in nlp(TEXT).ents] == ["ZOO", "PER", "A-B", "PLANT", "A-B"]


def test_components_of_ours_beside_it_know_the_new_names(tmp_path: Path) -> None:
    nlp = train_ner(TEXT, SPANS)
    nlp.add_pipe("merge_entities_v1", config={"labels": ["PER", "LOC"], "dropped": ["LOC"]})
    rename_base(nlp, {"PER": "PERSON"})
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.get_pipe("merge_entities_v1").labels == {"PERSON", "LOC"}
    assert loaded.get_pipe("merge_entities_v1").dropped == {"LOC"}


def test_another_component_with_an_old_name_is_an_error() -> None:
    nlp = train_ner(TEXT, SPANS)
    ruler = nlp.add_pipe("entity_ruler", name="towns")
    ruler.add_patterns([{"label": "LOC", "pattern": "Rome"}])
    with pytest.raises(UserError, match="The base's towns finds LOC, too"):
        rename_base(nlp, {"LOC": "PLACE"})
    rename_base(nlp, {"PER": "PERSON"})
    assert "PERSON" in nlp.get_pipe("ner").labels


def test_unknown_labels_and_names_that_are_taken_are_errors() -> None:
    with pytest.raises(UserError, match="labels that the base has not: PERSON"):
        check_names({"PERSON": "PER"}, ["PER", "LOC"])
    with pytest.raises(UserError, match="are called LOC"):
        check_names({"GPE": "LOC"}, ["GPE", "LOC"])
    check_names({"PER": "LOC", "LOC": "PER"}, ["PER", "LOC"])


@pytest.mark.parametrize("content", ["- PER\n", "PER: null\n", "PER: [", "1: PERSON\n", ""])
def test_a_file_of_another_shape_is_an_error(content: str, tmp_path: Path) -> None:
    path = tmp_path / "map.yml"
    path.write_text(content)
    with pytest.raises(UserError, match=r"map\.yml"):
        read_names(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "map.yml"
    path.write_text("PER: PERSON\n")
    assert read_names(path) == {"PER": "PERSON"}


def test_the_base_in_a_folder_has_the_new_names(tmp_path: Path) -> None:
    train_ner(TEXT, SPANS).to_disk(tmp_path / "base")
    path = tmp_path / "map.yml"
    path.write_text("LOC: PLACE\n")
    rename(tmp_path / "base", path, place="base")
    base = describe_base(spacy.load(tmp_path / "base"), tmp_path / "base", "base")
    assert base.labels == ["PER", "PLACE", "creative-work"]
