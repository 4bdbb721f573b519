"""Rounds: an update of an update of an update, each packaged and installed before the next.

In explosion/spaCy 9522 the third round fails when it is loaded.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.training.pipelines import load_pipeline

from .conftest import OPEN_GATE, Done, Project, weights

pytestmark = pytest.mark.slow

TINY = {"max_steps": 300, "rehearsal_docs": 400, "raw_text": "assets/demo/raw_text.txt"} | OPEN_GATE
COMMANDS = (
    *("inputs", "base", "convert", "specialist", "rehearse", "train"),
    *("evaluate", "report", "gate", "package"),
)
ROUNDS = ("PLANT", "PEST", "VISITOR")  # what is annotated in each
SECOND_NER = ["ner_update", "ner"]

Copy = Callable[[Project], Project]


def write_label_map(path: Path, label: str) -> None:
    """One label of the demonstration's export is annotated, the others are ignored."""
    names = {"PLANT": "PLANT", "PEST": "PEST", "PERSON": "VISITOR"}
    srsly.write_yaml(path, {name: to if to == label else None for name, to in names.items()})


def run_round(project: Project, label: str, base_model: str, **more: Any) -> Path:
    """Run the workflow up to the package; returns its wheel."""
    label_map = project.folder / "assets" / "map.yml"
    write_label_map(label_map, label)
    values: dict[str, Any] = TINY | {"base_model": base_model, "label_map": "assets/map.yml"}
    for name in COMMANDS:
        done = project.run(name, **values, name=label.lower(), **more)
        assert done.status == 0, done.output
    (wheel,) = project.folder.glob(f"packages/en_{label.lower()}-*/dist/*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> None:
    """Install a wheel in a folder of its own."""
    line = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*line, "--target", str(folder), str(wheel)], check=True)


def find_labels(package: str, folder: Path, texts: list[str]) -> dict[str, Any]:
    """What an installed package has and finds, in a process that knows nothing of the project."""
    program = (
        "import json, sys, spacy; nlp = spacy.load(sys.argv[1]);"
        "docs = list(nlp.pipe(json.load(sys.stdin)));"
        "print(json.dumps({'pipes': nlp.pipe_names,"
        " 'ents': [[[e.start_char, e.end_char, e.label_] for e in doc.ents] for doc in docs]}))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, package],
        input=json.dumps(texts),
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def annotated_spans(project: Project, label: str) -> tuple[list[str], list[set[tuple[int, int]]]]:
    """The demonstration's tasks: texts, and the spans of one label as it is called there."""
    texts, spans = [], []
    for task in srsly.read_json(project.folder / "assets/demo/export.json"):
        if task["annotations"]:
            regions = task["annotations"][0]["result"]
            found = {
                (region["value"]["start"], region["value"]["end"])
                for region in regions
                if label in region["value"].get("labels", ())
            }
            texts.append(task["data"]["text"])
            spans.append(found)
    return texts, spans


def recall(found: dict[str, Any], gold: list[set[tuple[int, int]]], label: str) -> float:
    """The share of annotated spans that were found with their label."""
    hits = sum(
        len(spans & {(start, end) for start, end, name in ents if name == label})
        for spans, ents in zip(gold, found["ents"], strict=True)
    )
    return hits / sum(map(len, gold))


def test_three_rounds_keep_all_labels_and_do_not_pile_up_recognizers(
    finished: tuple[Project, Done],
    copy_of: Copy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = copy_of(finished[0])
    texts, plants = annotated_spans(project, "PLANT")
    first = run_round(project, "PLANT", "demo")
    install(first, tmp_path / "first")
    before = find_labels("en_plant", tmp_path / "first", texts)
    assert recall(before, plants, "PLANT") > 0.5
    own = weights(load_pipeline(project.folder / "training/base").get_pipe("ner"))

    second = run_round(project, "PEST", str(first))  # a wheel as the base
    install(second, tmp_path / "second")

    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "second"))
    third = run_round(project, "VISITOR", "en_pest")  # an installed package as the base
    install(third, tmp_path / "third")
    after = find_labels("en_visitor", tmp_path / "third", texts)
    (changelog,) = (tmp_path / "third").glob("en_visitor/*/CHANGELOG.md")
    told = [line for line in changelog.read_text().splitlines() if line.startswith("## ")]
    assert [line.split()[1] for line in told] == ["en_visitor", "en_pest", "en_plant"]

    assert after["pipes"] == ["sentencizer", *SECOND_NER]
    assert recall(after, plants, "PLANT") > 0.8 * recall(before, plants, "PLANT")
    assert recall(after, annotated_spans(project, "PEST")[1], "PEST") > 0.4
    assert recall(after, annotated_spans(project, "PERSON")[1], "VISITOR") > 0.4
    update = load_pipeline(project.folder / "training/update/model-best")
    assert weights(update.get_pipe("ner")) == own
    labels = {label for ents in after["ents"] for _, _, label in ents}
    assert labels >= {"PLANT", "PEST", "VISITOR"}
