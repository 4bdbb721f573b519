"""When annotations lead to an update, and what becomes of one that is killed."""

import os
import threading
import time
from pathlib import Path

import msgspec
import pytest
import srsly
from huey.registry import Message

from scripts.project.copies import lay_out
from scripts.project.errors import UserError
from scripts.project.locking import locked
from scripts.project.overrides import parse_overrides
from scripts.project.parents import when_parent_ends
from scripts.project.running import workflow_steps
from scripts.serving.environment import read_environment
from scripts.serving.ledger import Ledger, Policy
from scripts.serving.overrides import given_vars, read_update_parts
from scripts.serving.update_queue import JsonSerializer, UpdateQueue, open_queue
from scripts.serving.updating import (
    WORKFLOW,
    Job,
    StepError,
    Updater,
    absolute_files,
    hide,
    last_words,
)
from scripts.serving.versions import Versions
from scripts.serving.worker import make_job, package_var, step_environment

AT_ONCE = Policy(changes=3, quiet=0.0, longest=60.0)
QUIET = Policy(changes=3, quiet=5.0, longest=8.0)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "models")


def annotate(ledger: Ledger, times: int, policy: Policy = AT_ONCE) -> list[int | None]:
    noted = [ledger.note(7, policy, at_once=False) for _ in range(times)]
    return [update and update.id for update in noted]


def test_every_n_changes_lead_to_one_update(ledger: Ledger) -> None:
    assert annotate(ledger, 5) == [None, None, 1, 1, 1]
    assert ledger.claim(1, "base") is not None
    assert ledger.changes(7) == 0
    assert annotate(ledger, 3) == [None, None, 2]  # while the first runs


def test_start_training_needs_no_changes(ledger: Ledger) -> None:
    update = ledger.note(7, AT_ONCE, at_once=True)
    assert update is not None
    assert (update.project, update.state) == (7, "waiting")


def test_projects_are_counted_apart(ledger: Ledger) -> None:
    annotate(ledger, 2)
    assert ledger.note(8, AT_ONCE, at_once=False) is None
    assert ledger.changes(7) == 2


def test_each_further_change_puts_it_off_but_not_for_ever(ledger: Ledger) -> None:
    start = time.time()
    first = ledger.note(7, QUIET, at_once=True)
    assert first is not None
    assert first.due == pytest.approx(start + 5, abs=1)
    assert ledger.claim(first.id, "base") is None  # it is not due
    ledger.note(7, Policy(3, 100.0, 8.0), at_once=True)
    (update,) = ledger.waiting()
    assert update.id == first.id
    assert update.due == pytest.approx(start + 8, abs=1)


def test_changes_at_the_same_time_from_many_threads_make_one_update(ledger: Ledger) -> None:
    threads = [
        threading.Thread(target=annotate, args=(ledger, 5, Policy(20, 0.0, 60.0))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.all()) == 1
    assert ledger.changes(7) == 20


def test_only_one_claims_an_update(ledger: Ledger) -> None:
    annotate(ledger, 3)
    assert ledger.claim(1, "base") is not None
    assert ledger.claim(1, "base") is None


def test_a_killed_update_is_taken_up_with_its_own_base_and_step(ledger: Ledger) -> None:
    annotate(ledger, 3)
    ledger.claim(1, "old")
    ledger.set_step(1, "train")
    annotate(ledger, 3)  # another waits
    killed, waiting = ledger.take_up()
    assert (killed.state, waiting.state) == ("interrupted", "waiting")  # no wish is lost
    again = ledger.claim(killed.id, "new")
    assert again is not None
    assert (again.id, again.base, again.step, again.attempts) == (1, "old", "train", 2)
    assert ledger.changes(7) == 3  # not in the export that the first had pulled
    assert ledger.claim(waiting.id, "new") is not None
    assert ledger.changes(7) == 0


def test_an_end_is_kept_with_its_reason(ledger: Ledger) -> None:
    annotate(ledger, 3)
    ledger.claim(1, "base")
    ledger.finish(1, "refused", reason="PLANT lost 5 points")
    (update,) = ledger.all()
    assert (update.state, update.reason) == ("refused", "PLANT lost 5 points")
    assert update.finished is not None
    assert ledger.count() == {"refused": 1}
    assert ledger.take_up() == []


def test_tasks_are_json_in_the_queue() -> None:
    message = Message("id", "run_update", None, 0, 0, None, (5,), {})
    data = JsonSerializer().serialize(message)
    assert msgspec.json.decode(data)[:2] == ["id", "run_update"]
    assert JsonSerializer().deserialize(data) == message


def test_the_queue_outlives_its_process_and_runs_what_was_put_in(tmp_path: Path) -> None:
    UpdateQueue(open_queue(tmp_path, "")).put(5)
    done: list[int] = []
    queue = UpdateQueue(open_queue(tmp_path, ""), run=done.append, take_up=lambda: [6])
    queue.put(7, delay=60)
    while (task := queue.huey.dequeue()) is not None:
        queue.huey.execute(task)
    assert done == [5]
    assert queue.huey.scheduled_count() == 1
    for task in queue.huey.read_periodic(None):
        queue.huey.execute(task)
    queue.huey.execute(queue.huey.dequeue())
    assert done == [5, 6]


def test_a_queue_that_cannot_be_used_does_not_tell_its_password(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        open_queue(tmp_path, "redis://:hunter2@localhost:notaport")
    assert "hunter2" not in caught.value.fact + caught.value.remedy


def test_a_lock_is_waited_for_as_long_as_it_makes_sense(tmp_path: Path) -> None:
    with locked(tmp_path / "lock") as held:
        assert held
        with locked(tmp_path / "lock", go_on=lambda: False) as second:
            assert not second
    with locked(tmp_path / "lock") as held:
        assert held


def test_vars_of_the_command_line_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["python", "run", "serve", ".", "--vars.seed", "3", "--vars.raw_text=a b.txt", "--force"]
    assert parse_overrides(line) == {"seed": "3", "raw_text": "a b.txt"}
    monkeypatch.setenv("WEASEL_CONFIG_OVERRIDES", "--vars.max_steps 50")
    assert given_vars()["max_steps"] == "50"
    monkeypatch.setenv("WEASEL_CONFIG_OVERRIDES", "--vars.base_model x")
    with pytest.raises(UserError, match="base_model"):
        given_vars()
    monkeypatch.setenv("WEASEL_CONFIG_OVERRIDES", "--vars.max_step 50")
    with pytest.raises(UserError, match="max_step"):
        given_vars()


def test_settings_reach_the_vars_of_an_update(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    monkeypatch.setenv("LEARNING_RATE", "0.0005")
    monkeypatch.setenv("NUM_TRAIN_EPOCHS", "4")
    monkeypatch.setenv("WEIGHT_DECAY", "0.03")
    monkeypatch.setenv("FINETUNED_MODEL_NAME", "my-model")
    monkeypatch.setenv("LABEL_STUDIO_HOST", "http://studio:8080")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "verysecret")
    settings = read_environment()
    job = make_job(settings, {"raw_text": "texts/*.txt", "seed": "5", "component": "textcat"})
    assert job.vars["learning_rate"] == 0.0005
    assert job.vars["max_epochs"] == 4
    assert job.vars["weight_decay"] == 0.03
    assert job.vars["raw_text"] == str(Path("texts/*.txt").absolute())
    assert job.vars["seed"] == "5"
    assert job.vars["component"] == "textcat"
    assert job.name == "my_model"
    assert job.environment["LABEL_STUDIO_URL"] == "http://studio:8080"
    assert "verysecret" not in str(job.vars)
    assert "WEASEL_CONFIG_OVERRIDES" not in step_environment(settings)
    with pytest.raises(UserError):
        package_var("9 lives")


def write_parts(folder: Path, *parts: dict[str, str]) -> str:
    srsly.write_yaml(folder / "parts.yml", list(parts))
    return str(folder / "parts.yml")


def test_parts_of_an_update_name_their_files_from_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    ner = {"component": "ner", "retained_gold": "gold.jsonl"}
    parts = write_parts(tmp_path, ner, {"component": "textcat", "control": "topic"})
    job = make_job(read_environment(), {"parts": parts, "raw_text": "texts.txt"})
    gold = str(Path("gold.jsonl").absolute())
    assert job.parts == [
        {"component": "ner", "retained_gold": gold},
        {"component": "textcat", "control": "topic"},
    ]
    assert "parts" not in job.vars
    alone = make_job(read_environment(), {"parts": "null", "retained_gold": "null"})
    assert (alone.parts, alone.vars["retained_gold"]) == ([], "null")


def test_parts_cannot_set_what_updates_set(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"vars\.export in .*parts\.yml cannot be given to serve"):
        read_update_parts({"parts": write_parts(tmp_path, {"export": "x.json"})})


def write_run(folder: Path, verdict: str) -> None:
    """What a run has left to tell of it."""
    folder.joinpath("training").mkdir(parents=True)
    folder.joinpath("training/report.html").write_text(folder.name)
    rule = {"verdict": verdict, "reason": f"The rule of {folder.name}."}
    told = {"passed": verdict == "pass", "sentence": f"{verdict}.", "rules": [rule]}
    srsly.write_json(folder / "training/gate.json", told)


def test_the_part_that_is_refused_gives_the_reason(ledger: Ledger, tmp_path: Path) -> None:
    models = tmp_path / "models"
    update = ledger.note(7, AT_ONCE, at_once=True)
    assert update is not None
    assert ledger.claim(update.id, "base") is not None
    runs = models / f"updates/{update.id:06}/project/training/parts"
    write_run(runs / "1-ner", "pass")
    write_run(runs / "2-textcat", "fail")
    parts = [{"component": "ner"}, {"component": "textcat"}]
    job = Job(Path.cwd(), models / "updates", {}, parts, "both", {}, "")
    updater = Updater(job, ledger, Versions(models))
    updater._end_without_release(update, StepError("update-each", "failed"))
    (ended,) = ledger.all()
    assert (ended.state, ended.reason) == ("refused", "fail. The rule of 2-textcat.")
    kept = models / f"updates/{update.id:06}"
    assert {str(path.relative_to(kept)) for path in kept.rglob("*.*")} == {
        f"{part}/{name}" for part in ("1-ner", "2-textcat") for name in ("report.html", "gate.json")
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "99999"), ("WORKERS", "0"), ("LEARNING_RATE", "-1"), ("QUEUE_URL", "amqp://x:s3")],
)
def test_impossible_settings_are_named_without_their_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as caught:
        read_environment()
    assert name in caught.value.fact
    assert value not in caught.value.fact


def test_what_is_set_to_nothing_is_not_set_and_case_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LEARNING_RATE", "QUEUE_URL", "BASIC_AUTH_USER", "SPACY_MODEL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    settings = read_environment()
    assert (settings.learning_rate, settings.spacy_model, settings.log_level) == (
        None,
        None,
        "DEBUG",
    )


def test_user_and_password_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASIC_AUTH_USER", "ada")
    with pytest.raises(UserError, match="go together"):
        read_environment()
    monkeypatch.setenv("BASIC_AUTH_PASS", "s3cret")
    assert "s3cret" not in repr(read_environment())


def test_an_update_has_a_copy_of_the_code_and_no_copy_of_the_inputs(tmp_path: Path) -> None:
    lay_out(Path.cwd(), tmp_path / "project")
    assert (tmp_path / "project" / "scripts" / "train.py").is_file()
    assert (tmp_path / "project" / "assets" / "demo").is_symlink()
    assert not (tmp_path / "project" / "assets" / "inputs.json").exists()
    steps = workflow_steps(tmp_path / "project", WORKFLOW)
    assert steps[0] == "pull"
    assert steps.index("gate") < steps.index("package")


def test_files_of_vars_are_found_from_anywhere() -> None:
    here = {"label_map": None, "seed": 5, "encoder": "small", "replay_gold": "s3://bucket/a"}
    values = absolute_files(here | {"raw_text": "a/*.txt"}, Path("/p"))
    assert values == here | {"raw_text": "/p/a/*.txt"}


def test_no_log_shows_the_key(tmp_path: Path) -> None:
    log = tmp_path / "pull.log"
    log.write_text("Authorization: Token abc123 refused")
    assert "abc123" not in hide(log, "abc123")
    assert "abc123" not in log.read_text()


def test_the_reason_of_a_failure_is_the_error_not_what_came_before() -> None:
    error = "No annotated text falls to\ntraining.\nAnnotate more.\n"
    plain = "No annotated text falls to training. Annotate more."
    assert last_words(f"=== train ===\nRunning command: python -m x\n{error}") == plain
    assert last_words(f"  1   2.0\n\n{error}") == plain
    traceback = 'Traceback (most recent call last):\n  File "a.py", line 5\nValueError: 3\n'
    assert last_words(traceback + error) == f"ValueError: 3 {plain}"
    assert last_words("Killed") == "Killed"
    assert last_words("") == ""


def test_a_process_ends_with_its_parent_also_when_that_was_gone_before(tmp_path: Path) -> None:
    ended = threading.Event()
    when_parent_ends(os.getppid() + 10_000_000, ended.set)
    assert ended.wait(5)
    still = threading.Event()
    when_parent_ends(os.getppid(), still.set)
    assert not still.wait(1)


def test_the_workflow_ends_with_what_is_released() -> None:
    steps = srsly.read_yaml("project.yml")["workflows"]["update"]
    assert steps[-1] == "package"
