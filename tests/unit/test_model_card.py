"""The model card: what it must tell, and what it must not."""

from typing import Any

import pytest
import srsly

from scripts.evaluation.records import Evaluation
from scripts.release.model_card import Card, Data, Recipe, licence, write_card
from tests.evidence import BASE, decision, evaluation, evaluation_with_gold

META: dict[str, Any] = {
    "lang": "en",
    "name": "drugs",
    "version": "1.2.3",
    "description": "Finds drugs.",
    "license": "MIT",
    "author": "Ada",
    "spacy_version": ">=3.8.18,<3.9.0",
    "pipeline": ["ner_update", "ner"],
    "sources": [{"name": "en_base 2.0.0", "license": "MIT"}],
}


def card(of: Evaluation, **meta: str) -> Card:
    """A card on an evaluation, with some of the meta replaced."""
    data = Data("d" * 64, {"train": 1400, "dev": 200, "test": 400})
    return Card(META | meta, BASE, data, Recipe("double", 7), of, decision(of))


def front_matter(text: str) -> dict[str, Any]:
    """The YAML between the first two lines of dashes."""
    _, matter, _ = text.split("---\n", 2)
    return dict(srsly.yaml_loads(matter))


def test_front_matter_is_what_the_hub_reads() -> None:
    matter = front_matter(write_card(card(evaluation())))
    assert matter["tags"] == ["spacy", "token-classification"]
    assert matter["language"] == ["en"]
    assert matter["license"] == "mit"
    (model,) = matter["model-index"]
    assert model["name"] == "en_drugs"
    (result,) = model["results"]
    assert result["task"]["type"] == "token-classification"
    assert {metric["type"]: metric["value"] for metric in result["metrics"]} == {
        "precision": 0.812,
        "recall": 0.812,
        "f_score": 0.812,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MIT", {"license": "mit"}),
        ("CC BY-SA 4.0", {"license": "cc-by-sa-4.0"}),
        ("GPL-3.0", {"license": "gpl-3.0"}),
        ("", {"license": "other", "license_name": "unknown"}),
        ("Our own: ask", {"license": "other", "license_name": "our-own:-ask"}),
    ],
)
def test_licence(name: str, expected: dict[str, str]) -> None:
    assert licence(name) == expected


def test_gain_and_loss_with_bounds() -> None:
    text = write_card(card(evaluation_with_gold(69.8)))
    assert "| `DRUG` | 120 | 0.0 | 81.2 (80.7 to 81.7) | +81.2 (+80.7 to +81.7) |" in text
    assert "| `ORG` | 500 | 70.0 | 69.8 (69.3 to 70.3) | -0.2 (-0.7 to +0.3) |" in text
    assert "Retention, F / F of the base: 0.997" in text
    assert "In 10,000 words of general text this pipeline finds 0.50" in text


def test_verdict_with_its_warnings() -> None:
    passing = write_card(card(evaluation_with_gold(69.8)))
    assert "## Release gate: pass" in passing
    inconclusive = evaluation()
    inconclusive.agreement.micro["retained"] = inconclusive.gold.micro["new"]
    text = write_card(card(inconclusive))
    assert "## Release gate: inconclusive" in text
    assert "- Warning: No gold for the retained labels" in text


def test_accuracy_that_was_not_measured_is_a_limit() -> None:
    words = "their accuracy was not measured"
    assert words in write_card(card(evaluation()))
    assert words not in write_card(card(evaluation_with_gold(70)))


def test_how_to_use_and_to_make_again() -> None:
    text = write_card(card(evaluation(), name="many__words"))
    assert "pip install en_many_words-1.2.3-py3-none-any.whl" in text
    assert 'spacy.load("en_many__words")' in text
    assert "--vars.strategy double --vars.seed 7" in text
    assert "d" * 64 in text and "b" * 64 in text  # noqa: PT018


def test_strange_labels_break_neither_table_nor_page() -> None:
    strange = evaluation(label="A|B<script>`x`")
    text = write_card(card(strange))
    assert "| `A\\|B<script>'x'` | 120 |" in text
    outside_of_code = "".join(text.split("`")[0::2])
    assert "<script>" not in outside_of_code
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(line.endswith(" |") for line in rows)


def test_description_of_several_lines_stays_in_its_place() -> None:
    lines = write_card(card(evaluation(), author="Ada\n| Bo |")).splitlines()
    assert "| Author | Ada \\| Bo \\| |" in lines
