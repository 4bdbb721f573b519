"""What insight gives to Label Studio: the model's version beside the person's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spacy.tokens import Doc

from scripts.conversion.fields import Wanted
from scripts.conversion.label_studio_json import Tags
from scripts.insights.disagreements import find_disagreements
from scripts.insights.exchange import find_tags, next_tasks, review_tasks, write_files
from scripts.insights.trainings import Outcome, Said
from scripts.label_studio.prepared import read_prepared
from scripts.label_studio.regions import Labelling
from scripts.project.errors import UserError
from tests.small_conversions import Converted, entities
from tests.small_exports import annotation, region, task
from tests.small_insights import gold_doc, insight, said

EMOJI = "👩‍🌾🌱 sows oak and elm in Delft"
OAK, ELM = EMOJI.index("oak"), EMOJI.index("elm")
PLAIN = Labelling(Tags(), {"PLANT": "PLANT", "PEST": "PEST"})
CONFIG = """<View><Labels name="kind" toName="note"><Label value="Plant" predicted_values="PLANT"/>
<Label value="Pest"/></Labels><{tag} name="note" value="$letter"/></View>"""


def review(labelling: Labelling = PLAIN) -> tuple[Doc, Said, dict[str, Any]]:
    """A person has overlooked the elm and called the oak a pest."""
    doc = gold_doc(EMOJI, [(OAK, OAK + 3, "PEST")], task=7)
    answer = said(doc, (OAK, OAK + 3, "PLANT", 0.9), (ELM, ELM + 3, "PLANT", 0.8))
    docs, answers = {answer.hash: doc}, {answer.hash: answer}
    ranked = find_disagreements([(doc, answer)])
    (made,) = review_tasks(ranked, docs, answers, labelling, "insight-1")
    return doc, answer, made


def slices(made: dict[str, Any], regions: list[dict[str, Any]]) -> list[tuple[str, str]]:
    values = [one["value"] for one in regions]
    assert [made["data"]["text"][v["start"] : v["end"]] for v in values] == [
        v["text"] for v in values
    ]
    return [(v["text"], v["labels"][0]) for v in values]


def test_the_model_s_version_stands_beside_the_person_s() -> None:
    _, _, made = review()
    (person,), (model,) = made["annotations"], made["predictions"]
    assert slices(made, person["result"]) == [("oak", "PEST")]
    assert slices(made, model["result"]) == [("oak", "PLANT"), ("elm", "PLANT")]
    assert [one["score"] for one in model["result"]] == [0.9, 0.8]
    assert (model["model_version"], model["score"]) == ("insight-1", 0.95)
    assert made["meta"] == {"tasks": [7], "doubt": 0.95, "kinds": ["label", "overlooked"]}


def test_what_is_imported_for_review_converts_to_the_same_gold(
    run: Callable[..., Converted],
) -> None:
    doc, _, made = review()
    report, docs = run(made | {"id": 1})
    assert entities(docs[EMOJI]) == entities(doc)
    assert report["spans"]["code_points"] == 1
    assert not report["regions"]


def test_files_to_push_name_tasks_of_the_project(tmp_path: Path) -> None:
    doc, answer, _ = review()
    found = insight()
    ranked = find_disagreements([(doc, answer)])
    found = type(found)(**{**found.__dict__, "disagreements": ranked, "probable": len(ranked)})
    outcomes = [Outcome("k", 0, 1.0, 1, 1, 1, 1.0, [answer])]
    write_files(found, {answer.hash: doc}, outcomes, PLAIN, tmp_path)
    errors = read_prepared(tmp_path / "errors_push.json")
    assert errors.model_version == "insight-abc"
    assert [(one.task, one.score, len(one.result)) for one in errors.predictions] == [(7, 0.95, 2)]
    chosen = read_prepared(tmp_path / "next_push.json")
    # A task that Label Studio did not number cannot be pushed to.
    assert [(one.task, one.score) for one in chosen.predictions] == [(8, 0.31)]
    assert chosen.model_version == "up-1.0.0-abc"
    assert len(json.loads((tmp_path / "next_import.json").read_text())) == 1
    with pytest.raises(UserError, match="is no file to push"):
        read_prepared(tmp_path / "errors_import.json")


def test_a_label_that_the_project_lacks_is_left_out() -> None:
    (made,) = next_tasks(insight().proposal.chosen, PLAIN, "v")
    assert made["predictions"][0]["result"] == []


def write(folder: Path, name: str, text: str) -> dict[str, Any]:
    (folder / name).write_text(text, encoding="utf8")
    return {"paths": [str(folder / name)]}


def test_tags_and_labels_come_from_the_configuration(tmp_path: Path) -> None:
    inputs = {
        "label_config": write(tmp_path, "config.xml", CONFIG.format(tag="Text")),
        "label_map": write(tmp_path, "map.yml", "Pest: PEST\n"),
    }
    labelling = find_tags(inputs, ["PEST", "PLANT"], Wanted())
    assert labelling.tags == Tags("kind", "note", "letter")
    assert labelling.labels == {"PEST": "Pest", "PLANT": "Plant"}


def test_without_a_configuration_they_come_from_the_export(tmp_path: Path) -> None:
    letter = {"letter": "oak", "title": "x"}
    tasks = [
        {"id": 1, "data": letter, "annotations": [annotation()]},
        {"id": 2, "data": letter, "annotations": [annotation(region(0, 3, "oak", "P"))]},
    ]
    inputs = {
        "export": write(tmp_path, "export.json", json.dumps(tasks)),
        "label_map": write(
            tmp_path, "map.yml", "Tree: {label: PLANT, rank: 2}\nP: {label: PLANT, rank: 1}\n"
        ),
    }
    labelling = find_tags(inputs, ["PEST", "PLANT"], Wanted())
    assert labelling.tags == Tags("label", "text", "letter")
    assert labelling.labels == {"PEST": "PEST", "PLANT": "P"}


def test_the_map_is_followed_backwards_as_with_a_configuration(tmp_path: Path) -> None:
    export = json.dumps([task(1, "oak", annotation(region(0, 3, "oak", "P")))])
    ranked = "Tree: PLANT\nP: {label: PLANT, rank: 3}\nBug: PEST\nPest: PEST\n"
    inputs = {
        "export": write(tmp_path, "export.json", export),
        "label_map": write(tmp_path, "map.yml", ranked),
    }
    labels = ("Tree", "P", "Bug", "Pest")
    xml = "".join(f'<Label value="{label}"/>' for label in labels)
    config = f'<View><Labels name="a" toName="b">{xml}</Labels><Text name="b" value="$c"/></View>'
    configured = {"label_config": write(tmp_path, "config.xml", config)}
    for given in (inputs, inputs | configured):
        assert find_tags(given, ["PEST", "PLANT"], Wanted()).labels == {"PEST": "Bug", "PLANT": "P"}


def test_html_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    config = write(tmp_path, "config.xml", CONFIG.format(tag="HyperText"))
    with pytest.raises(UserError, match="HyperText"):
        find_tags({"label_config": config}, ["PLANT"], Wanted())


def test_an_export_that_nobody_has_annotated_has_the_usual_tags(tmp_path: Path) -> None:
    inputs = {"export": write(tmp_path, "export.json", json.dumps([task(1, "oak", annotation())]))}
    assert find_tags(inputs, ["PLANT"], Wanted()).tags == Tags()
