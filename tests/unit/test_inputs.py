"""Which part of the retained gold tests, and which chooses."""

from typing import Any

import pytest

from scripts.inputs import prepare_choice

GOLD = {"retained_gold": {"paths": ["gold.jsonl"]}, "retained_gold_map": None}


def prepared(strategy: str, retained_test: str) -> dict[str, Any]:
    settings = {
        "strategy": strategy,
        "retained_test": retained_test,
        "config": None,
        "max_loss": 1.0,
        "min_agreement": 98.5,
    }
    inputs: dict[str, Any] = {"retained_gold": dict(GOLD)}
    prepare_choice(inputs, settings)
    return inputs


@pytest.mark.parametrize(
    ("strategy", "retained_test", "part"),
    [("double", "all", None), ("double", "rest", "rest"), ("auto", "all", "rest")],
)
def test_what_was_chosen_by_does_not_test(
    strategy: str, retained_test: str, part: str | None
) -> None:
    inputs = prepared(strategy, retained_test)
    assert inputs["retained_gold"].get("part") == part
    # A sweep chooses by the same texts, whatever tests.
    assert inputs["dev_gold"] == GOLD | {"part": "dev"}


def test_only_auto_chooses_in_a_run() -> None:
    assert prepared("double", "rest")["choice"] == {}
    assert prepared("auto", "all")["choice"]["part"] == "dev"
