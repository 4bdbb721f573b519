"""What was measured, and what it says of each row of the table."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from .turns import Measured

Round = dict[str, Measured]  # by the name of the side


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured. memory: GB."""

    processor: str
    cores: int
    memory: int
    spacy: str


class Comparison(msgspec.Struct, frozen=True):
    """Sides that took turns. words: of what each read in a turn, 0 where it is no text.

    load: the mean number of processes that wanted a processor in the last minute, ours among them.
    """

    words: int
    load: float
    rounds: list[Round]


class Results(msgspec.Struct, frozen=True):
    """All that was measured on a machine. memory: MB with the input and with a hundred times it."""

    machine: Machine
    comparisons: dict[str, Comparison]
    memory: dict[str, tuple[float, float]]

    @classmethod
    def read(cls, path: Path, machine: Machine) -> "Results":
        """What was measured before on the same machine; nothing where there is none."""
        try:
            known = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            known = None
        return known if known and known.machine == machine else cls(machine, {}, {})


class Row(NamedTuple):
    """A row of the table.

    own, other: the sides of a comparison. bound: of the ratio, at least, which is the other's time
    divided by ours; at_most: our time divided by the other's.
    """

    comparison: str
    own: str
    other: str
    bound: float
    at_most: bool = False


ROWS = (
    Row("rehearse", "rehearse", "nlp.pipe", 0.90),
    Row("rehearse", "rehearse, 2 processes", "nlp.pipe twice at once", 0.90),
    Row("rehearse", "rehearse, 2 processes", "nlp.pipe(n_process=2), DocBin", 1.2),
    Row("convert", "convert, 1 process", "tokenizer, DocBin", 0.80),
    Row("convert", "convert", "the usual script", 2.0),
    Row("train", "update training", "spacy train", 0.97),
    Row("unchanged", "run all", "importing spaCy, hashing the inputs", 2.0, at_most=True),
    Row("predict", "the wheel of two-teacher", "the base", 0.97),
    Row("predict", "the wheel of double", "the base", 0.97),
)
MEMORY_BOUND = 1.2


class Ratio(NamedTuple):
    """What came out for a row: medians over the rounds, and the ratio of each round."""

    wall: float
    processor: float
    walls: list[float]
    processors: list[float]


def ratio_of(row: Row, rounds: Sequence[Round]) -> Ratio:
    """The row's ratio by wall time and by processor time."""
    pairs = [(one[row.own], one[row.other]) for one in rounds]
    if row.at_most:
        pairs = [(other, own) for own, other in pairs]
    walls = [other.wall / own.wall for own, other in pairs]
    processors = [other.processor / own.processor for own, other in pairs]
    return Ratio(statistics.median(walls), statistics.median(processors), walls, processors)


def is_met(row: Row, value: float) -> bool:
    """Whether a ratio, as it is shown, is within the row's bound."""
    shown = round(value, 2)
    return shown <= row.bound if row.at_most else shown >= row.bound


def score(row: Row, value: float) -> float:
    """1 where a ratio is just what is wanted, more where it is better."""
    return row.bound / value if row.at_most else value / row.bound
