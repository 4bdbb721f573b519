"""An update with a given share of the base's weights, where `interpolate` looks for the best."""

import time
from dataclasses import asdict
from pathlib import Path

from .interpolation import interpolate
from .strategies import MODEL, STUDENT, Made, Recipe, candidate_key, make_candidate, write_pipeline


def make_share(recipe: Recipe, alpha: float, output: Path) -> Made:
    """Write the update of the strategy interpolate with one share, scored on dev.

    Raises UserError when that is impossible.
    """
    start = time.monotonic()
    make_candidate(STUDENT, recipe)
    student = recipe.candidates / STUDENT / MODEL
    nlp, shares = interpolate(recipe.base, recipe.record, student, recipe.dev(), [alpha])
    write_pipeline(nlp, output)
    return Made(
        strategy="interpolate",
        key=candidate_key("interpolate", recipe),
        scores=asdict(shares[0]),
        shares=shares,
        shared=[],
        boldness=[],
        length="",
        seconds=time.monotonic() - start,
    )
