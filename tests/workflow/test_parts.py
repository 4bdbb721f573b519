"""Several components at once: entities and classes from one export, in one wheel."""

import json
import signal
from pathlib import Path

import pytest
import srsly

from scripts.evaluation.records import Evaluation, read_record
from scripts.release.released import read_released
from scripts.training.finding import pipeline_folder
from scripts.training.pipelines import load_pipeline
from tests.small_components import (
    NEW,
    TOPICS,
    choices,
    sentences,
    write_raw,
)
from tests.small_exports import annotation, spanned, task
from tests.small_parts import PARTS, SIZES, make_base, things

from .conftest import Done, Project, copy_project
from .test_interrupt import TRAINS, nobody_is_left, start, wait_until

pytestmark = pytest.mark.slow
WORKFLOWS = srsly.read_yaml("project.yml")["workflows"]
STEPS, OF_A_PART = WORKFLOWS["all"], WORKFLOWS["part"]


def write_export(path: Path, number: int) -> None:
    """Sentences with their topic as a choice, and its words as regions."""
    tasks = []
    for i, (text, topic) in enumerate(sentences(1, number, NEW), 1):
        regions = [spanned(text, word, "THING", name=word) for word in things(text, topic)]
        tasks.append(task(i, text, annotation(choices(topic), *regions)))
    path.write_text(json.dumps(tasks), encoding="utf8")


def prepare(project: Project) -> dict[str, object]:
    """The inputs of a run; returns its vars."""
    assets = project.folder / "assets"
    make_base().to_disk(assets / "base")
    write_export(assets / "both.json", 150)
    write_raw(assets / "raw.txt", 500)
    srsly.write_yaml(assets / "parts.yml", PARTS)
    return {
        "parts": "assets/parts.yml",
        "base_model": "assets/base",
        "export": "assets/both.json",
        "raw_text": "assets/raw.txt",
        **SIZES,
    }


def run_killed(project: Project, folder: Path, values: dict[str, object]) -> list[str]:
    """Run all parts, killed when the specialist of the second trains; returns what has run."""
    running = start(project, "parts", folder, values)
    try:
        wait_until(lambda: TRAINS in running.output.partition("part 2 of 2")[2], running, 900)
        assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    finally:
        nobody_is_left(running)
    return Done(0, running.output).ran


def test_entities_and_classes_come_into_one_wheel(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    values = prepare(project)
    assert [*OF_A_PART, "verify"] == STEPS
    stands = STEPS.index("specialist")
    assert run_killed(project, tmp_path, values) == ["parts", *OF_A_PART, *STEPS[: stands + 1]]
    done = project.run("parts", **values)
    assert done.status == 0, done.output
    assert done.ran == ["parts", "inputs", "inputs", *STEPS[stands:]]
    (wheel,) = project.folder.glob("packages/*/dist/*.whl")
    assert wheel.name == "en_both-0.1.0-py3-none-any.whl"
    told = srsly.read_json(project.folder / "training/parts.json")
    assert [(one["component"], one["verdict"]) for one in told][1] == ("textcat", "pass")

    runs = project.folder / "training/parts"
    kept = read_record(runs / "2-textcat/training/evaluation.json", Evaluation).agreement
    assert kept.micro["retained"].specialist.f < kept.micro["retained"].update.f
    check_answers(runs)
    check_documents(wheel)
    again = project.run("parts", **values)
    assert again.status == 0, again.output
    assert again.ran == ["parts", "inputs", "inputs"]


def check_documents(wheel: Path) -> None:
    """The wheel tells of both parts."""
    meta = read_released(wheel).meta
    (first,) = meta["lineage"]["earlier"]
    assert (first["recipe"]["vars"]["component"], first["base"]["name"]) == ("ner", "en_both")
    assert first["labels"]["annotated"] == ["THING"]
    assert meta["description"] == (
        "en_both 1.0.0, updated several times: ner (THING), textcat (GARDEN, MONEY)."
    )
    assert {"ents_f", "cats_f"} <= set(meta["performance"])
    with pipeline_folder(str(wheel), name="", version="") as folder:
        card = (folder / "README.md").read_text(encoding="utf8")
        changelog = (folder / "CHANGELOG.md").read_text(encoding="utf8")
    for told in ("| 1 | ner | `THING` |", "| 2 | textcat | `GARDEN`, `MONEY` |"):
        assert told in card
    assert "## Update 1: ner" in card
    assert "## en_both_part1 0.1.0" in changelog


def check_answers(runs: Path) -> None:
    """The last update finds the entities of the first, and the topics."""
    first = load_pipeline(runs / "1-ner/training/update/model-best")
    whole = load_pipeline(runs / "2-textcat/training/update/model-best")
    assert {*first.pipe_names} < {*whole.pipe_names}
    found = {"THING": 0, "topic": 0}
    for text, topic in sentences(9, 40, NEW):
        doc = whole(text)
        assert [(e.start, e.label_) for e in doc.ents] == [
            (e.start, e.label_) for e in first(text).ents
        ]
        things = {e.text for e in doc.ents if e.label_ == "THING"}
        found["THING"] += things == {word.text for word in doc if word.text in TOPICS[topic]}
        found["topic"] += max(doc.cats, key=lambda label: doc.cats[label]) == topic
    assert min(found.values()) > 30, found
