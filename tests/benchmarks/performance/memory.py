"""Memory of `convert` and `rehearse` at a hundred times the input."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.corpora.raw_text import RawFile
from scripts.corpora.sampling import Rules
from scripts.corpora.selection import Wanted, select
from scripts.project.engines import LocalProcesses

from .converting import Export, convert_by_one, make_texts, write_export
from .labelling import Texts, copy_base, label, write_shards
from .turns import peak_memory

TIMES = 100
EXPORT_CHARACTERS = 500_000  # of the texts; the export has six bytes for each
RAW_TEXTS = 10_000
LABELLED = 50  # texts, one shard


class Raw(NamedTuple):
    """Raw text to choose from. work: a folder of its own."""

    path: Path
    work: Path


def measure_memory(
    base: Path, texts: Sequence[str], folder: Path
) -> dict[str, tuple[float, float]]:
    """The most memory in MB of each kind of work: with the input, and with a hundred times it."""
    copied = copy_base(base, folder)
    kinds: dict[str, Callable[[int], float]] = {
        "convert": lambda times: _convert(folder / f"convert{times}", times),
        "rehearse, choosing texts": lambda times: _choose(texts, folder / f"choose{times}", times),
        "rehearse, labelling": lambda times: _label(copied, texts, folder / f"label{times}", times),
    }
    return {name: (needed(1), needed(TIMES)) for name, needed in kinds.items()}


def _convert(folder: Path, times: int) -> float:
    export = folder / "export.json"
    write_export(make_texts(EXPORT_CHARACTERS * times), export)
    return peak_memory(convert_by_one, Export(export, folder / "corpus"))


def _choose(texts: Sequence[str], folder: Path, times: int) -> float:
    folder.mkdir()
    path = folder / "raw.txt"
    with path.open("w", encoding="utf8") as file:
        for number in range(times):  # which makes each line another one
            file.writelines(f"{text} {number}\n" for text in texts[:RAW_TEXTS])
    return peak_memory(choose, Raw(path, folder / "work"))


def _label(base: Path, texts: Sequence[str], folder: Path, times: int) -> float:
    shards = write_shards(texts[: LABELLED * times], folder / "texts", LABELLED)
    return peak_memory(label, Texts(base, [shards], folder / "work"))


def choose(job: Raw) -> Callable[[int], None]:
    """Choose 2,700 texts and write them in shards."""
    rules = Rules({"train": 2000, "dev": 200, "test": 500})

    def work(_: int) -> None:
        select([RawFile(str(job.path))], Wanted(rules), list, job.work, LocalProcesses(1))

    return work
