"""From nothing to a pipeline, in four languages: the workflow from an export to a wheel."""

import importlib
import json
import shlex
from pathlib import Path

import pytest
import spacy
import srsly
import typer
from typer.testing import CliRunner

from scripts.corpora.corpus import read_corpus
from scripts.training.finding import pipeline_folder
from tests.languages import EXAMPLES, PERSON, PLANT, make_export

from .conftest import ROOT, Project, copy_project

PROJECT = srsly.read_yaml(ROOT / "project.yml")
# The demonstration is not needed, and a wheel in an environment of its own is tested with that.
STEPS = [step for step in PROJECT["workflows"]["all"] if step not in ("assets", "verify")]
COMMANDS = {one["name"]: one for one in PROJECT["commands"]}
DEFAULTS = PROJECT["vars"]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the project, in which this process works."""
    project = copy_project(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    return project


def run_here(name: str, values: dict[str, object]) -> str:
    """A command of project.yml in this process, where spaCy is loaded already; what it prints."""
    (line,) = COMMANDS[name]["script"]
    for var, value in (DEFAULTS | values).items():
        line = line.replace(f"${{vars.{var}}}", "null" if value is None else str(value))
    _, _, module, *arguments = shlex.split(line)
    app = typer.Typer()
    app.command()(importlib.import_module(module).main)
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def write_export(folder: Path, lang: str) -> Path:
    """The language's export as a file."""
    path = folder / f"{lang}.json"
    path.write_text(json.dumps(make_export(lang), ensure_ascii=False), encoding="utf8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("lang", EXAMPLES)
def test_a_language_from_nothing_to_a_wheel(empty: Project, lang: str) -> None:
    values: dict[str, object] = {"base_model": f"blank:{lang}", "max_steps": 60, "name": "garden"}
    values |= {"export": write_export(empty.folder, lang)}
    said = {name: run_here(name, values) for name in STEPS}
    assert "nothing to remember" in said["base"]
    assert "nothing to remember" in said["rehearse"]
    assert "the specialist alone" in said["train"]
    check(empty.folder, lang)
    (wheel,) = empty.folder.glob(f"packages/{lang}_garden-0.1.0/dist/*.whl")
    with pipeline_folder(str(wheel), name="", version="") as packaged:
        assert spacy.load(packaged)(make_export(lang)[0]["data"]["text"]).ents
        assert srsly.read_json(packaged / "meta.json")["lineage"]["base"]["kind"] == "blank"


def check(folder: Path, lang: str) -> None:
    """The spans came through whole, something was learnt, and nothing is said to be kept."""
    conversion = srsly.read_json(folder / "corpus/conversion.json")
    assert conversion["spans"]["regions"] == conversion["spans"]["code_points"]
    assert conversion["regions"] == []
    nlp = spacy.load(folder / "training/update/model-best")
    assert (nlp.lang, nlp.pipe_names) == (lang, ["ner"])
    assert set(nlp.get_pipe("ner").labels) == {PERSON, PLANT}
    names = {*EXAMPLES[lang].person, *EXAMPLES[lang].plant}
    for doc in read_corpus(folder / "corpus/gold/train", nlp.vocab):
        assert {ent.text for ent in doc.ents} <= names
    gate = srsly.read_json(folder / "training/gate.json")
    rules = {rule["name"]: rule for rule in gate["rules"]}
    assert gate["passed"] is True
    assert (
        rules["retained labels"]["reason"]
        == "The base knows no labels, so there is nothing to keep."
    )
    evaluation = srsly.read_json(folder / "training/evaluation.json")
    assert evaluation["labels"]["new"] == [PERSON, PLANT]
    assert evaluation["gold"]["micro"]["new"]["update"]["f"] > 50
    assert 'dir="auto"' in (folder / "training/report.html").read_text("utf8")
