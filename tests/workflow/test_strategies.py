"""Strategies that need more than one training, gold to replay, or several doses."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
import srsly

from scripts.project.files import hash_file
from scripts.training.pipelines import load_pipeline

from .conftest import Done, Project, state, weights

pytestmark = pytest.mark.slow

Finished = tuple[Project, Done]
Copy = Callable[[Project], Project]

TINY = {"max_steps": 40, "rehearsal_docs": 200}
TRAINED = "Initialized pipeline"  # what spacy train prints once


def share_gold(project: Project) -> dict[str, Any]:
    """Half of the demonstration's retained gold to test with, half to train on; as vars."""
    lines = list(srsly.read_jsonl(project.folder / "assets/demo/retained_gold.jsonl"))
    half = len(lines) // 2
    srsly.write_jsonl(project.folder / "assets/tested.jsonl", lines[:half])
    srsly.write_jsonl(project.folder / "assets/replayed.jsonl", lines[half - 5 :])
    return {"retained_gold": "assets/tested.jsonl", "replay_gold": "assets/replayed.jsonl"}


def run_all(project: Project, *names: str, **values: Any) -> Done:
    for name in names:
        done = project.run(name, **values)
        assert done.status == 0, done.output
    return done


def test_gold_of_old_labels_is_replayed_but_never_that_of_the_test(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    values = TINY | share_gold(project) | {"strategy": "replay"}
    run_all(project, "inputs", "rehearse", "train", **values)
    replay = srsly.read_json(project.folder / "corpus/rehearsal.json")["replay"]
    assert replay["near the retained gold"] == 5
    assert replay["train"] > 100
    base = load_pipeline(project.folder / "training/base")
    update = load_pipeline(project.folder / "training/update/model-best")
    assert update.pipe_names == base.pipe_names
    assert set(update.get_pipe("ner").labels) == {*base.get_pipe("ner").labels, "PLANT", "PEST"}


def test_replay_without_gold_is_an_error_in_two_lines(finished: Finished, copy_of: Copy) -> None:
    done = copy_of(finished[0]).run("inputs", strategy="replay")
    assert done.status != 0
    assert "Traceback" not in done.output
    assert "there is no gold to replay (vars.replay_gold is null).\nGive" in done.output


def test_a_share_of_the_base_s_weights_lies_between_base_and_student(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    done = run_all(project, "inputs", "train", **TINY, strategy="interpolate")
    assert done.output.count(TRAINED) == 1
    training = project.folder / "training"
    record = srsly.read_json(training / "strategy.json")
    assert [share["alpha"] for share in record["shares"]][:3] == [0.0, 0.1, 0.2]
    best = max(record["shares"], key=lambda share: (share["update_score"], -share["alpha"]))
    update = load_pipeline(training / "update/model-best").get_pipe("ner")
    student = load_pipeline(training / "candidates/two-teacher/model").get_pipe("ner")
    assert update.labels == student.labels
    assert (weights(update) == weights(student)) is (best["alpha"] == 0.0)
    # A share that is given is taken, from the same student.
    done = run_all(project, "inputs", "train", **TINY, strategy="interpolate", alpha=0.35)
    assert TRAINED not in done.output
    record = srsly.read_json(training / "strategy.json")
    assert [share["alpha"] for share in record["shares"]] == pytest.approx([0.35])
    mixed = load_pipeline(training / "update/model-best").get_pipe("ner")
    assert weights(mixed) not in (weights(student), weights(update))


def test_auto_takes_one_of_several_updates_and_trains_none_twice(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    values = TINY | share_gold(project) | {"strategy": "auto"}
    run_all(project, "inputs", "rehearse", "train", **values)
    training = project.folder / "training"
    record = srsly.read_json(training / "strategy.json")
    names = [one["strategy"] for one in record["candidates"]]
    assert names == ["double", "two-teacher", "interpolate", "replay"]
    assert record["chosen"] in record["why"]
    chosen = training / "candidates" / record["chosen"] / "model"
    update = training / "update/model-best"
    for path in (path for path in chosen.rglob("*") if path.is_file()):
        assert hash_file(update / path.relative_to(chosen)) == hash_file(path)
    # As after an interruption in the last candidate.
    before = state(project)
    shutil.rmtree(training / "candidates/replay")
    shutil.rmtree(training / "update")
    done = run_all(project, "train", **values)
    assert done.output.count(TRAINED) == 1
    # A sentencizer writes its set of characters in an order that changes with each process.
    again = {
        path: digest
        for path, digest in state(project).items()
        if path.startswith("training/update/") and "sentencizer" not in path
    }
    assert again
    assert again == {path: digest for path, digest in before.items() if path in again}


def test_the_dose_is_measured_once_for_each_number_of_texts(
    finished: Finished, copy_of: Copy
) -> None:
    project = copy_of(finished[0])
    raw = (project.folder / "assets/demo/raw_text.txt").read_text("utf8").splitlines()[:500]
    (project.folder / "assets/raw.txt").write_text("\n".join(raw), encoding="utf8")
    values = TINY | {"raw_text": "assets/raw.txt"}
    run_all(project, "inputs", "rehearse", "dose", **values)
    path = project.folder / "training/dose.json"
    curve = srsly.read_json(path)
    doses = [one["texts"] for one in curve["doses"]]
    assert doses[:2] == [0, 250]
    assert 250 < doses[2] < 500
    assert curve["retained_gold"] > 0
    assert all(one["scores"]["retained_gold_f"] is not None for one in curve["doses"])
    svg = (project.folder / "training/dose.svg").read_text("utf8")
    assert svg.startswith("<svg")
    assert "false alarms" in svg
    # As after an interruption: what was measured is not trained again.
    srsly.write_json(path, curve | {"doses": curve["doses"][:2]})
    done = run_all(project, "dose", **values)
    assert done.output.count(TRAINED) == 1
    again = srsly.read_json(path)["doses"]
    assert [one["scores"] for one in again] == [one["scores"] for one in curve["doses"]]
    assert not list((project.folder / "training").glob(".dose*"))
