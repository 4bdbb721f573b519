"""The vars that whoever started the server gave: they count for its updates, too."""

import os
import re
import shlex
from collections.abc import Sequence

import psutil

from ..project.errors import UserError
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
    arguments = _calling_command_line() + shlex.split(os.environ.get("WEASEL_CONFIG_OVERRIDES", ""))
    found = parse_vars(arguments)
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


def parse_vars(arguments: Sequence[str]) -> dict[str, str]:
    """Names and values of `--vars.x y` and `--vars.x=y`."""
    found = {}
    for position, argument in enumerate(arguments):
        match = re.match(r"--vars\.([^=]+)(=.*)?$", argument, re.DOTALL)
        if match and match[2]:
            found[match[1]] = match[2][1:]
        elif match and position + 1 < len(arguments):
            found[match[1]] = arguments[position + 1]
    return found


def _calling_command_line() -> list[str]:
    try:
        parent = psutil.Process().parent()
        return parent.cmdline() if parent else []
    except psutil.Error:
        return []
