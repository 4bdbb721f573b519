import copy
import inspect
from pathlib import Path
from typing import Any

import pytest
import srsly
from jsonschema import Draft202012Validator

from scripts.evaluation.records import write_record
from scripts.evaluation_schema import SCHEMA, evaluation_schema, main
from tests.evaluations import evaluation

VALIDATOR = Draft202012Validator(evaluation_schema())
RENEW = "renew it: python -m scripts.evaluation_schema"


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Any]:
    """An evaluation as the command writes it."""
    write_record(tmp_path / "evaluation.json", evaluation(negative_text=(3, 1)))
    content: dict[str, Any] = srsly.read_json(tmp_path / "evaluation.json")
    return content


def test_the_documented_schema_is_that_of_the_records() -> None:
    assert srsly.read_json(SCHEMA) == evaluation_schema(), RENEW


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(evaluation_schema())


def test_an_evaluation_is_valid(written: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(written)) == []


@pytest.mark.parametrize("record", ["retained_gold", "negative_text", "retention", "plasticity"])
def test_what_may_be_missing_is_null(written: dict[str, Any], record: str) -> None:
    assert list(VALIDATOR.iter_errors(written | {record: None})) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], 2),
        (["gold"], None),
        (["labels", "new"], "PLANT"),
        (["gold", "reference"], "people"),
        (["gold", "labels", "PLANT", "support"], 1.5),
        (["gold", "labels", "PLANT", "against_base", "lower"], "low"),
        (["gold", "analysis", "update", "errors", "odd"], 1),
        (["gold", "analysis", "update", "matching", "strict"], None),
        (["retention", "value"], None),
    ],
)
def test_something_else_is_not(written: dict[str, Any], path: list[str], value: object) -> None:
    damaged = copy.deepcopy(written)
    part = damaged
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    assert not VALIDATOR.is_valid(damaged)


@pytest.mark.parametrize("field", ["format", "labels", "gold", "agreement", "speed", "seed"])
def test_every_field_is_required(written: dict[str, Any], field: str) -> None:
    del written[field]
    assert not VALIDATOR.is_valid(written)


def test_every_record_is_described() -> None:
    for name, definition in evaluation_schema()["$defs"].items():
        assert definition["description"], name
        assert definition["description"] == inspect.cleandoc(definition["description"])


def test_the_command_writes_it(tmp_path: Path) -> None:
    main(output=tmp_path / "schema.json")
    assert srsly.read_json(tmp_path / "schema.json") == evaluation_schema()
