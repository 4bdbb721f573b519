"""Where an update comes from: what its package tells of it, and what it must not."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.release.data import trace_data
from scripts.release.lineage import Agreement
from scripts.release.tracing import (
    describe_files,
    find_commit,
    hash_code,
    pool_agreement,
    source_files,
    trace,
    trace_inputs,
    trace_vars,
)
from tests.evidence import (
    BASE,
    STRATEGY,
    decision,
    evaluation,
    evaluation_with_gold,
    file_record,
    inputs,
    lineage,
    run,
)


def test_base_export_and_rehearsal() -> None:
    made = lineage(evaluation())
    assert (made.base.name, made.base.version, made.base.license) == ("en_base", "2.0.0", "MIT")
    assert made.base.fingerprint == "b" * 64
    assert made.export.tasks == {"tasks": 2200, "annotated": 1970, "annotated_empty": 30}
    assert made.export.splits == {"train": 1400, "dev": 200, "test": 400}
    assert made.rehearsal.license == "CC-BY-4.0"
    assert made.rehearsal.raw_text["read"] == 5000
    assert made.inputs["export"][0].name == "export.json"
    assert set(made.inputs) == {"export", "raw_text"}


def test_agreement_is_over_all_pairs_and_names_nobody() -> None:
    made = lineage(evaluation())
    assert made.export.agreement == [
        Agreement(None, 2, 20, 40, 0.7, 0.7),
        Agreement("DRUG", 2, 20, 40, 0.7, 0.7),
    ]
    assert "ada@" not in srsly.json_dumps(asdict(made))
    assert pool_agreement([]) == []


def test_no_path_of_the_machine() -> None:
    told = srsly.json_dumps(asdict(lineage(evaluation())))
    assert "/home/ada" not in told
    assert str(Path.cwd()) not in told


def test_an_address_in_a_store_is_told_as_it_is() -> None:
    part = {
        "files": [file_record("hf://datasets/wiki/a.parquet", "1"), file_record("/x/b.txt", "2")]
    }
    assert [file.name for file in source_files(part)] == ["hf://datasets/wiki/a.parquet", "b.txt"]
    many = source_files({"files": [file_record(f"{number}.txt", "1") for number in range(9)]})
    assert describe_files(many) == "0.txt, 1.txt, 2.txt and 6 other files"
    assert describe_files([]) == "none"


def test_scores_have_their_intervals() -> None:
    scores = lineage(evaluation_with_gold(69.8)).scores
    assert scores.new is not None
    assert (scores.new.f.lower, scores.new.f.upper) == (80.7, 81.7)
    assert scores.retained is not None
    assert round(scores.retained.change.lower, 1) == -0.7
    assert scores.retained.base_f == 70.0
    assert set(scores.labels) == {"DRUG", "ORG"}
    without = lineage(evaluation()).scores
    assert without.retained is None
    assert without.agreement is not None


def test_verdict_strategy_config_and_seeds() -> None:
    made = lineage(evaluation_with_gold(69.8))
    assert made.gate.verdict == decision(evaluation_with_gold(69.8)).verdict
    assert made.gate.rules["retained labels"] == "pass"
    assert made.recipe.config is not None
    assert made.recipe.config.sha256 == "c" * 64
    assert made.recipe.seeds == {"training": 7, "evaluation": 0}
    naive = replace(run(evaluation()), strategy=STRATEGY | {"config": None})
    assert trace(naive).recipe.config is None


def test_vars_are_those_that_decide_what_it_becomes() -> None:
    """Also those that could have named a file, but did not."""
    decided = {"seed": 7, "max_loss": 1.0} | dict.fromkeys(
        ("label_map", "retained_gold", "replay_gold", "config")
    )
    assert trace_vars(inputs()) == decided
    auto = inputs()
    auto["inputs"]["choice"] = {"max_loss": 1.0, "part": "dev"}
    assert trace_vars(auto) == decided


@pytest.mark.parametrize(("kind", "told"), [("package", "de_vectors"), ("folder", None)])
def test_a_pipeline_of_word_vectors_is_told_by_its_name_or_by_its_files(
    kind: str, told: str | None
) -> None:
    given = inputs()
    given["vars"]["vectors"] = "de_vectors"
    files = [file_record("/home/ada/de_vectors/meta.json", "5")]
    given["inputs"]["base"] = {"kind": "blank", "vectors": {"kind": kind, "files": files}}
    assert trace_vars(given).get("vectors") == told
    assert "vectors" not in trace_inputs(given)


def test_data_are_known_by_their_contents_alone() -> None:
    first, moved, other = inputs(), inputs(), inputs()
    moved["inputs"]["export"]["export"]["files"][0]["path"] = "elsewhere.json"
    other["inputs"]["raw_text"]["raw_text"]["files"][0]["sha256"] = "9" * 64
    data = trace_data(first["inputs"], "b" * 64)
    assert trace_data(moved["inputs"], "b" * 64) == data
    differing = trace_data(other["inputs"], "b" * 64)
    assert [name for name in data if differing[name] != data[name]] == ["raw_text"]
    assert (data["base"], data["encoder"]) == ("b" * 64, None)
    mapped = inputs()
    mapped["inputs"]["export"]["label_map"] = {"files": [file_record("map.yml", "3")]}
    assert trace_data(mapped["inputs"], "b" * 64)["export"] != data["export"]
    assert [file.name for file in trace_inputs(mapped)["label_map"]] == ["map.yml"]


def test_versions_of_packages_and_a_hash_of_the_code(tmp_path: Path) -> None:
    environment = lineage(evaluation()).environment
    assert environment.packages["spacy"]
    assert "torch" not in environment.packages
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "one.py").write_text("pass")
    (tmp_path / "README.md").write_text("says nothing to a run")
    before = hash_code(tmp_path)
    (tmp_path / "README.md").write_text("other words")
    assert hash_code(tmp_path) == before
    (tmp_path / "scripts" / "one.py").write_text("pass\n")
    assert hash_code(tmp_path) != before


def test_a_commit_is_that_of_the_projects_own_repository(tmp_path: Path) -> None:
    import subprocess

    git: list[Any] = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    (tmp_path / "inside").mkdir()
    commit = find_commit(tmp_path)
    assert commit is not None
    assert len(commit) == 40
    assert find_commit(tmp_path / "inside") is None


def test_the_base_is_told_by_its_kind() -> None:
    base = lineage(evaluation()).base
    assert (base.kind, base.source) == ("folder", BASE.source)
