"""The vars that whoever started the server gave: they count for its updates, too."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..project.errors import UserError
from ..project.overrides import called_with
from ..project.part_list import read_parts
from ..project.settings import parse_path

# Vars that each update sets by itself, and what to set in their place.
SET_BY_UPDATES = {
    "export": "the update pulls it from Label Studio",
    "label_config": "the update pulls it from Label Studio",
    "project": "it is that of the webhook",
    "base_model": "set SPACY_MODEL",
    "name": "set FINETUNED_MODEL_NAME",
    "version": "it is counted up",
    "learning_rate": "set LEARNING_RATE",
    "max_epochs": "set NUM_TRAIN_EPOCHS",
    "weight_decay": "set WEIGHT_DECAY",
}


def given_vars() -> dict[str, str]:
    """The vars that whoever started the server gave.

    Raises UserError for a var that does not exist, or that updates set by themselves.
    """
    found = called_with()
    check_free(found, "cannot be given to serve")
    return found


def check_free(names: Iterable[str], fault: str) -> None:
    """Raises UserError for a var that updates set by themselves."""
    for name in names:
        if name in SET_BY_UPDATES:
            raise UserError(f"vars.{name} {fault}.", f"{SET_BY_UPDATES[name]}.")


def read_update_parts(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of each update (`vars.parts`), none where it is of one component.

    Raises UserError for a file that cannot be read, or a part with a var that updates set.
    """
    path = parse_path("parts", str(values.get("parts")))
    parts = read_parts(path) if path else []
    for part in parts:
        check_free(part, f"in {path} cannot be given to serve")
    return parts
