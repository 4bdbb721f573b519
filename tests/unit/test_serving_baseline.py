"""A Hugging Face model served through spaCy."""

import importlib.util
from pathlib import Path

import pytest

from scripts.project.errors import UserError
from scripts.serving.baseline import NEEDED, wrap_baseline
from scripts.serving.loading import found_labels, load_for_prediction
from scripts.serving.predicting import find
from tests.small_transformers import write_classifier

INSTALLED = all(importlib.util.find_spec(module) for module in NEEDED)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model with made-up weights that takes each `paris` for a place."""
    if not INSTALLED:
        pytest.skip("needs requirements-transformers.txt")
    return write_classifier(tmp_path / "bert")


def test_its_entities_are_code_points_in_short_and_long_texts(model: Path, tmp_path: Path) -> None:
    folder = wrap_baseline(str(model), tmp_path / "models")
    nlp = load_for_prediction(folder)
    assert found_labels(nlp) == {"labels": ["LOC"]}
    texts = ["\N{HERB} in Paris", "", " ", "x " * 500 + "Paris"]
    found = [[span[:3] for span in one.found] for one in find(nlp, texts)]
    assert found == [[(5, 10, "LOC")], [], [], [(1000, 1005, "LOC")]]


def test_what_is_no_model_is_an_error_of_two_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be loaded|not installed"):
        wrap_baseline(str(tmp_path), tmp_path / "models")
