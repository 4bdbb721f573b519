"""Sides of training: the update's `spacy train` against a plain one on the same docs."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import registry
from thinc.api import Config

from scripts.training.learning import Learning
from scripts.training.runs import complete_config
from scripts.training.strategies import Recipe
from tests.workflow.conftest import Project

from .turns import Side

EVALUATIONS = 3  # a short training; a whole one has twenty in as many words as it needs


class Training(NamedTuple):
    """A `spacy train`. config: of it, complete."""

    config: Config


def training_sides(project: Project, folder: Path, strategy: str, steps: int) -> list[Side]:
    """The update's training, and a plain one of the base's ner on the same examples."""
    ours = update_config(project.folder, strategy, steps)
    plain = plain_config(ours, project.folder, folder / "docs")
    return [
        Side("spacy train", train_once, [Training(plain)]),
        Side("update training", train_once, [Training(ours)]),
    ]


def train_once(job: Training) -> Callable[[int], None]:
    """All steps of a training with its evaluations; nothing is saved."""
    nlp = init_nlp(job.config)

    def work(_: int) -> None:
        train(nlp, None, stdout=io.StringIO(), stderr=io.StringIO())

    return work


def update_config(project: Path, strategy: str, steps: int) -> Config:
    """The config with which `train` would train, for so many steps."""
    recipe = Recipe(
        base=project / "training/base",
        specialist=project / "training/specialist/model-best",
        corpus=project / "corpus",
        candidates=project / "training/candidates",
        config=None,
        precedence="update",
        encoder="full",
        seed=0,
        gpu_id=-1,
        max_steps=steps,
        learning=Learning(),
    )
    config = complete_config(recipe.run(strategy), recipe.record)
    config["training"]["eval_frequency"] = max(1, steps // EVALUATIONS)
    return config


def plain_config(ours: Config, project: Path, folder: Path) -> Config:
    """A config without anything of ours: the base's ner goes on with the same examples.

    Docs, batches, optimizer and evaluations are those of the other side.
    """
    write_docs(init_nlp(ours), folder)
    base = str(project / "training/base")
    corpora = {
        split: {"@readers": "spacy.Corpus.v1", "path": str(folder / f"{split}.spacy")}
        for split in ("train", "dev")
    }
    training = {**ours["training"], "frozen_components": []}
    training["score_weights"] = {"ents_f": 1.0}
    return Config(
        {
            "paths": {"base": base},
            "system": dict(ours["system"]),
            "nlp": {**ours["nlp"], "pipeline": ["ner"]},
            "components": {"ner": {"source": base}},
            "corpora": corpora,
            "training": training,
            "initialize": {
                "vectors": None,
                "lookups": None,
                "before_init": dict(ours["initialize"]["before_init"]),
            },
        }
    )


def write_docs(nlp: Language, folder: Path) -> None:
    """The examples of the other side, each corpus as one DocBin."""
    folder.mkdir()
    config = nlp.config.interpolate()
    readers: dict[str, Any] = registry.resolve(config["corpora"])
    for split, read in readers.items():
        docs = (example.reference for example in read(nlp))
        DocBin(docs=docs, store_user_data=True).to_disk(folder / f"{split}.spacy")
