"""The file of `vars.parts`: what each of several updates has of its own."""

from pathlib import Path
from typing import Any

import srsly

from .errors import UserError
from .settings import check_names

SHAPE = "It is a list; an item has the vars of a part, as `component: textcat`."


def read_parts(path: Path) -> list[dict[str, Any]]:
    """The vars of each part. Raises UserError for a file of another shape."""
    try:
        found = srsly.read_yaml(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}).", SHAPE) from error
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise UserError(f"{path} is no list of parts.", SHAPE)
    for part in found:
        check_names(part)
    return found
