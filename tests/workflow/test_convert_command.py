"""The command `convert` as the workflow calls it, and its corpora under `spacy debug data`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import spacy

from tests.small_exports import annotation, spanned, task

ROOT = Path(__file__).parents[2]
CONFIG = """
<View><Text name="text" value="$text"/><Labels name="label" toName="text">
<Label value="Person" predicted_values="PERSON"/><Label value="Place"/></Labels></View>
"""


def write_inputs(folder: Path, tasks: list[Any], **files: str) -> Path:
    """The export and further files, and what `inputs` would say of them."""
    export = folder / "export.json"
    export.write_text(json.dumps(tasks), encoding="utf8")
    record: dict[str, Any] = {"export": {"paths": [str(export)]}}
    for name in ("label_map", "label_config"):
        record[name] = None
        if name in files:
            (folder / name).write_text(files[name], encoding="utf8")
            record[name] = {"paths": [str(folder / name)]}
    inputs = folder / "inputs.json"
    inputs.write_text(json.dumps(record))
    spacy.blank("en").to_disk(folder / "base")
    (folder / "teacher.json").write_text("null")
    return inputs


def command(folder: Path, *options: str) -> list[str]:
    names = {"inputs": "inputs.json", "base": "base", "teacher": "teacher", "output": "corpus"}
    paths = [part for name, path in names.items() for part in (f"--{name}", str(folder / path))]
    return [sys.executable, "-m", "scripts.convert", *paths, *options]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *options), cwd=ROOT, capture_output=True, text=True, check=False
    )


TEXT = "Anna met Bob in Paris"


def make_tasks(count: int) -> list[Any]:
    words = ["garden", "river", "stone", "cloud", "winter", "bread", "candle", "sparrow"]
    tasks = []
    for i in range(count):
        extra = " ".join(words[int(digit)] for digit in f"{i:o}{i * 7919:o}")
        text = f"Anna {extra} in Paris"
        regions = [spanned(text, "Anna", "Person"), spanned(text, "Paris", "Place")]
        tasks.append(task(i, text, annotation(*regions)))
    return tasks


def test_map_and_configuration(tmp_path: Path) -> None:
    regions = [spanned(TEXT, "Anna", "Person"), spanned(TEXT, "Paris", "Place")]
    write_inputs(
        tmp_path,
        [task(1, TEXT, annotation(*regions))],
        label_map="PERSON: PER\n",
        label_config=CONFIG,
    )
    done = run(tmp_path, "--workers", "0")
    assert done.returncode == 0, done.stderr
    assert "Outside the label map: Place, 1 spans" in done.stdout
    report = json.loads((tmp_path / "corpus" / "conversion.json").read_text())
    assert report["labels"]["annotated"] == ["PER"]
    assert report["labels"]["counts"] == {"PER": 1}


@pytest.mark.parametrize(
    ("options", "files", "fact"),
    [
        (["--strict"], {"label_map": "Person: PER\n"}, "--strict allows none"),
        (["--text-field", "body"], {}, "There is no field 'body'"),
        (["--control", "other"], {}, "There are no regions of the tag 'other'"),
        ([], {"label_map": "Prson: PER\n"}, "Prson"),
        ([], {"label_map": "- Person\n"}, "no list of LABEL: MODEL"),
        ([], {"label_config": "<View"}, "no labelling configuration"),
    ],
)
def test_refusals(options: list[str], files: dict[str, str], fact: str, tmp_path: Path) -> None:
    regions = [spanned(TEXT, "Anna", "Person"), spanned(TEXT, "Paris", "Place")]
    write_inputs(tmp_path, [task(1, TEXT, annotation(*regions))], **files)
    done = run(tmp_path, *options)
    assert done.returncode == 1
    assert fact in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "corpus" / "conversion.json").exists()


def test_debug_data_has_no_complaint(tmp_path: Path) -> None:
    write_inputs(tmp_path, make_tasks(400))
    assert run(tmp_path).returncode == 0
    spacy_command = [sys.executable, "-m", "spacy"]
    config = str(tmp_path / "ner.cfg")
    subprocess.run(
        [*spacy_command, "init", "config", config, "--lang", "en", "--pipeline", "ner"], check=True
    )
    paths = [f"--paths.{split}={tmp_path}/corpus/gold/{split}" for split in ("train", "dev")]
    done = subprocess.run(
        [*spacy_command, "debug", "data", config, *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "No overlap between training and evaluation data" in done.stdout
    assert "No entities consisting of or starting/ending with whitespace" in done.stdout
    assert "0 missing value(s)" in done.stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c(workers: str, tmp_path: Path) -> None:
    write_inputs(tmp_path, make_tasks(20_000))
    process = subprocess.Popen(
        command(tmp_path, "--workers", workers),
        cwd=ROOT,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any((tmp_path / "corpus/.convert").glob("texts/*")):
        time.sleep(0.02)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Interrupted" in errors
    assert [path.name for path in (tmp_path / "corpus").iterdir()] == [".convert"]
