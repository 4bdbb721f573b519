"""Exports of a real server as the command takes or refuses them, and disputes decided there."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import srsly

from scripts.conversion.label_map import LabelMap
from scripts.convert import RECORD, REFUSED, REVIEW, convert
from scripts.project.errors import UserError

from .annotated_project import JSON, download, import_for_review
from .cases import LABELS
from .conversions import CASES, NLP, WHOLE, Converted, Exports, read_docs
from .server import ROOT

pytestmark = pytest.mark.live


@pytest.mark.parametrize("all_tasks", [False, True], ids=["annotated tasks", "all tasks"])
@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("CONLL2003", "is CONLL2003, which has lost the offsets"),
        # The server makes these zip files also of texts, though it does not offer them.
        ("COCO", "There is no labelled text"),
        ("YOLO", "There are no tasks"),
    ],
)
def test_exports_without_offsets_are_refused(
    kind: str, fact: str, all_tasks: bool, exports: Exports, tmp_path: Path
) -> None:
    path = tmp_path / "export"
    download(exports.clients["first"], exports.project, kind, path, all_tasks=all_tasks)

    with pytest.raises(UserError, match=fact) as refusal:
        convert(
            paths=[path],
            tokenizer=NLP.tokenizer,
            output=tmp_path / "corpus",
            label_map=LabelMap(),
        )

    assert "as JSON" in refusal.value.remedy
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize("name", ["JSON", WHOLE, "JSON_MIN", "CSV", "TSV, all tasks"])
def test_without_the_configuration_only_its_labels_are_not_known(
    name: str, exports: Exports, conversions: Mapping[str, Converted], tmp_path: Path
) -> None:
    report = convert(
        paths=[exports.files[name][1]],
        tokenizer=NLP.tokenizer,
        output=tmp_path / "corpus",
        label_map=LabelMap(),
    )

    assert report["labels"]["annotated"] == sorted([*LABELS, "DRAGON"])
    docs, known = read_docs(tmp_path / "corpus"), conversions[name].docs
    assert docs.keys() == known.keys()
    differ = [text for text in docs if docs[text].to_json() != known[text].to_json()]
    assert [[(e.text, e.label_) for e in docs[text].ents] for text in differ] == [
        [("Smaug", "DRAGON")]
    ]


def run_command(folder: Path, export: Path, config: Path, *options: str) -> tuple[int, str]:
    """Convert by the command, as the workflow calls it. Returns status and what it printed."""
    srsly.write_json(
        folder / "export.json",
        {
            "export": {"paths": [str(export)]},
            "label_config": {"paths": [str(config)]},
            "label_map": None,
        },
    )
    NLP.to_disk(folder / "base")
    srsly.write_json(folder / "teacher.json", None)
    # fmt: off
    done = subprocess.run(
        [
            sys.executable, "-m", "scripts.convert",
            "--inputs", str(folder / "export.json"),
            "--base", str(folder / "base"),
            "--teacher", str(folder / "teacher"),
            "--output", str(folder / "corpus"),
            *options,
        ],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    # fmt: on
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", [WHOLE, "CSV, all tasks"])
def test_the_command_does_the_same(
    name: str, exports: Exports, conversions: Mapping[str, Converted], tmp_path: Path
) -> None:
    status, printed = run_command(tmp_path, exports.files[name][1], exports.config)

    assert status == 0, printed
    assert json.loads((tmp_path / "corpus" / RECORD).read_text()) == conversions[name].report
    docs = read_docs(tmp_path / "corpus")
    assert {text: doc.to_json() for text, doc in docs.items()} == {
        text: doc.to_json() for text, doc in conversions[name].docs.items()
    }
    assert "Traceback" not in printed


@pytest.mark.parametrize("options", [["--strict"], ["--max-rejected", "0.03"]])
def test_the_command_refuses_and_lists_why(
    options: list[str], exports: Exports, conversions: Mapping[str, Converted], tmp_path: Path
) -> None:
    status, printed = run_command(tmp_path, exports.files[WHOLE][1], exports.config, *options)

    assert status != 0
    assert "Traceback" not in printed
    assert [path.name for path in (tmp_path / "corpus").iterdir()] == [REFUSED]
    refused = srsly.read_json(tmp_path / "corpus" / REFUSED)
    assert refused["regions"] == conversions[WHOLE].report["regions"]


def test_disputes_are_decided_in_label_studio(
    exports: Exports, conversions: Mapping[str, Converted], tmp_path: Path
) -> None:
    whole = conversions[WHOLE]
    disputed = {
        case.text: case
        for case in CASES
        if any(reason == "no_majority" for _, _, reason, _ in whole.export.meant(case).listed)
    }
    review = srsly.read_json(whole.folder / REVIEW)
    assert {task["data"]["text"]: task["meta"]["tasks"] for task in review} == {
        text: exports.tasks[case.name][: len(case.submitted)] for text, case in disputed.items()
    }

    owner = exports.clients["first"]
    project = import_for_review(owner, review)
    decided = {}
    for task in owner.tasks.list(project=project):
        versions = [version.result for version in task.predictions or []]
        submitted = [s.results for ss in disputed[task.data["text"]].submitted for s in ss]
        assert sorted(map(values, versions), key=str) == sorted(map(values, submitted), key=str)
        owner.annotations.create(id=task.id, result=versions[0])
        decided[task.data["text"]] = [(v["text"], *v["labels"]) for v in values(versions[0])]
    path = download(owner, project, JSON, tmp_path / "export.json")
    convert(paths=[path], tokenizer=NLP.tokenizer, output=tmp_path / "corpus", label_map=LabelMap())

    docs = read_docs(tmp_path / "corpus")
    assert {text: [(e.text, e.label_) for e in doc.ents] for text, doc in docs.items()} == decided
    assert not [token for doc in docs.values() for token in doc if token.ent_iob == 0]


def values(results: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What the regions of an annotation or a prediction say."""
    return [result["value"] for result in results]
