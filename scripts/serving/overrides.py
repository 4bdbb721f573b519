"""The vars that whoever started the server gave: they count for its updates, too."""

from ..project.errors import UserError
from ..project.overrides import given_overrides
from ..project.settings import check_names

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
    "parts": "an update is of one component: give that one (vars.component)",
}


def called_with() -> dict[str, str]:
    """The vars on the command line that started us, and in the environment, which win.

    Raises UserError for a var that does not exist.
    """
    found = given_overrides()
    check_names(found)
    return found


def given_vars() -> dict[str, str]:
    """The vars that whoever started the server gave.

    Raises UserError for a var that does not exist, or that updates set by themselves.
    """
    found = called_with()
    for name in found:
        if name in SET_BY_UPDATES:
            raise UserError(f"vars.{name} cannot be given to serve.", f"{SET_BY_UPDATES[name]}.")
    return found
