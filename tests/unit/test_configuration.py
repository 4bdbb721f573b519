"""A labelling configuration for the labels of a pipeline."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.conversion.label_config import parse_label_config
from scripts.conversion.label_map import Target
from scripts.conversion.label_studio_json import Tags
from scripts.label_studio.configuration import colour, name_labels, write_label_config
from scripts.project.errors import UserError


def test_it_is_read_back_as_it_was_meant() -> None:
    labels = ["PLANT", 'a "quoted" <label> & more', "Wörter 🌱", "two\nlines"]
    config = parse_label_config(write_label_config(labels, Tags("kinds", "words", "body")), "x")
    assert [label.name for label in config.labels] == labels
    assert (config.from_name, config.to_name, config.text_field) == ("kinds", "words", "body")


def test_labels_that_xml_cannot_hold_are_refused() -> None:
    with pytest.raises(UserError, match="no labelling configuration"):
        write_label_config(["PLANT", "\x00"])


def test_each_label_has_a_colour_of_its_own() -> None:
    found = re.findall(
        r'background="(#[0-9a-f]{6})"', write_label_config([f"L{i}" for i in range(40)])
    )
    assert len(set(found)) == 40
    assert found[7] == colour(7)


@given(st.integers(0, 500))
def test_white_text_can_be_read_on_every_colour(number: int) -> None:
    red, green, blue = (int(colour(number)[i : i + 2], 16) for i in (1, 3, 5))
    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 200


def test_annotators_see_the_names_of_the_map() -> None:
    targets = {"Person": Target("PER"), "People": Target("PER"), "Unsure": Target(None)}
    assert name_labels(["PER", "LOC"], targets) == ["Person", "People", "LOC"]
    assert name_labels(["PER", "LOC"], None) == ["PER", "LOC"]
