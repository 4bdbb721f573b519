from pathlib import Path

import pytest
import srsly

from scripts.evaluation.records import write_record
from scripts.gate import main
from scripts.project.errors import UserError
from tests.evaluations import evaluation, row


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


@pytest.mark.parametrize("content", ["", "{}", '{"format": "x"}', "\x00"])
def test_an_evaluation_of_another_shape_is_a_users_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "evaluation.json").write_text(content)
    with pytest.raises(UserError, match="not what evaluate writes"):
        run_gate(tmp_path)


def test_no_evaluation_is_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no"):
        run_gate(tmp_path)
