"""Rounds of a classifier: an update of an update of an update, each packaged before the next."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.package import Documents, build_package
from scripts.release.meta import read_meta
from scripts.training.pipelines import load_pipeline
from tests.small_components import OLD, sentences, train_classifier, write_choices, write_raw

from .conftest import Project, copy_project, weights

pytestmark = pytest.mark.slow

STEPS = ("inputs", "base", "convert", "specialist", "rehearse", "train")
ROUNDS = (("GARDEN",), ("MONEY",), ("MUSIC",))  # what is annotated in each
SIZES = {"max_steps": 60, "rehearsal_docs": 150, "name": "topics"}
ASKED = 15  # texts of each topic
# It asks a packaged pipeline in a process that knows nothing of the project.
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import spacy
nlp = spacy.load("en_topics")
docs = list(nlp.pipe(json.load(sys.stdin)))
print(json.dumps({"pipes": nlp.pipe_names, "best": [max(d.cats, key=d.cats.get) for d in docs]}))
"""


def run_round(
    project: Project, component: str, base: Path, known: tuple[str, ...], new: tuple[str, ...]
) -> None:
    """Update a base that knows some topics with others."""
    write_choices(project.folder / "assets/choices.json", 60, new)
    write_raw(project.folder / "assets/raw.txt", 250, known)
    given = {"base_model": base, "export": "assets/choices.json", "raw_text": "assets/raw.txt"}
    for step in STEPS:
        done = project.run(step, component=component, **given, **SIZES)
        assert done.status == 0, done.output


def package(project: Project, version: str) -> Path:
    """The wheel of the update."""
    model = project.folder / "training/update/model-best"
    meta = read_meta(model) | {"name": "topics", "version": version}
    place = build_package(
        model,
        base=project.folder / "training/base",
        meta=meta,
        documents=Documents("", ""),
        output=project.folder / "packages",
    )
    (wheel,) = place.glob("dist/*.whl")
    return wheel


def ask(wheel: Path, folder: Path, topics: tuple[str, ...]) -> tuple[list[str], dict[str, float]]:
    """The components of an installed wheel, and for each topic how many texts it gets right."""
    line = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*line, "--target", str(folder), str(wheel)], check=True)
    asked = [one for topic in topics for one in sentences(7, ASKED, [topic])]
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(folder)],
        input=json.dumps([text for text, _ in asked]),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    right = dict.fromkeys(topics, 0)
    for (_, topic), best in zip(asked, said["best"], strict=True):
        right[topic] += topic == best
    return said["pipes"], {topic: count / ASKED for topic, count in right.items()}


@pytest.mark.parametrize("component", ["textcat"])
def test_three_rounds_keep_all_classes_and_do_not_pile_up(component: str, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    base, known = tmp_path / "base", OLD
    train_classifier(component).to_disk(base)
    own = weights(load_pipeline(base).get_pipe(component))
    for number, new in enumerate(ROUNDS, 1):
        run_round(project, component, base, known, new)
        known = (*known, *new)
        wheel = package(project, f"0.{number}.0")
        base = wheel
    pipes, right = ask(wheel, tmp_path / "installed", known)
    second = [f"hold_{component}", f"{component}_update", f"merge_{component}"]
    assert pipes == [component, *second]
    assert all(share >= 0.8 for share in right.values()), right
    update = load_pipeline(project.folder / "training/update/model-best")
    assert weights(update.get_pipe(component)) == own
    assert set(update("soup").cats) == set(known)
