"""Rounds of a classifier: an update of an update of an update, each packaged before the next."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.kinds.textcat import THRESHOLD
from scripts.package import Documents, build_package
from scripts.release.meta import read_meta
from scripts.training.pipelines import load_pipeline
from tests.small_components import OLD, sentences, train_classifier, write_choices, write_raw

from .conftest import Project, copy_project, weights

pytestmark = pytest.mark.slow

STEPS = ("inputs", "base", "convert", "specialist", "rehearse", "train")
ROUNDS = (("GARDEN",), ("MONEY",), ("MUSIC",))  # what is annotated in each
SIZES = {"max_steps": 300, "rehearsal_docs": 150, "name": "topics"}
ASKED = 15  # texts of each topic
# It asks a packaged pipeline in a process that knows nothing of the project.
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import spacy
nlp = spacy.load("en_topics")
docs = list(nlp.pipe(json.load(sys.stdin)))
print(json.dumps({"pipes": nlp.pipe_names, "classes": [doc.cats for doc in docs]}))
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


class Given(NamedTuple):
    """Shares of texts that get a class. right: of its own. wrong: of those of classes before it.

    Of texts that came later nobody had said yet that they do not have it.
    """

    right: float
    wrong: float


def ask(
    wheel: Path, folder: Path, component: str, topics: tuple[str, ...]
) -> tuple[list[str], dict[str, Given]]:
    """The components of an installed wheel, and to which texts it gives each class.

    topics: in the order in which they were learnt.
    """
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
    given = Counter(
        (topic, found)
        for (_, topic), scores in zip(asked, said["classes"], strict=True)
        for found in find_classes(component, scores)
    )
    return said["pipes"], {
        topic: Given(
            given[topic, topic] / ASKED,
            sum(given[before, topic] for before in topics[:place]) / ASKED,
        )
        for place, topic in enumerate(topics)
    }


def find_classes(component: str, scores: dict[str, float]) -> list[str]:
    """The classes of a text by their scores."""
    if component == "textcat":
        return [max(scores, key=lambda one: scores[one])]
    return [topic for topic, score in scores.items() if score >= THRESHOLD]


@pytest.mark.parametrize("component", ["textcat", "textcat_multilabel"])
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
    pipes, given = ask(wheel, tmp_path / "installed", component, known)
    second = [f"hold_{component}", f"{component}_update", f"merge_{component}"]
    assert pipes == [component, *second]
    assert all(one.right >= 0.8 for one in given.values()), given
    assert all(given[topic].wrong <= 0.2 for (topic,) in ROUNDS), given
    update = load_pipeline(project.folder / "training/update/model-best")
    assert weights(update.get_pipe(component)) == own
    assert set(update("soup").cats) == set(known)
