"""What a sweep maximizes, both on dev: how much is kept of the old labels, how much is gained."""

from typing import NamedTuple

from ..training.records import DevScores


class Objectives(NamedTuple):
    """retention: in percent, 100 where nothing changed. gain: in points of F."""

    retention: float
    gain: float


def find_objectives(scores: DevScores, base_annotated_f: float) -> Objectives:
    """The objectives of an update. base_annotated_f: of the untouched base, on dev, in percent."""
    return Objectives(find_retention(scores), scores.annotated_f - base_annotated_f)


def find_retention(scores: DevScores) -> float:
    """F of the retained labels after the update, in percent of that before.

    On gold for retained labels, where there is any; else the agreement with the base on general
    text; and where the base finds no retained label there, that on all texts of dev.
    """
    after, change = scores.retained_gold_f, scores.retained_gold
    if after is not None and change is not None and after > change.value:
        return 100 * after / (after - change.value)
    return scores.agreement.value if scores.agreement else scores.retained_f
