"""The study of a sweep: none of its trials is lost or done twice, whatever happens between."""

from pathlib import Path

import optuna
import pytest

from scripts.sweeping.objectives import find_objectives
from scripts.sweeping.records import Failure, Outcome
from scripts.sweeping.running import lag_for
from scripts.sweeping.space import Range, Settings, Space
from scripts.sweeping.study import Plan, Started, Study
from tests.small_sweeps import outcome

SPACE = Space(
    ("double", "two-teacher"),
    {"update_learning_rate": Range(0.0001, 0.01, True), "rehearsal_docs": Range(10, 500, True)},
)


def open_study(folder: Path, *, trials: int = 12, lag: int = 1, key: str = "key") -> Study:
    study = Study(folder / "study.db", key, Plan(SPACE, trials, lag, seed=5))
    study.base_annotated_f = 10.0
    return study


def come_to(started: Started) -> Outcome:
    """What a trial comes to, by its settings alone."""
    rate = float(started.settings["update_learning_rate"])
    return outcome(50 + 1000 * rate, -float(started.settings["rehearsal_docs"]) / 100)


def finish_all(study: Study) -> None:
    while started := study.start_next():
        study.finish(started, come_to(started))


def settings_of(study: Study) -> list[tuple[int, Settings]]:
    return [(trial.number, trial.settings) for trial in study.ended()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, Settings]]:
    """The trials of a sweep that nothing has ended."""
    study = open_study(tmp_path_factory.mktemp("whole"))
    finish_all(study)
    return settings_of(study)


def test_all_that_is_planned_is_done_once(whole: list[tuple[int, Settings]]) -> None:
    assert [number for number, _ in whole] == list(range(12))
    assert len({str(settings) for _, settings in whole}) == 12


def test_a_killed_sweep_goes_on_as_if_it_had_not_been(
    tmp_path: Path, whole: list[tuple[int, Settings]]
) -> None:
    for _ in range(5):
        study = open_study(tmp_path)  # another process, for all that the file knows
        study.take_up()
        for _ in range(2):
            started = study.start_next()
            assert started
            study.finish(started, come_to(started))
        assert study.start_next()  # and it dies
    study = open_study(tmp_path)
    assert study.take_up() == 1
    finish_all(study)
    assert settings_of(study) == whole
    assert study.take_up() == 0


def test_what_ended_is_known_with_what_it_came_to(tmp_path: Path) -> None:
    study = open_study(tmp_path, trials=3)
    finish_all(study)
    for trial in open_study(tmp_path, trials=3).ended():
        expected = come_to(Started(0, trial.number, trial.settings))
        assert trial.outcome == expected
        found = find_objectives(expected.scores, 10.0)
        assert (trial.retention, trial.gain) == found
        assert study.known(trial.settings) == expected
    assert any(trial.front for trial in study.ended())


def test_more_trials_go_on_where_there_were_fewer(
    tmp_path: Path, whole: list[tuple[int, Settings]]
) -> None:
    finish_all(open_study(tmp_path, trials=4))
    study = open_study(tmp_path)
    assert study.take_up() == 0
    finish_all(study)
    assert settings_of(study) == whole


def test_failed_trials_are_told_and_tried_again_by_the_next_run(tmp_path: Path) -> None:
    study = open_study(tmp_path, trials=2)
    first, second = study.start_next(), None
    assert first
    study.finish(first, Failure("fact", "remedy"))
    second = study.start_next()
    assert second
    assert second.place == 1
    study.finish(second, come_to(second))
    assert study.start_next() is None
    failed, done = study.ended()
    assert failed.failure == Failure("fact", "remedy")
    assert done.outcome
    again = open_study(tmp_path, trials=2)
    assert again.take_up() == 1
    retried = again.start_next()
    assert retried
    assert (retried.place, retried.settings) == (0, first.settings)
    again.finish(retried, come_to(retried))
    assert [trial.failure for trial in again.ended()] == [None, None]
    assert again.take_up() == 0


def test_what_is_tried_does_not_depend_on_which_of_several_ends_first(tmp_path: Path) -> None:
    found = []
    for name, last_first in (("a", False), ("b", True)):
        study, running = open_study(tmp_path / name, lag=lag_for(3)), list[Started]()
        while True:
            while len(running) < 3 and (started := study.start_next()):
                running.append(started)
            if not running:
                break
            ended = running.pop(-1 if last_first else 0)
            study.finish(ended, come_to(ended))
        found.append(settings_of(study))
    assert found[0] == found[1]


def test_other_corpora_are_another_study(tmp_path: Path) -> None:
    finish_all(open_study(tmp_path, trials=2))
    other = open_study(tmp_path, trials=2, key="other")
    assert other.ended() == []
    assert len(open_study(tmp_path, trials=2).ended()) == 2


def test_the_study_is_one_that_optuna_reads(tmp_path: Path) -> None:
    finish_all(open_study(tmp_path, trials=3))
    loaded = optuna.load_study(study_name="key", storage=f"sqlite:///{tmp_path}/study.db")
    assert [trial.params for trial in loaded.trials] == [
        settings for _, settings in settings_of(open_study(tmp_path, trials=3))
    ]
