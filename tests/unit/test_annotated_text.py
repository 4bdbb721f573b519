"""Reading texts with spans."""

from pathlib import Path

import pytest

from scripts.corpora.annotated_text import read_annotated_texts
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError


def write(folder: Path, *lines: str) -> Path:
    path = folder / "texts.jsonl"
    path.write_text("\n".join(lines), encoding="utf8")
    return path


def test_spans_groups_and_texts_that_nobody_annotated(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '{"text": "😀 Kew", "spans": [{"start": 2, "end": 5, "label": "GPE"}], "group": "g"}',
        "",
        '{"text": "nothing", "spans": [], "meta": {"more": 1}}',
        '{"text": "nobody"}',
    )
    one, two, three = read_annotated_texts(path)
    assert one.entities == [CharSpan(2, 5, "GPE")]
    assert one.group == "g"
    assert two.spans == []
    assert three.spans is None
    assert three.entities == []


@pytest.mark.parametrize(
    "line",
    [
        "plain",
        "[]",
        '{"spans": []}',
        '{"text": 1, "spans": []}',
        '{"text": "a", "spans": [{"start": 0, "end": 1}]}',
        '{"text": "a", "spans": [{"start": 0, "end": 2, "label": "X"}]}',
        '{"text": "a", "spans": [{"start": -1, "end": 1, "label": "X"}]}',
        '{"text": "a", "spans": [{"start": 1, "end": 1, "label": "X"}]}',
    ],
)
def test_other_lines_are_errors_with_their_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(UserError, match="line 2"):
        list(read_annotated_texts(write(tmp_path, '{"text": "a"}', line)))
