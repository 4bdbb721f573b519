"""Measure speed and memory as ratios, and write what came out.

    make benchmark
    python -m tests.benchmarks.performance [rehearse convert train unchanged predict memory]

Without names all are measured, half an hour on a machine with nothing else to do; results of
the others, measured before on the same machine, stay. Writes tests/benchmarks/results/
performance.json, and the results' part of docs/performance.md with its figure. Without the public
data that stand beside the project nothing is measured.
"""

import os
import platform
import re
import tempfile
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import psutil
import spacy
import typer
from wasabi import msg

from scripts.corpora.raw_text import read_texts
from scripts.project.errors import UserError, run
from scripts.project.files import write_json
from tests.benchmarks.updates.data import ALL_RAW, BASE, DATA, RAW, check_data
from tests.benchmarks.updates.plan import default_strategy
from tests.workflow.conftest import ROOT

from .converting import converting_sides
from .labelling import labelling_sides
from .memory import measure_memory
from .page import find_ratios, write_page
from .predicting import predicting_sides
from .projects import make_update
from .results import Comparison, Machine, Results
from .training import training_sides
from .turns import Side, take_turns
from .unchanged import unchanged_sides

RECORD = ROOT / "tests/benchmarks/results/performance.json"
WORK = ROOT / "training/performance"  # finished updates, kept for the next time; may be deleted
MEMORY = "memory"
TEXTS_A_STEP = 8  # that are read in the time of a step of training
CONVERTED = 40  # texts, for each that a pipeline reads in the same time


class Given(NamedTuple):
    """What comparisons are made of.

    folder: of this run. work: kept. strategy: the default. number: of texts that pipelines read in
    a turn. rounds: of turns.
    """

    data: Path
    folder: Path
    work: Path
    strategy: str
    number: int
    rounds: int

    def sentences(self, turns: int = 1) -> list[str]:
        """General text for so many turns."""
        return list(islice(read_texts([self.data / RAW]), self.number * turns))


class Sides(NamedTuple):
    """The sides of a comparison. texts: what each of them reads, if it is text."""

    sides: list[Side]
    texts: Sequence[str] = ()


def rehearse(given: Given) -> Sides:
    """Labelling against `nlp.pipe`."""
    texts = given.sentences(given.rounds + 1)
    sides = labelling_sides(given.data / BASE, texts, given.number, given.folder)
    return Sides(sides, texts[: given.number])


def convert(given: Given) -> Sides:
    """The conversion of real text against a tokenizer, and against the usual script."""
    every = read_texts(sorted(given.data.glob(ALL_RAW)))
    texts = list(islice(every, CONVERTED * given.number))
    return Sides(converting_sides(texts, given.rounds + 1, given.folder), texts)


def train(given: Given) -> Sides:
    """Training of the default strategy against `spacy train`."""
    project = make_update(given.data, given.work, given.strategy)
    steps = given.number // TEXTS_A_STEP
    return Sides(training_sides(project, given.folder, given.strategy, steps))


def unchanged(given: Given) -> Sides:
    """`run all` in a project that is done."""
    project = make_update(given.data, given.work, given.strategy)
    return Sides(unchanged_sides(project, given.data, given.strategy))


def predict(given: Given) -> Sides:
    """Wheels against their base."""
    texts = given.sentences()
    sides = predicting_sides(texts, given.data, given.work, given.folder, given.strategy)
    return Sides(sides, texts)


COMPARISONS: dict[str, Callable[[Given], Sides]] = {
    made.__name__: made for made in (rehearse, convert, train, unchanged, predict)
}


def main(
    names: Annotated[list[str] | None, typer.Argument(help="what to measure")] = None,
    rounds: Annotated[int, typer.Option(help="of which the median counts", min=1)] = 5,
    texts: Annotated[int, typer.Option(help="sentences that pipelines read in a turn")] = 1200,
    data: Annotated[Path, typer.Option(help="folder of the public data")] = DATA,
) -> None:
    """Measure; results of what is not named stay."""
    wanted = check_names(names or [*COMPARISONS, MEMORY])
    try:
        check_data(data)
    except UserError as error:
        msg.warn(f"Nothing is measured. {error.fact}", error.remedy)
        return
    for name in wanted:  # what takes long is kept when the next one fails
        with tempfile.TemporaryDirectory() as folder:
            given = Given(data, Path(folder), WORK, default_strategy(ROOT), texts, rounds)
            results = add_result(name, given)
        write_json(RECORD, msgspec.to_builtins(results))
        write_page(results, ROOT / "docs")
    for row, ratio in find_ratios(results):
        print(f"{ratio.processor:5.2f} {ratio.wall:5.2f}  {row.own} / {row.other}")


def add_result(name: str, given: Given) -> Results:
    """Measure one of COMPARISONS, or memory; what is known, with that."""
    if name == MEMORY:
        sentences = given.sentences(turns=4)
        memory = measure_memory(given.data / BASE, sentences, given.folder)
        return msgspec.structs.replace(Results.read(RECORD, describe_machine()), memory=memory)
    measured = compare(COMPARISONS[name](given), given.rounds)
    results = Results.read(RECORD, describe_machine())
    results.comparisons[name] = measured
    return results


def check_names(names: Sequence[str]) -> Sequence[str]:
    """The names. Raises UserError for one that stands for nothing."""
    known = [*COMPARISONS, MEMORY]
    if unknown := [name for name in names if name not in known]:
        raise UserError(f"Unknown: {', '.join(unknown)}.", f"There is {', '.join(known)}.")
    return names


def compare(sides: Sides, rounds: int) -> Comparison:
    """Let the sides take turns."""
    measured = take_turns(sides.sides, rounds)
    words = sum(len(text.split()) for text in sides.texts)
    return Comparison(words, round(os.getloadavg()[0], 1), measured)


def describe_machine() -> Machine:
    """Where this runs."""
    memory = round(psutil.virtual_memory().total / 2**30)
    return Machine(processor_name(), os.cpu_count() or 1, memory, spacy.__version__)


def processor_name() -> str:
    """The processor's name, as Linux knows it, or else its kind."""
    try:
        known = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        known = None
    return known[1] if known else platform.processor() or platform.machine()


if __name__ == "__main__":
    run(main)
