"""A pipeline that several updates made: which of them it tells of, and what its card says."""

import json
from dataclasses import asdict, replace
from typing import Any

import msgspec
import pytest
import srsly

from scripts.evaluation.records import Evaluation
from scripts.package import find_earlier
from scripts.release.earlier import choose_earlier
from scripts.release.lineage import Lineage
from scripts.release.meta import describe
from scripts.release.model_card import Card, write_card
from scripts.release.tracing import trace
from tests.evidence import BASE, decision, evaluation, evaluation_with_gold, inputs, run
from tests.small_wheels import small_meta


def update(component: str, *labels: str, earlier: list[Lineage] | None = None) -> Lineage:
    """The lineage of an update of a component by some labels."""
    of = evaluation_with_gold(69.8)
    made = inputs()
    made["vars"]["component"] = component
    told = trace(replace(run(of), inputs=made, earlier=earlier or []))
    return replace(told, labels=told.labels | {"annotated": list(labels), "new": list(labels)})


FIRST = update("ner", "DRUG")
SECOND = update("textcat", "GARDEN", "MONEY", earlier=[FIRST])


def chosen(before: Lineage, component: str, learnt: str, present: str) -> list[str]:
    """The components of the earlier updates that are told of. learnt, present: labels."""
    found = choose_earlier(
        before, component=component, learnt=learnt.split(), present=present.split()
    )
    assert not any(one.earlier for one in found)
    return [f"{one.kind.component} {' '.join(one.learnt)}" for one in found]


def test_updates_of_other_components_stay_told() -> None:
    everything = "DRUG GARDEN MONEY NOUN"
    assert chosen(SECOND, "tagger", "NOUN", everything) == ["ner DRUG", "textcat GARDEN MONEY"]


@pytest.mark.parametrize(
    ("component", "learnt", "told"),
    [
        ("ner", "DRUG", ["textcat GARDEN MONEY"]),  # as rounds of updates do
        ("ner", "DRUG DOSE", ["textcat GARDEN MONEY"]),
        ("ner", "DOSE", ["ner DRUG", "textcat GARDEN MONEY"]),
        ("textcat", "GARDEN MONEY", ["ner DRUG"]),
        ("tagger", "DRUG", ["ner DRUG", "textcat GARDEN MONEY"]),
    ],
)
def test_what_the_same_component_has_learnt_again_is_told_by_the_last(
    component: str, learnt: str, told: list[str]
) -> None:
    assert chosen(SECOND, component, learnt, "DRUG DOSE GARDEN MONEY") == told


def test_labels_that_are_gone_are_not_told_of() -> None:
    assert chosen(SECOND, "tagger", "NOUN", "NOUN GARDEN MONEY") == ["textcat GARDEN MONEY"]


def judged(component: str) -> Evaluation:
    return replace(evaluation(label="GARDEN"), component=component)


def test_a_base_of_ours_tells_of_its_update() -> None:
    labels = {"ner_update": ["DRUG"], "textcat": ["GARDEN"]}
    (found,) = find_earlier(small_meta(), judged("textcat"), labels)
    assert found == msgspec.convert(small_meta()["lineage"], Lineage)
    assert find_earlier({"name": "core_web_sm"}, judged("textcat"), labels) == []


def test_a_base_that_tells_otherwise_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert find_earlier({"lineage": {"by": "hand"}}, judged("ner"), {}) == []
    assert "cannot be read" in capsys.readouterr().out


def test_a_lineage_comes_back_out_of_meta_with_all_updates() -> None:
    told = json.loads(json.dumps(asdict(SECOND)))
    assert msgspec.convert(told, Lineage) == SECOND


def card(lineage: Lineage) -> str:
    of = evaluation_with_gold(69.8)
    meta: dict[str, Any] = small_meta()
    return write_card(Card(meta, BASE, lineage, of, decision(of)))


def test_a_card_has_a_section_for_each_update() -> None:
    text = card(SECOND)
    overview = text[text.index("## Updates") : text.index("## Labels")]
    scores = "81.2 (80.7 to 81.7) | F 69.8 (69.3 to 70.3) | pass |"
    assert "stand behind them.\n\n|  | component |" in overview
    assert f"| 1 | ner | `DRUG` | 2,000 | {scores}" in overview
    assert f"| 2 | textcat | `GARDEN`, `MONEY` | 2,000 | {scores}" in overview
    first = text[text.index("## Update 1: ner") : text.index("## How to use")]
    assert "Base: en_base 2.0.0. No later update changed that component." in first
    assert "| `ORG` | 500 | 70.0 | 69.8 (69.3 to 70.3) | -0.2 (-0.7 to +0.3) |" in first
    assert "### Release gate: pass" in first
    assert "| retained labels | pass |" in first
    assert "2,200 tasks, 2,000 of them annotated (30 without any entity)" in first
    assert "| seeds | training 7, evaluation 0 |" in first
    assert "print(doc.cats)" in text
    assert "for ent in doc.ents" in text
    assert "## Update 2" not in text  # the sections before are about it
    matter = srsly.yaml_loads(text.split("---\n", 2)[1])
    assert matter["tags"] == ["spacy", "token-classification", "text-classification"]
    names = [one["task"]["name"] for one in matter["model-index"][0]["results"]]
    assert names[0] == "NER"
    assert names[len(names) // 2] == "TEXTCAT"


def test_a_card_says_which_update_went_on_with_a_component() -> None:
    again = update("ner", "DOSE", earlier=[FIRST, replace(SECOND, earlier=[])])
    text = card(again)
    assert "Update 3 went on with that component" in text
    assert text.count("No later update changed that component.") == 1
    matter = srsly.yaml_loads(text.split("---\n", 2)[1])
    names = [one["task"]["name"] for one in matter["model-index"][0]["results"]]
    assert names.count("NER") == names.count("TEXTCAT") == 1


def test_a_card_of_one_update_has_no_list_of_them() -> None:
    text = card(FIRST)
    assert "## Updates" not in text
    assert "## Update 1" not in text


def test_the_description_names_all_that_was_learnt() -> None:
    assert describe(BASE, SECOND) == (
        "en_base 2.0.0, updated several times: ner (DRUG), textcat (GARDEN, MONEY)."
    )
    nothing = replace(FIRST, base=replace(FIRST.base, kind="blank", source="blank:en"))
    assert describe(BASE, update("textcat", "GARDEN", earlier=[nothing])).startswith("blank:en, ")
