"""The model card: what it must tell, and what it must not."""

from dataclasses import replace
from typing import Any

import pytest
import srsly

from scripts.evaluation.records import Evaluation
from scripts.release.front_matter import licence
from scripts.release.model_card import Card, write_card
from tests.evidence import BASE, decision, evaluation, evaluation_with_gold, lineage

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
    return Card(META | meta, BASE, lineage(of), of, decision(of))


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
    assert [result["task"]["name"] for result in model["results"]] == ["NER", "NER, new labels"]
    for result in model["results"]:
        assert result["task"]["type"] == "token-classification"
        assert {metric["type"]: metric["value"] for metric in result["metrics"]} == {
            "precision": 0.812,
            "recall": 0.812,
            "f_score": 0.812,
        }


def test_limits_name_the_labels_without_gold() -> None:
    some = evaluation_with_gold(69.8)
    assert some.retained_gold
    told = "There was no gold for `DATE`, `LAW`"
    assert told not in write_card(card(some))
    fewer = replace(some, retained_gold=replace(some.retained_gold, untested=["DATE", "LAW"]))
    assert told in write_card(card(fewer))


def test_front_matter_has_the_retained_labels_where_there_is_gold() -> None:
    (model,) = front_matter(write_card(card(evaluation_with_gold(69.8))))["model-index"]
    last = model["results"][-1]
    assert last["task"]["name"] == "NER, retained labels"
    assert last["dataset"]["name"] == "Retained gold"
    assert [metric["value"] for metric in last["metrics"]] == [0.698] * 3


def test_huggingface_hub_reads_the_front_matter() -> None:
    hub = pytest.importorskip("huggingface_hub", reason="pip install -r requirements-publish.txt")
    text = write_card(card(evaluation_with_gold(69.8)))
    data = hub.ModelCard(text).data
    assert data.model_name == "en_drugs"
    results = {(one.task_name, one.metric_type): one.metric_value for one in data.eval_results}
    assert results["NER, retained labels", "f_score"] == 0.698
    assert (data.library_name, data.license, data.language) == ("spacy", "mit", ["en"])


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
    assert "--vars.pipeline en_many_words-1.2.3-py3-none-any.whl" in text


def test_where_it_comes_from() -> None:
    text = write_card(card(evaluation()))
    assert "2,200 tasks, 2,000 of them annotated (30 without any entity)" in text
    assert "1,400 train, 200 dev, 400 test" in text
    assert "| `DRUG` | 40 | 70.0 | 70.0 |" in text  # pairs of 30 and 10 spans: 0.8 and 0.4
    assert "100 texts of the export that nobody had annotated" in text
    assert "General text: news.txt; licence: CC-BY-4.0" in text
    assert "| training config | update.cfg, SHA-256 `ccc" in text
    assert "| seeds | training 7, evaluation 0 |" in text
    assert "b" * 64 in text
    assert "/home/ada" not in text
    assert "ada@" not in text


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
