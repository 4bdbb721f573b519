"""Trainings that are tracked: the logger of a config, and what MLflow gets of a real training."""

from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from thinc.api import Config

from scripts.project.errors import UserError
from scripts.training.tracking import make_logger

TAGS = {"base": "en_base 2.0.0", "seed": "7"}
CONFIG = """
[nlp]
lang = "en"
pipeline = ["ner"]

[components]

[components.ner]
factory = "ner"

[training]
max_steps = 4
eval_frequency = 2
"""


def installed(name: str) -> ModuleSpec:
    return ModuleSpec(name, None, origin=f"site-packages/{name}/__init__.py")


def test_by_default_there_is_the_console_alone() -> None:
    block = make_logger("none", "update", TAGS, progress_bar=None)
    assert block == {"@loggers": "spacy.ConsoleLogger.v3", "progress_bar": None}


def test_a_tracker_stands_behind_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", installed)
    block = make_logger("mlflow", "update", TAGS, progress_bar="train")
    assert block["logger1"] == {"@loggers": "spacy.ConsoleLogger.v3", "progress_bar": "train"}
    assert block["logger2"]["@loggers"] == "spacy.MLflowLogger.v2"
    assert (block["logger2"]["run_name"], block["logger2"]["tags"]) == ("update", TAGS)


@pytest.mark.parametrize(("given", "project"), [("", "label-studio-updates"), ("mine", "mine")])
def test_weights_and_biases_has_a_project_and_no_key(
    monkeypatch: pytest.MonkeyPatch, given: str, project: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", installed)
    monkeypatch.setenv("WANDB_PROJECT", given)
    monkeypatch.setenv("WANDB_API_KEY", "a-key-that-nobody-may-see")
    block = make_logger("wandb", "update", TAGS, progress_bar=None)
    assert block["logger2"]["project_name"] == project
    assert "a-key" not in str(block)


def test_a_tracker_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"vars.tracking is wandb, but wandb is not installed"):
        make_logger("wandb", "update", TAGS, progress_bar=None)


def test_what_a_tracker_left_in_the_project_is_no_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    (tmp_path / "wandb" / "run-1").mkdir(parents=True)
    with pytest.raises(UserError, match="wandb is not installed"):
        make_logger("wandb", "update", TAGS, progress_bar=None)


@pytest.mark.parametrize("tracker", ["mlflow", "wandb"])
def test_spacy_knows_the_loggers(monkeypatch: pytest.MonkeyPatch, tracker: Any) -> None:
    monkeypatch.setattr("importlib.util.find_spec", installed)
    block = make_logger(tracker, "update", TAGS, progress_bar=None)
    for part in (block, block["logger1"], block["logger2"]):
        assert spacy.registry.has("loggers", part["@loggers"])


def train_with(logger: dict[str, Any], folder: Path) -> None:
    """A training of a few steps with a logger."""
    nlp = spacy.blank("en")
    texts = ["Take aspirin now", "Some aspirin, please"]
    examples = [
        Example.from_dict(nlp.make_doc(text), {"entities": [(5, 12, "DRUG")]}) for text in texts
    ]
    DocBin(docs=[example.reference for example in examples]).to_disk(folder / "train.spacy")
    config = Language.default_config.merge(Config().from_str(CONFIG))
    config["paths"].update(train=str(folder / "train.spacy"), dev=str(folder / "train.spacy"))
    config["training"]["logger"] = logger
    (folder / "output").mkdir()
    trained = init_nlp(config)
    train(trained, folder / "output")


def test_mlflow_gets_config_loss_scores_and_the_best_checkpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The file store is what older servers have; newer versions of MLflow ask whether it is meant.
    mlflow = pytest.importorskip("mlflow", reason="pip install -r requirements-tracking.txt")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    train_with(make_logger("mlflow", "update", TAGS, progress_bar=None), tmp_path)
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.run_name == "update"
    assert run.info.status == "FINISHED"
    assert run.data.tags["base"] == "en_base 2.0.0"
    assert run.data.params["training.max_steps"] == "4"
    assert {"loss_ner", "score", "ents_f"} <= set(run.data.metrics)
    assert list((tmp_path / "runs").rglob("model.spacy/meta.json"))
