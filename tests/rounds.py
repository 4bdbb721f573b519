"""A round of an update in this process: from an export to the updated pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import srsly
from spacy.cli.train import train as spacy_train

from scripts import convert, rehearse, specialist, train
from scripts.base import check_base, copy_pipeline
from scripts.project.files import hash_file
from scripts.training import runs

NO_GOLD = ("retained_gold", "retained_gold_map", "replay_gold", "replay_gold_map")


@dataclass(frozen=True)
class Round:
    """What an update is made from.

    component: that is updated. raw: a text a line, of which `docs` are trained on; 0 for a number
    by the annotated texts. training: options of the commands that train.
    """

    component: str
    base: Path
    export: Path
    raw: Path
    docs: int = 0
    training: Mapping[str, Any] = field(default_factory=dict)

    def run(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """All commands up to `train` in a new folder; returns the folder of the update."""
        monkeypatch.setattr(runs, "spacy_train", train_here)
        base, corpus, made = folder / "base", folder / "corpus", folder / "specialist"
        base.mkdir(parents=True)
        source = {"kind": "folder", "place": str(self.base)}
        copy_pipeline(source, base)
        record = check_base(base, source, lang=None, component=self.component)
        srsly.write_json(base.with_suffix(".json"), record._asdict())
        srsly.write_json(folder / "teacher.json", None)
        teacher = {"teacher": folder / "teacher"}
        inputs = write_inputs(folder / "inputs.json", self.export, self.raw)
        convert.main(inputs=inputs, base=base, output=corpus, component=self.component, **teacher)
        config = Path("configs/component.cfg")
        specialist.main(
            base=base, corpus=corpus, config=config, output=made, **teacher, **self.training
        )
        rehearse.main(
            inputs=inputs,
            base=base,
            specialist=made,
            replay_gold=inputs,
            corpus=corpus,
            rehearsal_docs=self.docs,
            **teacher,
        )
        train.main(
            base=base,
            specialist=made,
            corpus=corpus,
            strategy="double",
            output=folder / "update",
            record=folder / "strategy.json",
            candidates=folder / "candidates",
            condition=inputs,
            config="null",
            **teacher,
            **self.training,
        )
        return folder / "update"


def write_inputs(path: Path, export: Path, raw: Path) -> Path:
    """What `inputs` would tell the commands, in one file."""
    text = {"path": str(raw), "sha256": hash_file(raw), "bytes": raw.stat().st_size}
    record = {"export": {"paths": [str(export)]}, "raw_text": {"files": [text]}}
    srsly.write_json(path, record | dict.fromkeys((*NO_GOLD, "label_map", "label_config")))
    return path


def train_here(config: Path, output: Path, *, gpu_id: int) -> None:
    """`spacy train` without a process of its own, most of whose time would be imports."""
    spacy_train(config, output, use_gpu=gpu_id)
