"""Weights between base and update: rows by action, the share chosen on dev."""

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example

from scripts.project.errors import UserError
from scripts.training.actions import match_actions
from scripts.training.interpolation import (
    Scored,
    action_names,
    best_share,
    pair_parameters,
    place_rows,
    set_share,
)
from tests.small_ners import ner_model


def make_ner(labels: list[str], *, use_upper: bool, seed: int, width: int = 8) -> Language:
    """A tiny ner with random weights, its labels added in the given order."""
    spacy.util.fix_random_seed(seed)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner", config={"model": ner_model(width, use_upper=use_upper)})
    for label in labels:
        ner.add_label(label)
    text, spans = "a b c", [(0, 1, labels[0])]
    example = Example.from_dict(nlp.make_doc(text), {"entities": spans})
    nlp.initialize(lambda: [example])
    for node in ner.model.walk():
        for name in node.param_names:
            shape = node.get_param(name).shape
            node.set_param(name, np.random.default_rng(seed).normal(size=shape).astype("f"))
    return nlp


@pytest.mark.parametrize(("use_upper", "output", "axis"), [(True, "upper", 0), (False, "lower", 1)])
def test_rows_of_the_output_layer_meet_by_the_name_of_their_action(
    use_upper: bool, output: str, axis: int
) -> None:
    base = make_ner(["ORG", "GPE"], use_upper=use_upper, seed=1).get_pipe("ner")
    update = make_ner(["DRUG", "GPE", "ORG"], use_upper=use_upper, seed=2).get_pipe("ner")
    before = update.model.get_ref(output).get_param("W").copy()
    old = base.model.get_ref(output).get_param("W")
    set_share(pair_parameters(base, update), 0.25)
    mixed = update.model.get_ref(output).get_param("W")
    ours, theirs = action_names(update), action_names(base)
    assert {"B-DRUG", "B-GPE", "U-ORG", "O"} < set(ours)
    for row, name in enumerate(ours):
        own = np.take(before, row, axis=axis)
        if name in theirs:
            expected = 0.75 * own + 0.25 * np.take(old, theirs.index(name), axis=axis)
        else:
            expected = own
        np.testing.assert_allclose(np.take(mixed, row, axis=axis), expected, rtol=1e-5)


def test_all_other_parameters_are_mixed_and_a_share_of_0_changes_nothing() -> None:
    base = make_ner(["ORG"], use_upper=True, seed=1).get_pipe("ner")
    update = make_ner(["ORG", "DRUG"], use_upper=True, seed=2).get_pipe("ner")
    pairs = pair_parameters(base, update)
    count = sum(len(node.param_names) for node in update.model.walk())
    assert len(pairs) == count
    set_share(pairs, 0.5)
    for pair in pairs:
        mixed = pair.node.get_param(pair.name)
        np.testing.assert_allclose(mixed, (pair.base + pair.update) / 2, rtol=1e-5)
    set_share(pairs, 0.0)
    for pair in pairs:
        np.testing.assert_array_equal(pair.node.get_param(pair.name), pair.update)


def test_an_update_that_is_built_otherwise_is_refused() -> None:
    base = make_ner(["ORG"], use_upper=False, seed=1).get_pipe("ner")
    update = make_ner(["ORG"], use_upper=True, seed=1).get_pipe("ner")
    with pytest.raises(UserError, match="built otherwise"):
        pair_parameters(base, update)


def test_parameters_of_another_shape_stay_the_update_s() -> None:
    base = make_ner(["ORG"], use_upper=True, seed=1, width=4).get_pipe("ner")
    update = make_ner(["ORG"], use_upper=True, seed=2).get_pipe("ner")
    pairs = pair_parameters(base, update)
    assert pairs
    assert all(pair.base.shape == pair.update.shape for pair in pairs)
    assert "E" not in {pair.name for pair in pairs}


def test_place_rows_and_match_actions() -> None:
    rows = match_actions(["B-A", "O"], ["O", "B-B", "B-A"])
    assert rows == [(0, 1), (2, 0)]
    placed = place_rows(np.zeros((2, 3)), np.array([[1, 2], [3, 4]]), rows, axis=1)
    assert placed.tolist() == [[2, 0, 1], [4, 0, 3]]


def test_of_equal_shares_the_one_nearest_to_the_update_is_taken() -> None:
    tried = [Scored(a, score, 0, 0) for a, score in ((0.0, 1.0), (0.1, 2.0), (0.2, 2.0))]
    assert best_share(tried).alpha == 0.1
