import subprocess
import sys
from pathlib import Path

import pytest
import srsly

from scripts.evaluation.records import write_record
from scripts.gate import main, refusal
from scripts.project.errors import UserError
from scripts.release.gate_rules import decide
from scripts.release.thresholds import OnInconclusive, Thresholds
from tests.evaluations import evaluation, row

ROOT = Path(__file__).resolve().parents[2]


def run_gate(folder: Path) -> Path:
    main(folder / "evaluation.json", folder / "report.html", folder / "gate.json")
    return folder / "gate.json"


def test_a_passing_update_is_recorded(tmp_path: Path) -> None:
    write_record(tmp_path / "evaluation.json", evaluation())
    gate = srsly.read_json(run_gate(tmp_path))
    assert (gate["verdict"], gate["passed"]) == ("pass", True)
    assert gate["thresholds"]["max_loss"] == 1.0
    assert gate["rules"][0]["figures"]["support"] == 200


def test_a_refused_update_stops_with_a_line_a_reason_and_is_recorded(tmp_path: Path) -> None:
    lost = evaluation(retained=row(change=(-60, -50)), shared=row(change=(-9, -8)))
    write_record(tmp_path / "evaluation.json", lost)
    with pytest.raises(UserError) as error:
        run_gate(tmp_path)
    assert [line.split(":")[0] for line in error.value.fact.splitlines()[1:]] == ["fail", "fail"]
    assert str(tmp_path / "report.html") in error.value.remedy
    assert srsly.read_json(tmp_path / "gate.json")["passed"] is False


@pytest.mark.parametrize(
    ("change", "on_inconclusive", "released"),
    [
        ((-0.9, 0.5), "fail", True),
        ((-2.0, 0.5), "pass", True),
        ((-2.0, 0.5), "fail", False),
        ((-9.0, -2.0), "pass", False),
    ],
)
def test_what_is_released(
    change: tuple[float, float], on_inconclusive: OnInconclusive, *, released: bool
) -> None:
    judged = evaluation(retained=row(change=change))
    assert decide(judged, Thresholds(on_inconclusive=on_inconclusive)).passed == released


@pytest.mark.parametrize(("on_inconclusive", "status"), [("pass", 0), ("fail", 1)])
def test_the_exit_status_is_whether_it_may_be_released(
    tmp_path: Path, on_inconclusive: str, status: int
) -> None:
    write_record(tmp_path / "evaluation.json", evaluation(retained=row(change=(-2.0, 0.5))))
    files = {name: tmp_path / f"{name}.json" for name in ("evaluation", "report")}
    line = [sys.executable, "-m", "scripts.gate", "--output", str(tmp_path / "gate.json")]
    line += [part for name, path in files.items() for part in (f"--{name}", str(path))]
    done = subprocess.run(
        [*line, "--on-inconclusive", on_inconclusive],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    gate = srsly.read_json(tmp_path / "gate.json")
    assert gate["passed"] == (status == 0)
    shown = done.stdout if gate["passed"] else done.stderr
    assert gate["sentence"] in shown


def test_a_refusal_for_want_of_tests_asks_for_more_of_them(tmp_path: Path) -> None:
    few = evaluation(new=row(3, f=(0, 70, 0), bounds=(0, 90)))
    decision = decide(few, Thresholds(on_inconclusive="fail"))
    error = refusal(decision, tmp_path / "report.html")
    assert "Add what the reasons ask for" in error.remedy
    assert "more annotated tasks would tell" in error.fact


@pytest.mark.parametrize("content", ["", "{}", '{"format": "x"}', "\x00"])
def test_an_evaluation_of_another_shape_is_a_users_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "evaluation.json").write_text(content)
    with pytest.raises(UserError, match="not what evaluate writes"):
        run_gate(tmp_path)


def test_no_evaluation_is_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no"):
        run_gate(tmp_path)
