"""The result of one job: a JSON for people and tables, an .npz with counts to resample later."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scripts.evaluation.bootstrap import CountArray, Interval
from scripts.evaluation.records import FalseAlarms, read_record, write_record
from scripts.project.errors import UserError
from scripts.project.files import write_bytes
from scripts.training.records import DevScores

ALL_LABELS = "all"


@dataclass(frozen=True)
class Scores:
    """F, in percent, of the three pipelines on some labels. spans: gold ones."""

    spans: int
    base: float
    specialist: float
    update: float


@dataclass(frozen=True)
class Speed:
    """Words per second of CPU time, measured in turns in one process, one thread.

    ratio: the update's to the base's. NER: with the components alone that take part in finding
    entities.
    """

    words: int
    ner_base: float
    ner_update: float
    ner_ratio: float
    whole_base: float
    whole_update: float
    whole_ratio: float


@dataclass(frozen=True)
class Result:
    """What one update by one strategy with one seed is worth.

    key, code: as in `plan.Commands`. new, retained: rows for each label, and "all" (micro).
    retention: F of all retained labels on all retained gold, update / base. plasticity: F of the
    annotated labels, update / specialist.
    dev: of the whole pipeline, on what `convert` and `rehearse` left for dev.
    megabytes: of the pipelines' folders. recognizers: ner components in the update.
    shared_seconds: CPU time of each command before the strategy's own. own_seconds: that of the
    strategy's, and "scores" of the measurement.
    """

    update: str
    strategy: str
    seed: int
    key: str
    code: str
    dev: DevScores
    new: dict[str, Scores]
    retained: dict[str, dict[str, Scores]]
    retention: Interval | None
    plasticity: Interval | None
    false_alarms: FalseAlarms
    speed: Speed
    megabytes: dict[str, float]
    recognizers: int
    shared_seconds: dict[str, float]
    own_seconds: dict[str, float]

    @property
    def training_seconds(self) -> float:
        """What the update took beyond the conversion: specialist, rehearsal and training."""
        every = self.shared_seconds | self.own_seconds
        left_out = ("inputs", "base", "convert", "scores")
        return sum(value for name, value in every.items() if name not in left_out)


class Counted(NamedTuple):
    """A result and its counts, [documents, pipelines, labels, 3], pipelines as in `comparison`.

    new: on the update's test set. retained: on all retained gold, the sets one after the other.
    Labels are sorted.
    """

    result: Result
    new: CountArray
    retained: CountArray


def result_path(results: Path, name: str) -> Path:
    """name: as update/strategy/seed."""
    return results / f"{name.replace('/', '.')}.json"


def write_result(path: Path, result: Result, counts: Mapping[str, CountArray]) -> None:
    """Write the .npz, then the JSON: where there is a JSON, the result is whole."""
    small = {name: array.astype(np.uint8) for name, array in counts.items()}
    if any((small[name] != array).any() for name, array in counts.items()):
        raise ValueError("more than 255 spans in one text")
    file = io.BytesIO()
    np.savez_compressed(file, new=small["new"], retained=small["retained"])
    write_bytes(path.with_suffix(".npz"), file.getvalue())
    write_record(path, result)


def read_results(folder: Path) -> Iterator[Counted]:
    """All results of a folder, in the order of their names. Raises UserError for a damaged one."""
    for path in sorted(folder.glob("*.*.*.json")):
        yield read_counted(path)


def read_counted(path: Path) -> Counted:
    """One result with its counts. Raises UserError when it is damaged."""
    result = read_record(path, Result)
    try:
        with np.load(path.with_suffix(".npz")) as arrays:
            return Counted(result, _whole(arrays["new"]), _whole(arrays["retained"]))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"The counts of {path} cannot be read ({error}).", "Delete both files, then run again."
        ) from error


def _whole(array: NDArray[np.uint8]) -> CountArray:
    return array.astype(np.int64)
