"""Any number of classes by the same road; test_parts.py has one class a text, to the wheel."""

from pathlib import Path
from typing import Any

import pytest

from scripts.evaluation.records import Evaluation, read_record
from scripts.kinds.known import find_kind
from scripts.training.pipelines import load_pipeline
from tests.small_components import (
    NEW,
    OLD,
    sentences,
    train_classifier,
    write_choices,
    write_raw,
)

from .conftest import Done, Project, copy_project

pytestmark = pytest.mark.slow
BY_HAND = (
    *("inputs", "base", "convert", "specialist", "rehearse", "train"),
    *("evaluate", "report", "gate", "package"),
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with an export of choices, and a base that knows other classes."""
    project = copy_project(tmp_path_factory.mktemp("components") / "project")
    train_classifier("textcat_multilabel").to_disk(project.folder / "assets/base")
    write_choices(project.folder / "assets/choices.json", 300)
    write_raw(project.folder / "assets/raw.txt", 900)
    return project


def settings(component: str) -> dict[str, Any]:
    return {
        "component": component,
        "base_model": "assets/base",
        "export": "assets/choices.json",
        "raw_text": "assets/raw.txt",
        "name": "topics",
        "max_steps": 120,
        "rehearsal_docs": 300,
    }


def check_done(done: Done) -> None:
    assert done.status == 0, done.output


def test_any_number_of_classes(prepared: Project) -> None:
    for name in BY_HAND:
        check_done(prepared.run(name, **settings("textcat_multilabel")))
    check_evaluation(prepared.folder)
    check_answers(prepared.folder, "textcat_multilabel")
    agreement = evaluation(prepared.folder).agreement.micro["retained"]
    assert agreement.update.f == 100.0  # the base's word stands as it is
    card = (prepared.folder / "packages/en_topics-0.1.0/README.md").read_text(encoding="utf8")
    assert "`textcat_multilabel_update`" in card
    alarms = evaluation(prepared.folder).false_alarms
    assert alarms.update < 0.5 * alarms.specialist  # which finds one in nearly every text


def test_what_only_an_ner_can_be_given_is_refused(prepared: Project) -> None:
    done = prepared.run("inputs", **settings("textcat"), strategy="interpolate")
    assert done.status != 0
    assert "vars.strategy is interpolate, which a textcat cannot be updated by." in done.output
    assert "Traceback" not in done.output


def evaluation(folder: Path) -> Evaluation:
    return read_record(folder / "training/evaluation.json", Evaluation)


def check_evaluation(folder: Path) -> None:
    """The new classes are learnt, the old ones are kept."""
    found = evaluation(folder)
    assert found.labels.new == sorted(NEW)
    assert found.labels.retained == sorted(OLD)
    assert found.gold.micro["new"].base.f == 0
    assert found.gold.micro["new"].update.f > 80
    assert found.agreement.micro["retained"].update.f > 90


def check_answers(folder: Path, component: str) -> None:
    update = load_pipeline(folder / "training/update/model-best")
    assert update.pipe_names == [
        component,
        f"hold_{component}",
        f"{component}_update",
        f"merge_{component}",
    ]
    read = find_kind(component).read
    asked = [*sentences(11, 20, OLD), *sentences(12, 20, NEW)]
    right = [topic in {span.label for span in read(update(text))} for text, topic in asked]
    assert sum(right) > 36
