"""From a Doc to results of Label Studio."""

import pytest
import spacy
from spacy.tokens import Doc, Span

from scripts.conversion.label_config import parse_label_config
from scripts.conversion.label_map import LabelMap, Target
from scripts.label_studio.regions import (
    Found,
    Labelling,
    entities,
    find_labelling,
    task_text,
    write_regions,
)
from scripts.project.errors import UserError

XML = """<View>
  <Labels name="kinds" toName="words">
    <Label value="Person"/><Label value="LOC" predicted_values="GPE, FAC"/><Label value="Unsure"/>
  </Labels>
  <Text name="words" value="$data.words"/>
</View>"""
CONFIG = parse_label_config(XML, "the test")
TEXT = "🌱👩‍🌾 Ada\r\nmet 𝒳 in Rome."


def labelling(targets: dict[str, Target] | None, *model: str) -> Labelling:
    return find_labelling(CONFIG, LabelMap(targets, CONFIG.labels), model)


def doc_of(*ents: tuple[str, str]) -> Doc:
    doc = spacy.blank("en")(TEXT)
    found: list[Span] = []
    for part, label in ents:
        start = TEXT.index(part)
        span = doc.char_span(start, start + len(part), label)
        assert span is not None
        found.append(span)
    doc.set_ents(found)
    return doc


def test_offsets_count_code_points_behind_emoji_and_line_ends() -> None:
    doc = doc_of(("Ada", "Person"), ("Rome", "LOC"))
    first, second = write_regions(doc.text, entities(doc), labelling(None, "Person", "LOC"))
    assert first["value"] == {"start": 5, "end": 8, "text": "Ada", "labels": ["Person"]}
    assert second["value"]["start"] == TEXT.index("Rome") == 19
    assert (first["from_name"], first["to_name"], first["type"]) == ("kinds", "words", "labels")
    assert first["origin"] == "prediction"
    assert first["id"] != second["id"]
    assert "score" not in first


def test_a_score_stands_in_the_region() -> None:
    (one,) = write_regions(TEXT, [Found(5, 8, "Person", 0.123456)], labelling(None, "Person"))
    assert one["score"] == 0.1235


def test_without_a_map_a_label_goes_by_its_name_or_by_predicted_values() -> None:
    found = labelling(None, "Person", "LOC", "GPE", "FAC", "DATE")
    assert found.labels == {"Person": "Person", "LOC": "LOC", "GPE": "LOC", "FAC": "LOC"}
    assert found.tags == ("kinds", "words", "data.words")


def test_labels_that_the_configuration_lacks_are_left_out() -> None:
    doc = doc_of(("Ada", "DATE"), ("Rome", "GPE"))
    (one,) = write_regions(doc.text, entities(doc), labelling(None, "DATE", "GPE"))
    assert one["value"]["labels"] == ["LOC"]


def test_the_map_is_followed_backwards() -> None:
    targets = {"Person": Target("PERSON"), "GPE": Target("PLACE"), "Unsure": Target(None)}
    found = labelling(targets, "PERSON", "PLACE", "LOC", "FAC", "Unsure", "Person")
    assert found.labels == {"PERSON": "Person", "PLACE": "LOC", "FAC": "LOC"}


def test_of_several_labels_for_one_the_best_ranked_comes_back() -> None:
    ranked = {"Person": Target("X", 2), "LOC": Target("X", 1), "Unsure": Target("X")}
    assert labelling(ranked, "X").labels == {"X": "LOC"}
    plain = {"LOC": Target("X"), "Person": Target("X")}
    assert labelling(plain, "X").labels == {"X": "Person"}


def test_a_hypertext_tag_is_refused() -> None:
    config = CONFIG._replace(html=True)
    with pytest.raises(UserError, match="HyperText"):
        find_labelling(config, LabelMap(None, config.labels), ["LOC"])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"words": "a"}, None),
        ({"data": {"words": "a"}}, "a"),
        ({"data.words": "a"}, "a"),
        ({"data": {"words": 3}}, None),
        ({"data": "a"}, None),
        (None, None),
        ([], None),
    ],
)
def test_the_text_of_a_task(data: object, text: str | None) -> None:
    assert task_text({"data": data}, "data.words") == text
