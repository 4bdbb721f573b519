"""Vars: what is allowed, and what an error says."""

import pytest
import srsly

from scripts.project.errors import UserError
from scripts.project.settings import (
    RULES,
    check_names,
    parse_settings,
    parse_value,
    project_vars,
)


def project_values() -> dict[str, str]:
    """The vars of project.yml as they stand in a command's script: as text, None as `null`."""
    block = srsly.read_yaml("project.yml")["vars"]
    return {name: "null" if value is None else str(value) for name, value in block.items()}


def test_project_yml_and_rules_name_the_same_vars() -> None:
    assert sorted(project_values()) == sorted(RULES)
    settings = parse_settings(project_values())
    assert settings["export"] == "assets/demo/export.json"
    assert settings["raw_text"] is None
    assert settings["max_rejected"] == 0.05


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("strategy", "magic"),
        ("version", "0.1"),
        ("version", "1.2.3.4"),
        ("version", "01.2.3"),
        ("name", "my-model"),
        ("name", "1model"),
        ("name", "model_"),
        ("name", "_"),
        ("seed", "-1"),
        ("seed", "one"),
        ("max_rejected", "2"),
        ("max_rejected", "nan"),
        ("lang", "English"),
        ("on_inconclusive", "maybe"),
    ],
)
def test_impossible_values_are_errors_that_say_what_is_allowed(name: str, text: str) -> None:
    with pytest.raises(UserError) as error:
        parse_value(name, text)
    assert f"vars.{name}" in error.value.fact
    assert repr(text) in error.value.fact
    assert RULES[name].allowed in error.value.remedy


def test_a_parser_is_refused_with_the_reason_and_what_to_do_instead() -> None:
    with pytest.raises(UserError, match="relations cannot teach one") as error:
        parse_value("component", "parser")
    assert "CoNLL-U" in error.value.remedy
    assert parse_value("component", "ner") == "ner"


def test_a_misspelt_var_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UserError, match="exprot") as error:
        check_names(["exprot"])
    assert "Did you mean export?" in error.value.remedy


def test_a_lacking_var_is_an_error() -> None:
    values = project_values()
    del values["seed"]
    with pytest.raises(UserError, match="seed"):
        parse_settings(values)


def test_vars_block_is_required() -> None:
    from pathlib import Path

    with pytest.raises(UserError, match="no vars"):
        project_vars({"title": "x"}, Path("project.yml"))
