"""What a user says of learning rate, epochs and decay stands in the config that is trained."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import load_config

from scripts.project.errors import UserError
from scripts.training.learning import Learning, read_learning, set_optimizer
from scripts.training.pipelines import BaseRecord, describe_base
from scripts.training.runs import SPECIALIST_SIZING, TrainingRun, complete_config
from tests.small_runs import training_run


def run_with(folder: Path, learning: Learning, **options: Any) -> tuple[TrainingRun, BaseRecord]:
    """A run of the specialist with a base and a corpus of one text."""
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("GPE")
    nlp.initialize()
    nlp.to_disk(folder / "base")
    record = describe_base(nlp, folder / "base", "base")
    for split in ("train", "dev"):
        (folder / "gold" / split).mkdir(parents=True)
        DocBin(docs=[nlp.make_doc("Roses grow.")]).to_disk(folder / "gold" / split / "0.spacy")
    run = replace(
        training_run(folder, record, annotated=["PLANT"]),
        template=Path("configs/specialist.cfg"),
        sizing=SPECIALIST_SIZING,
        max_steps=options.get("max_steps", 0),
        learning=learning,
    )
    return run, record


def test_rate_epochs_and_decay_are_written_to_train_cfg(tmp_path: Path) -> None:
    config = complete_config(*run_with(tmp_path, Learning(0.0007, 3, 0.02)))
    config.to_disk(tmp_path / "train.cfg", interpolate=False)
    training = load_config(tmp_path / "train.cfg")["training"]
    assert training["max_epochs"] == 3
    assert training["max_steps"] == 0
    assert training["optimizer"]["learn_rate"] == 0.0007
    assert training["optimizer"]["L2"] == 0.02
    assert training["optimizer"]["L2_is_weight_decay"] is True


def test_without_them_the_config_and_the_data_say(tmp_path: Path) -> None:
    training = complete_config(*run_with(tmp_path, Learning()))["training"]
    assert training["optimizer"] == {"@optimizers": "Adam.v1", "learn_rate": 0.001}
    assert training["max_epochs"] == SPECIALIST_SIZING.epochs[1]  # of a corpus as small as this


def test_max_steps_win_over_epochs(tmp_path: Path) -> None:
    run, record = run_with(tmp_path, Learning(max_epochs=3), max_steps=20)
    training = complete_config(run, record)["training"]
    assert (training["max_steps"], training["max_epochs"]) == (20, 0)


def test_a_rate_that_rises_and_falls_keeps_its_course() -> None:
    optimizer = load_config(Path("configs/transformer.cfg"), interpolate=False)["training"][
        "optimizer"
    ]
    before = dict(optimizer["learn_rate"])
    set_optimizer(optimizer, Learning(learning_rate=1e-4))
    assert optimizer["learn_rate"] == before | {"initial_rate": 1e-4}


def test_an_update_may_have_a_rate_of_its_own() -> None:
    assert read_learning("1e-3", 0, "null", "5e-4") == Learning(0.0005)
    assert read_learning("1e-3", 0, "null", "null") == Learning(0.001)


def test_impossible_values_are_refused() -> None:
    with pytest.raises(UserError, match="learning_rate"):
        read_learning("fast", 0, "null")
    with pytest.raises(UserError, match="weight_decay"):
        read_learning("null", 0, "-1")
    assert read_learning("1e-3", 2, "0") == Learning(0.001, 2, 0.0)
