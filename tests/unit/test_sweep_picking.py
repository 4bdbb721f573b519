"""The objectives of a sweep, the trial that is taken, and the vars that make it again."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import srsly

from scripts.evaluation.held_out import Reference, RetainedGold
from scripts.project.overrides import parse_overrides
from scripts.project.settings import RULES, parse_value
from scripts.reporting.sweep_chart import draw_sweep
from scripts.sweeping.objectives import find_objectives, find_retention
from scripts.sweeping.picking import choose, command_line, judge, pick, yaml
from scripts.sweeping.publishing import Outputs, Terms, make_record, sweep_points, write_record
from scripts.sweeping.records import Failure, Outcome, Trial
from scripts.sweeping.space import Range, Settings, Space, Texts
from scripts.training.choosing import Condition
from tests.small_sweeps import outcome

CONDITION = Condition(max_loss=1.0, min_agreement=98.5, gold=None)


def trial(number: int, of: Outcome, settings: Settings | None = None) -> Trial:
    retention, gain = find_objectives(of.scores, 10.0)
    given = settings or {"strategy": "double"}
    return judge(Trial(number, given, gain, retention, outcome=of), CONDITION)


def test_gain_is_against_the_base_and_retention_in_percent_of_what_was() -> None:
    gain_and_kept = find_objectives(outcome(72.0, -4.0).scores, 12.0)
    assert gain_and_kept.gain == pytest.approx(60.0)
    assert gain_and_kept.retention == pytest.approx(100 * 76 / 80)


def test_without_gold_retention_is_agreement_and_without_that_the_dev_score() -> None:
    scores = outcome(72.0, 97.0, gold=False).scores
    assert find_retention(scores) == 97.0
    assert find_retention(replace(scores, agreement=None)) == 90.0


def test_the_best_gain_that_keeps_is_taken() -> None:
    trials = [
        trial(0, outcome(60.0, 0.2)),
        trial(1, outcome(90.0, -5.0)),  # loses
        trial(2, outcome(80.0, -0.9)),  # may lose: its lower bound is under -1
        trial(3, outcome(70.0, -0.1)),
    ]
    assert [one.keeps for one in trials] == ["pass", "fail", "inconclusive", "pass"]
    picked = pick(trials)
    assert picked is not None
    assert picked[0].number == 3
    assert "+60.0 points of F" in picked[1]
    assert "2 trials, of 4," in picked[1]


def test_where_none_surely_keeps_the_best_retention_is_taken_of_those_that_learnt() -> None:
    trials = [
        trial(0, outcome(0.0, -0.6, learnt=False)),
        trial(1, outcome(60.0, -5.0)),
        trial(2, outcome(50.0, -3.0)),
    ]
    picked = pick(trials)
    assert picked is not None
    assert picked[0].number == 2
    assert "No trial surely keeps" in picked[1]


def test_failed_trials_are_never_taken() -> None:
    failed = Trial(0, {"strategy": "double"}, failure=Failure("fact", "remedy"))
    assert pick([judge(failed, CONDITION)]) is None
    assert choose([], has_gold=True) is None


def test_the_vars_are_vars_of_the_project_with_values_that_it_takes() -> None:
    settings: Settings = {
        "strategy": "interpolate",
        "rehearsal_ratio": 2.5,
        "update_learning_rate": 1.5e-05,
        "alpha": 0.25,
    }
    chosen = choose([trial(7, outcome(70.0, 0.0), settings)], has_gold=True)
    assert chosen is not None
    assert chosen.vars == {**settings, "rehearsal_docs": 0, "retained_test": "rest"}
    for name, value in srsly.yaml_loads(yaml(chosen, {}))["vars"].items():
        assert name in RULES
        assert parse_value(name, str(value)) == chosen.vars[name]
    given = {"export": "my export.json", "alpha": "0.9", "base_model": "en_core_web_sm"}
    line = ["spacy", "project", "run", "all", ".", *shlex.split(command_line(chosen, given))]
    assert parse_overrides(line) == given | {name: str(of) for name, of in chosen.vars.items()}
    without = choose([trial(7, outcome(70.0, 0.0), settings)], has_gold=False)
    assert without is not None
    assert "retained_test" not in without.vars


def test_what_is_written_says_what_was_tried(tmp_path: Path) -> None:
    gold = RetainedGold([Reference("a text", [], [])], None)
    terms = Terms(
        space=Space(("double", "two-teacher"), {"alpha": Range(0.0, 1.0, False)}),
        texts=Texts(400, 2000),
        condition=replace(CONDITION, gold=gold),
        planned=5,
        seed=3,
        base_annotated_f=10.0,
        overrides={"base_model": "my_base"},
    )
    trials = [
        trial(0, outcome(60.0, 0.0)),
        replace(trial(1, outcome(80.0, -5.0), {"strategy": "two-teacher"}), front=True),
        Trial(2, {"strategy": "double"}, failure=Failure("it <failed>", "remedy")),
    ]
    sweep = make_record(trials, terms)
    outputs = Outputs(tmp_path / "sweep.json", tmp_path / "study")
    write_record(sweep, outputs)
    record = srsly.read_json(outputs.record)
    assert record["chosen"]["number"] == 0
    assert record["trials"][1]["keeps"] == "fail"
    assert record["trials"][2]["failure"]["fact"] == "it <failed>"
    assert record["ranges"]["alpha"] == [0.0, 1.0, False]
    page = (tmp_path / "sweep.html").read_text("utf8")
    assert "2 of 5 trials" in page
    command = "all . --vars.base_model my_base --vars.strategy double --vars.retained_test rest"
    assert command in page
    assert command in (outputs.study / "chosen.yml").read_text("utf8")
    assert "with --force" in page
    assert "it &lt;failed&gt;" in page
    assert "<svg" in page
    assert (tmp_path / "sweep.svg").read_text("utf8").startswith("<svg")
    assert srsly.read_yaml(outputs.study / "chosen.yml")["vars"]["strategy"] == "double"


def test_another_study_leaves_nothing_of_the_former_one(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "sweep.json", tmp_path / "study")
    terms = Terms(Space(("double",), {}), Texts(1, 1), CONDITION, 3, 0, 0.0)
    write_record(make_record([trial(0, outcome(60.0, 0.0))], terms), outputs)
    assert (outputs.study / "chosen.yml").exists()
    failed = Trial(0, {"strategy": "double"}, failure=Failure("fact", "remedy"))
    write_record(make_record([failed], terms), outputs)
    assert not (outputs.study / "chosen.yml").exists()
    assert {path.name for path in tmp_path.glob("sweep*")} == {"sweep.json", "sweep.html"}


def test_the_figure_has_a_mark_for_each_trial() -> None:
    terms = Terms(Space(("double",), {}), Texts(1, 1), CONDITION, 3, 0, 0.0)
    trials = [trial(number, outcome(60.0 + number, -number)) for number in range(3)]
    svg = draw_sweep(sweep_points(make_record(trials, terms)))
    assert svg.count("strategy: double; keeps: ") == 3
    assert ">trial 0<" in svg
