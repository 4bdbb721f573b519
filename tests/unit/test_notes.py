"""The notes of a release and the table of a pull request."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import srsly

from scripts.evaluation.records import Evaluation, FalseAlarms, write_record
from scripts.project.errors import UserError
from scripts.release.gate_rules import decide
from scripts.release.notes import Release, comment, release_notes
from scripts.release.thresholds import Thresholds
from scripts.release_notes import main, read_release
from tests.evaluations import evaluation, row
from tests.evidence import BASE


def release(of: Evaluation, **thresholds: float) -> Release:
    """A release of en_drugs 1.2.0."""
    splits = {"train": 1400, "dev": 200, "test": 400}
    return Release("en_drugs", "1.2.0", splits, of, decide(of, replace(Thresholds(), **thresholds)))


def rows(text: str) -> dict[tuple[str, str], list[str]]:
    """The rows of the first table: by test set and labels what stands behind them."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    table = lines[2:]
    return {(line[0], line[1]): line[2:] for line in table if len(line) > 2}


def test_notes_say_what_changed_with_scores_and_their_bounds() -> None:
    text = release_notes(release(evaluation()))
    assert text.startswith("# en_drugs 1.2.0\n")
    assert "New labels: `PLANT`." in text
    assert "Labels that the base knew and that were annotated: `GPE`." in text
    assert "Labels kept as they were: `ORG`, `PERSON`." in text
    assert "Annotated texts: 1,400 train, 200 dev, 400 test." in text
    assert f"Made from `en_base 1.0.0`, SHA-256 `{64 * '0'}`." in text
    found = rows(text)
    plant = " | ".join(found["gold test", "`PLANT`"])
    assert plant == "300 | 0.0 | 73.0 [71.0, 75.0] | +73.0 [+70.0, +76.0]"
    assert found["retained gold", "**all retained**"][0] == "200"
    assert found["agreement, raw text", "**all retained**"][2] == "95.0 [93.0, 97.0]"
    assert "20 false alarms" in found["raw text", "new"][2]


def test_labels_without_an_entity_have_no_row() -> None:
    found = rows(release_notes(release(evaluation(new=row(0), shared=row()))))
    assert ("gold test", "`PLANT`") not in found
    assert ("gold test", "`GPE`") in found


def test_negative_text_has_a_row_of_its_own() -> None:
    of = replace(evaluation(), negative_text=FalseAlarms(10, 1000, 40, 5))
    assert "5 false alarms in 1,000 words" in rows(comment(release(of)))["negative text", "new"][2]


@pytest.mark.parametrize(
    ("changed", "heading"),
    [
        (evaluation(), "passed"),
        (evaluation(retained=row(change=(-3.0, 2.0))), "passed, with warnings"),
        (evaluation(retained=row(change=(-9.0, -8.0))), "refused"),
    ],
)
def test_a_comment_opens_with_the_verdict(changed: Evaluation, heading: str) -> None:
    text = comment(release(changed))
    assert text.splitlines()[0] == f"### en_drugs 1.2.0: {heading}"
    assert ("with warnings" in heading) == ("\n> " in text)
    assert (heading == "refused") == ("\n- F of the retained labels" in text)


def test_an_inconclusive_update_that_is_not_released_is_refused() -> None:
    of = release(evaluation(retained=row(change=(-3.0, 2.0))))
    refused = replace(of, decision=replace(of.decision, passed=False))
    assert comment(refused).splitlines()[0].endswith(": refused")


def test_a_label_cannot_break_out_of_its_cell() -> None:
    hostile = "A`|<img src=x>"
    text = comment(release(evaluation(retained_labels={hostile: row()})))
    assert "| `A'\\|<img src=x>` |" in text


def write_run(folder: Path) -> None:
    """What a run of the workflow leaves behind."""
    for name in ("assets", "corpus", "training"):
        (folder / name).mkdir()
    srsly.write_json(folder / "assets/inputs.json", {"vars": {"name": "drugs", "version": "1.2.0"}})
    srsly.write_json(folder / "training/base.json", BASE._asdict())
    srsly.write_json(folder / "corpus/conversion.json", {"splits": {"train": 7}})
    of = evaluation()
    write_record(folder / "training/evaluation.json", of)
    write_record(folder / "training/gate.json", decide(of, Thresholds()))


def test_the_command_writes_both_of_the_last_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path)
    main(tmp_path, tmp_path / "notes.md", tmp_path / "comment.md")
    assert "en_drugs 1.2.0" in capsys.readouterr().out
    whole = read_release(tmp_path)
    assert (tmp_path / "notes.md").read_text() == release_notes(whole)
    assert (tmp_path / "comment.md").read_text() == comment(whole)
    assert msgspec.to_builtins(whole.evaluation) == msgspec.to_builtins(evaluation())


@pytest.mark.parametrize("name", ["training/gate.json", "corpus/conversion.json"])
def test_a_run_that_ended_early_has_no_notes(tmp_path: Path, name: str) -> None:
    write_run(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=name):
        read_release(tmp_path)
