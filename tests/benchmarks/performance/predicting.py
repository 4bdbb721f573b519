"""Sides of predicting: the pipelines inside wheels against their base."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.training.finding import unpack_wheel
from scripts.training.pipelines import load_pipeline

from .projects import ONE_MODEL, find_wheel, make_update
from .turns import Side


class Reading(NamedTuple):
    """What is read by which pipeline."""

    pipeline: Path
    texts: Sequence[str]


def predicting_sides(
    texts: Sequence[str], data: Path, work: Path, folder: Path, default: str
) -> list[Side]:
    """The base and the wheels of the default strategy and of one with a single ner.

    work: where their projects are kept. folder: for what is in the wheels.
    """
    project = make_update(data, work, default)
    sides = [Side("the base", predict, [Reading(project.folder / "training/base", texts)])]
    for strategy in (default, ONE_MODEL):
        unpacked = folder / f"wheel of {strategy}"
        unpack_wheel(find_wheel(make_update(data, work, strategy, like=project)), unpacked)
        sides.append(Side(f"the wheel of {strategy}", predict, [Reading(unpacked, texts)]))
    return sides


def predict(job: Reading) -> Callable[[int], None]:
    """`nlp.pipe` with all components on."""
    nlp = load_pipeline(job.pipeline)

    def work(_: int) -> None:
        for _ in nlp.pipe(job.texts):
            pass

    return work
