"""Command lines of convert and rehearse on small inputs, and what they leave."""

import json
import subprocess
import sys
from pathlib import Path

import spacy
import srsly

from scripts.project.files import hash_file
from tests.small_conversions import varied_tasks
from tests.small_rehearsals import make_means, sentence, write_gold

CONVERTED_TASKS = 4000  # 3 MB, so that there are several units of work


def convert_line(folder: Path, output: Path) -> list[str]:
    """Convert 3 MB; what it reads is made in the folder, unless that is done."""
    inputs, export = folder / "inputs.json", folder / "export.json"
    if not inputs.exists():
        folder.mkdir(exist_ok=True)
        export.write_text(json.dumps(varied_tasks(CONVERTED_TASKS)))
        spacy.blank("en").to_disk(folder / "base")
        srsly.write_json(folder / "teacher.json", None)
        srsly.write_json(inputs, {"export": {"paths": [str(export)]}})
    options = {"inputs": inputs, "base": folder / "base", "teacher": folder / "teacher"}
    options |= {"output": output, "workers": 2}
    return ["scripts.convert", *_words(options)]


def rehearse_line(folder: Path, raw: list[Path]) -> list[str]:
    """Rehearse with files of raw text; the teachers and folder/corpus are made first."""
    means = make_means(folder)
    corpus = means.work.parent
    write_gold(corpus, 3)
    srsly.write_json(corpus / "conversion.json", {"labels": {"annotated": ["PLANT"]}})
    files = [
        {"path": str(path), "sha256": hash_file(path), "bytes": path.stat().st_size} for path in raw
    ]
    inputs, replay = folder / "raw_text.json", folder / "replay.json"
    srsly.write_json(inputs, {"raw_text": {"paths": list(map(str, raw)), "files": files}})
    srsly.write_json(replay, {"replay_gold": None})
    srsly.write_json(folder / "teacher.json", None)
    options = {
        "inputs": inputs,
        "base": means.base,
        "teacher": folder / "teacher",
        "specialist": means.specialist,
        "replay-gold": replay,
        "corpus": corpus,
        "rehearsal-docs": 3500,
        "workers": 2,
    }
    return ["scripts.rehearse", *_words(options)]


def write_raw(folder: Path, texts: int) -> list[Path]:
    """Three files with so many texts each."""
    paths = [folder / f"{number}.txt" for number in range(3)]
    for number, path in enumerate(paths):
        first = number * texts
        path.write_text("\n".join(map(sentence, range(first, first + texts))), "utf8")
    return paths


def finish(line: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", *line], capture_output=True, text=True, timeout=600, check=False
    )


def _words(options: dict[str, object]) -> list[str]:
    return [word for key, value in options.items() for word in (f"--{key}", str(value))]
