"""A label map to start from."""

import json
from collections import Counter
from pathlib import Path

import pytest

from scripts.conversion.label_config import ConfiguredLabel
from scripts.conversion.label_map import LabelMap, read_label_map
from scripts.draft_label_map import count_labels, draft_label_map, main
from scripts.project.errors import UserError
from tests.small_exports import annotation, region, task

ODD = ["O", "None", "null", "two words", "Größe", 'a"b: #c', "yes", "1", "Person"]


def test_draft_is_the_identity(tmp_path: Path) -> None:
    text = draft_label_map(Counter(ODD), [ConfiguredLabel("Configured", ())], ["PERSON", "ORG"])
    (tmp_path / "map.yml").write_text(text, encoding="utf8")
    label_map = LabelMap(read_label_map(tmp_path / "map.yml"))
    assert label_map.scheme([]) == sorted([*ODD, "Configured"])
    assert '"Person": "Person"  # 1 spans; the base has PERSON\n' in text
    assert '"Configured": "Configured"  # 0 spans\n' in text


def test_command(tmp_path: Path) -> None:
    export, inputs = tmp_path / "export.json", tmp_path / "inputs.json"
    given = [
        annotation(region(0, 1, "a", "X")),
        annotation(region(0, 1, "a", "Y"), was_cancelled=True),
    ]
    export.write_text(json.dumps([task(1, "a b", *given)]))
    assert count_labels([export]) == {"X": 1}
    inputs.write_text(json.dumps({"export": {"paths": [str(export)]}, "label_config": None}))
    output = tmp_path / "map.yml"
    main(inputs, tmp_path / "none.json", output)
    assert read_label_map(output)["X"].label == "X"
    with pytest.raises(UserError, match="There is no"):
        main(tmp_path / "none.json", tmp_path / "none.json", tmp_path / "other.yml")
    with pytest.raises(UserError, match="exists"):
        main(inputs, tmp_path / "none.json", output)
