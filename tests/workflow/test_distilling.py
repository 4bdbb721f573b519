"""A teacher of another architecture taught to a small ner: from the inputs to a wheel."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly

from scripts.evaluation.records import Evaluation, read_record
from scripts.training.finding import pipeline_folder
from scripts.training.pipelines import fingerprint
from tests.small_teachers import NAMES, make_teacher, sentences, write_plants

from .conftest import OPEN_GATE, Project, copy_project
from .test_languages import run_here

pytestmark = pytest.mark.slow

STEPS = (
    *("inputs", "base", "convert", "version", "specialist", "rehearse", "train"),
    *("evaluate", "report", "gate", "package"),
)
VALUES: dict[str, object] = {
    "base_model": "blank:en",
    "strategy": "distill",
    "teacher": "assets/names",
    "teacher_label_map": "assets/map.yml",
    "raw_text": "assets/raw.txt",
    "name": "student",
    "max_steps": 60,
    "rehearsal_docs": 250,
} | OPEN_GATE


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the project, in which this process works, with a teacher, a map and raw text."""
    project = copy_project(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    make_teacher().to_disk(project.folder / "assets/names")
    srsly.write_yaml(project.folder / "assets/map.yml", {"PER": "PERSON", "MISC": None})
    (project.folder / "assets/raw.txt").write_text("\n".join(sentences(1, 700)), encoding="utf8")
    return project


def evaluation(project: Project) -> Evaluation:
    return read_record(project.folder / "training/evaluation.json", Evaluation)


def test_a_student_learns_from_a_teacher_and_from_annotations(prepared: Project) -> None:
    write_plants(prepared.folder / "assets/plants.json", 150)
    said = {name: run_here(name, VALUES | {"export": "assets/plants.json"}) for name in STEPS}
    assert "Teacher: names 2.0.0" in said["base"]
    assert "have PERSON, the teacher" not in said["convert"]
    assert "said of the teacher names 2.0.0" in said["train"]
    judged = evaluation(prepared)
    assert judged.labels.taught == ["LOC", "PERSON"]
    assert judged.labels.new == ["PLANT"]
    taught = judged.agreement.micro["taught"]
    assert taught.support > 100
    assert taught.update.f > 90
    assert judged.gold.micro["shared"].update.f > 90
    assert judged.pipelines["base"].components == ["ner", "teacher"]
    assert judged.pipelines["update"].components == ["ner"]
    check_wheel(prepared, {"LOC", "PERSON", "PLANT"})


def test_a_student_learns_from_a_teacher_alone(prepared: Project) -> None:
    values = VALUES | {"export": "null"}
    said = {name: run_here(name, values) for name in STEPS}
    assert "the teacher is all that there is to learn from" in said["specialist"]
    judged = evaluation(prepared)
    assert judged.labels.annotated == []
    assert judged.agreement.micro["retained"].update.f > 90
    assert "Taught labels" in (prepared.folder / "training/report.html").read_text("utf8")
    check_wheel(prepared, {"LOC", "PERSON"})
    check_made_again(prepared)


def check_made_again(project: Project) -> None:
    """The same student comes out of the teacher, its map and the text, under other names."""
    inputs = project.folder.parent / "inputs"
    shutil.copytree(project.folder / "assets/names", inputs / "who taught")
    for number, name in enumerate(("raw.txt", "map.yml")):
        shutil.copy(project.folder / "assets" / name, inputs / str(number))
    done = project.run("reproduce", name="student", reproduce_from=inputs)
    assert done.status == 0, done.output
    assert "identical to the byte" in " ".join(done.output.split())
    assert srsly.read_json(project.folder / "training/reproduce.json")["environment"] == []


def check_wheel(project: Project, labels: set[str]) -> None:
    """The wheel needs no teacher, finds what it taught, and says who that was."""
    (wheel,) = project.folder.glob("packages/en_student-0.1.0/dist/*.whl")
    with pipeline_folder(str(wheel), name="", version="") as packaged:
        nlp = spacy.load(packaged)
        meta: dict[str, Any] = srsly.read_json(packaged / "meta.json")
        card = (packaged / "README.md").read_text("utf8")
    assert nlp.pipe_names == ["ner"]
    assert set(nlp.get_pipe("ner").labels) == labels
    found = {(ent.text, ent.label_) for ent in nlp(f"{NAMES['PER'][0]} never saw Oslo again.").ents}
    assert found == {("Ada", "PERSON"), ("Oslo", "LOC")}
    teacher = meta["lineage"]["teacher"]
    assert (teacher["name"], teacher["labels"]) == ("names", ["LOC", "PERSON"])
    assert teacher["original"] == fingerprint(project.folder / "assets/names")
    assert {"raw_text", "teacher_label_map"} <= set(meta["lineage"]["inputs"])
    assert "teacher" not in meta["lineage"]["inputs"]
    assert meta["lineage"]["data"]["teacher"]
    assert "## Learnt from a teacher" in card
    assert str(project.folder) not in card
