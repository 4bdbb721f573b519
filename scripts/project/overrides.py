"""The vars that whoever started a command has given: they are not told to it otherwise."""

import os
import re
import shlex
from collections.abc import Sequence

import psutil

from .settings import check_names


def given_overrides() -> dict[str, str]:
    """Vars on the command line that started us, and in the environment, which win.

    weasel takes a misspelt `--vars.x` without a word, so they may be none of ours.
    """
    environment = shlex.split(os.environ.get("WEASEL_CONFIG_OVERRIDES", ""))
    return parse_overrides([*_calling_command_line(), *environment])


def called_with() -> dict[str, str]:
    """The vars on the command line that started us, and in the environment, which win.

    Raises UserError for a var that does not exist.
    """
    found = given_overrides()
    check_names(found)
    return found


def parse_overrides(arguments: Sequence[str]) -> dict[str, str]:
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
