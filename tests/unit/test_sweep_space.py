"""What a sweep may try: what a space may hold, and what is tried next."""

from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from scripts.project.errors import UserError
from scripts.sweeping.proposing import RANDOM, propose
from scripts.sweeping.space import (
    Range,
    Settings,
    Space,
    Texts,
    count_raw,
    first_settings,
    read_space,
    suggest,
)

TEXTS = Texts(annotated=400, raw=2000)
SPACE = Space(
    ("double", "interpolate", "pseudo"),
    {
        "rehearsal_docs": Range(100, 2000, True),
        "update_learning_rate": Range(0.0001, 0.01, True),
        "alpha": Range(0.0, 0.8, False),
    },
)


def read(folder: Path, text: str, texts: Texts = TEXTS) -> Space:
    (folder / "space.yml").write_text(text, encoding="utf8")
    return read_space(folder / "space.yml", "double", texts)


def tried(settings: Settings, values: tuple[float, float]) -> FrozenTrial:
    """A trial of these settings that has come to these values."""
    from optuna import create_study

    study = create_study(directions=["maximize", "maximize"])
    study.enqueue_trial(settings)
    trial = study.ask()
    suggest(trial, SPACE)
    study.tell(trial, list(values))
    return study.trials[0]


def test_the_space_of_the_project_can_be_read() -> None:
    space = read_space(Path("configs/sweep.yml"), "double", TEXTS)
    assert space.strategies == ("double", "two-teacher", "interpolate")
    assert space.ranges["rehearsal_docs"] == (100, 2000, True)
    few = read_space(Path("configs/sweep.yml"), "double", Texts(10, 40))
    assert few.ranges["rehearsal_docs"] == (40, 40, True)
    none = read_space(Path("configs/sweep.yml"), "double", Texts(10, 0))
    assert set(none.ranges) == {"update_learning_rate", "alpha"}


def test_without_strategies_it_is_that_of_the_run(tmp_path: Path) -> None:
    space = read(tmp_path, "rehearsal_ratio: {low: 1, high: all}")
    assert space.strategies == ("double",)
    assert space.ranges == {"rehearsal_ratio": (1.0, 5.0, False)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "cannot be read as YAML"),
        ("- double", "nothing else"),
        ("dropout: {low: 0, high: 1}", "nothing else"),
        ("strategy: double", "it can be some of"),
        ("strategy: [naive]", "it can be some of"),
        ("alpha: 0.3", "which is no range"),
        ("alpha: {low: 0.3}", "which is no range"),
        ("alpha: {low: zero, high: 1}", "which is no range"),
        ("alpha: {low: 0, high: 2}", "vars.alpha is '2.0'"),
        ("alpha: {low: 0.5, high: 0.2}", "which holds no number"),
        ("alpha: {low: 0, high: 1, log: true}", "which holds no number"),
        ("rehearsal_docs: {low: 1, high: 9000}", "Run rehearse with --vars.rehearsal_docs 9000"),
        ("rehearsal_docs: {low: 1, high: 2000000}", "--vars.rehearsal_docs 2000000 first"),
        ("rehearsal_ratio: {low: 1, high: 7.5}", "--vars.rehearsal_ratio 7.5 first"),
        ("rehearsal_docs: {low: 1, high: 9}\nrehearsal_ratio: {low: 1, high: 2}", "one dose"),
    ],
)
def test_what_cannot_be_tried_is_an_error_in_two_parts(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert told in f"{error.value.fact} {error.value.remedy}"
    assert error.value.remedy


def test_each_strategy_is_first_tried_with_all_raw_text_and_the_middle_of_the_rest() -> None:
    double, interpolate, pseudo = first_settings(SPACE)
    assert double == {"strategy": "double", "rehearsal_docs": 2000, "update_learning_rate": 0.001}
    assert interpolate == {**double, "strategy": "interpolate", "alpha": 0.4}
    assert pseudo == {"strategy": "pseudo", "update_learning_rate": 0.001}
    assert [propose(SPACE, [], [], place, 0) for place in range(3)] == [double, interpolate, pseudo]


def test_what_is_tried_follows_from_what_is_known_alone() -> None:
    done = [tried(settings, (90.0 + n, 60.0 - n)) for n, settings in enumerate(chain_of(12))]
    again = propose(SPACE, done, [], 12, seed=1)
    assert propose(SPACE, done, [], 12, seed=1) == again
    assert propose(SPACE, done, [], 12, seed=2) != again
    better = [tried(settings, (90.0 - n, 60.0 - n)) for n, settings in enumerate(chain_of(12))]
    assert propose(SPACE, better, [], 12, seed=1) != again


def chain_of(length: int) -> list[Settings]:
    return [propose(SPACE, [], [], place, 0) for place in range(length)]


def test_a_trial_that_others_are_at_is_not_tried_again() -> None:
    """With as many bad trials around it, the estimator goes elsewhere."""
    assert RANDOM < 12
    done = [tried(settings, (90.0 + n, 60.0 - n)) for n, settings in enumerate(chain_of(12))]
    best = propose(SPACE, done, [], 12, seed=1)
    pending = tried(best, (0.0, 0.0))
    assert propose(SPACE, done, [pending] * 8, 12, seed=1) != best


def test_proposed_values_lie_in_their_ranges_and_can_be_typed() -> None:
    for settings in chain_of(40):
        names = set(settings) - {"strategy"}
        assert ("alpha" in names) == (settings["strategy"] == "interpolate")
        assert ("rehearsal_docs" in names) == (settings["strategy"] != "pseudo")
        for name in names:
            value, (low, high, _) = float(settings[name]), SPACE.ranges[name]
            assert low <= value <= high
            assert len(f"{settings[name]}".replace("0.", "").lstrip("0")) <= 4


def test_a_dose_is_as_many_texts_as_rehearse_would_choose() -> None:
    counted: dict[Any, int] = {
        120: count_raw({"strategy": "double", "rehearsal_docs": 120}, TEXTS),
        9999: count_raw({"strategy": "double", "rehearsal_docs": 9999}, TEXTS),
        "4.0": count_raw({"strategy": "double", "rehearsal_ratio": 4.0}, TEXTS),
        "0.5": count_raw({"strategy": "double", "rehearsal_ratio": 0.5}, TEXTS),
        "all": count_raw({"strategy": "double"}, TEXTS),
        "none": count_raw({"strategy": "pseudo"}, TEXTS),
    }
    # rehearse takes 1,000 texts at least when it goes by the ratio.
    assert counted == {120: 120, 9999: 2000, "4.0": 1600, "0.5": 1000, "all": 2000, "none": 0}


def test_frozen_trials_of_other_states_teach_nothing() -> None:
    failed = create_trial(state=TrialState.FAIL)
    assert propose(SPACE, [failed], [], 5, 0) == propose(SPACE, [], [], 5, 0)
