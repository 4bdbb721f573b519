"""What changed in a project, put into an earlier export."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.label_studio.increments import Merged, Tally, changed_since, merge, tally


def task(number: int, *annotations: bool, at: str = "2026-11-21T05:44:26.265670Z") -> Any:
    """A task; for each annotation whether it is a skip."""
    made = [{"id": 10 * number, "was_cancelled": skip, "result": []} for skip in annotations]
    return {"id": number, "updated_at": at, "data": {"text": "🌱 ]}"}, "annotations": made}


def write(path: Path, *tasks: Any) -> Path:
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf8")
    return path


def test_tasks_are_counted_by_what_people_did(tmp_path: Path) -> None:
    tasks = [task(1), task(2, False, True), task(3, True), task(4, at="2026-11-22T00:00:00Z")]
    counted = tally(write(tmp_path / "e.json", *tasks))
    assert counted == Tally(tasks=4, annotated=1, skipped=1, newest="2026-11-22T00:00:00Z")
    assert tally(write(tmp_path / "none.json")) == Tally(0, 0, 0, None)


def test_changed_tasks_come_whole_into_their_places_and_new_ones_to_the_end(
    tmp_path: Path,
) -> None:
    old = write(tmp_path / "old.json", task(1), task(2, False, False), task(3, False))
    new = write(tmp_path / "new.json", task(5), task(2, False), task(3, False))
    assert merge(old, new, old) == Merged(changed=1, added=1)
    assert json.loads(old.read_text()) == [task(1), task(2, False), task(3, False), task(5)]


@pytest.mark.parametrize(("before", "after"), [([], []), ([], [task(1)]), ([task(1)], [])])
def test_either_may_be_empty(tmp_path: Path, before: list[Any], after: list[Any]) -> None:
    merged = tmp_path / "merged.json"
    merge(write(tmp_path / "old.json", *before), write(tmp_path / "new.json", *after), merged)
    assert json.loads(merged.read_text()) == before + after


def test_the_filter_reaches_back_over_the_clocks_differences() -> None:
    (condition,) = changed_since("2026-11-21T05:44:26.265670Z")["items"]  # type: ignore[misc, attr-defined]
    assert condition["value"] == "2026-11-21T05:42:26.265670Z"
    assert condition["filter"] == "filter:tasks:updated_at"
