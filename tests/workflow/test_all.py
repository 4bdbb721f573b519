"""The workflow `all`, from the embedded export to a verified wheel."""

import subprocess
import time
from collections.abc import Callable

import pytest
import spacy
import srsly

from scripts.training.pipelines import load_pipeline

from .conftest import TINY, Done, Project, command, weights

STEPS = srsly.read_yaml("project.yml")["workflows"]["all"]

Finished = tuple[Project, Done]
Copy = Callable[[Project], Project]


def test_all_ends_with_a_verified_wheel(finished: Finished) -> None:
    project, done = finished
    assert done.status == 0, done.output
    assert done.ran == STEPS
    assert len(list(project.folder.glob("packages/en_garden_demo-0.1.0/dist/*.whl"))) == 1
    assert len(list(project.folder.glob("packages/en_garden_demo-0.1.0/dist/*.tar.gz"))) == 1
    assert srsly.read_json(project.folder / "training/gate.json")["passed"] is True
    assert srsly.read_json(project.folder / "training/verify.json")["texts"] > 0
    assert "PLANT" in (project.folder / "training/report.html").read_text(encoding="utf8")


def test_nothing_else_is_left_behind(finished: Finished) -> None:
    project, _ = finished
    left = [
        path for path in project.folder.rglob(".*") if path.name.endswith((".work", ".partial"))
    ]
    assert left == []
    assert sorted(path.name for path in (project.folder / "training").iterdir()) == [
        "base",
        "base.json",
        "evaluation.json",
        "examples.json",
        "gate.json",
        "report.html",
        "specialist",
        "strategy.json",
        "teacher.json",
        "update",
        "verify.json",
        "version.json",
    ]


def test_a_second_run_runs_no_command_but_inputs(finished: Finished) -> None:
    project, _ = finished
    start = time.perf_counter()
    done = project.run("all", **TINY)
    assert done.status == 0, done.output
    assert done.ran == ["inputs"]
    assert time.perf_counter() - start < 45  # some 6 s where nothing else runs


def test_another_version_makes_the_wheel_again_and_nothing_else(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    done = project.run("all", **TINY, version="0.2.0")
    assert done.status == 0, done.output
    assert done.ran == ["inputs", "version", "report", "package", "verify"]
    wheels = sorted(path.name for path in project.folder.glob("packages/*/dist/*.whl"))
    assert [name.split("-")[1] for name in wheels] == ["0.1.0", "0.2.0"]


def test_the_naive_update_is_refused_after_the_report_and_before_a_wheel(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    closed_gate = {"max_loss": 1, "max_label_loss": 3}
    done = project.run("all", **(TINY | closed_gate), strategy="naive", version="0.3.0")
    assert done.status != 0
    assert "Traceback" not in done.output
    assert done.ran == ["inputs", "version", "train", "evaluate", "report", "gate"]
    gate = srsly.read_json(project.folder / "training/gate.json")
    assert gate["passed"] is False
    assert "refuse" in (project.folder / "training/report.html").read_text(encoding="utf8").lower()
    assert not list(project.folder.glob("packages/*0.3.0*"))


def test_a_released_version_is_not_made_again_from_other_data(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    other = project.folder / "assets" / "other.txt"
    other.write_text("Other general text of Ada Lovelace in London.\n")
    wheel = next(project.folder.glob("packages/*/dist/*.whl")).relative_to(project.folder)
    changed = TINY | {"raw_text": "assets/other.txt", "released": str(wheel)}
    assert project.run("inputs", **changed).status == 0
    done = project.run("version", **changed)
    assert done.status != 0
    assert "Traceback" not in done.output
    assert "en_garden_demo 0.1.0 is released" in done.output
    assert "from other raw text." in done.output
    assert "--vars.version 0.1.1 (the labels are the same)" in done.output
    free = project.run("version", **changed | {"version": "0.1.1"})
    assert free.status == 0, free.output
    assert srsly.read_json(project.folder / "training/version.json")["next"] == "0.1.1"


@pytest.mark.parametrize("strategy", ["two-teacher", "pseudo"])
def test_other_strategies_give_one_model(finished: Finished, copy_of: Copy, strategy: str) -> None:
    project = copy_of(finished[0])
    tiny = TINY | {"strategy": strategy}
    for name in ("inputs", "train"):
        done = project.run(name, **tiny)
        assert done.status == 0, done.output
    base = load_pipeline(project.folder / "training/base")
    update = load_pipeline(project.folder / "training/update/model-best")
    assert update.pipe_names == base.pipe_names
    assert set(update.get_pipe("ner").labels) == {*base.get_pipe("ner").labels, "PLANT", "PEST"}


def test_the_double_has_a_second_ner_before_the_frozen_one(finished: Finished) -> None:
    folder = finished[0].folder / "training"
    base, update = load_pipeline(folder / "base"), load_pipeline(folder / "update/model-best")
    # PERSON is a label of both: what the base adds of it is dropped.
    assert update.pipe_names == ["sentencizer", "ner_update", "hold_shared", "ner", "merge_shared"]
    assert update.get_pipe("merge_shared").labels == {"PERSON"}
    assert weights(update.get_pipe("ner")) == weights(base.get_pipe("ner"))


def test_a_shipped_config_trains_by_itself(finished: Finished, copy_of: Copy) -> None:
    project = copy_of(finished[0])
    line = [
        *command("all", {})[:3],
        "train",
        "configs/update.cfg",
        "--code",
        "scripts/functions.py",
    ]
    line += ["--output", "training/try", "--training.max_epochs", "1", "--training.max_steps", "20"]
    done = subprocess.run(
        [*line, "--training.eval_frequency", "10"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (project.folder / "training/try/model-best/config.cfg").exists()


def test_the_update_knows_old_and_new_labels(finished: Finished) -> None:
    update = spacy.load(finished[0].folder / "training/update/model-best")
    labels = {label for name in ("ner", "ner_update") for label in update.get_pipe(name).labels}
    assert {"PERSON", "ORG", "GPE", "DATE", "PLANT", "PEST"} <= labels
