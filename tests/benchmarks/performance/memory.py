"""Memory of `convert` and `rehearse` at a hundred times the input."""

from collections.abc import Callable, Sequence
from functools import partial
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
EXPORT_CHARACTERS = 100  # of the texts for each of `texts`; the export has six bytes for each


class Raw(NamedTuple):
    """Raw text to choose from. work: a folder of its own."""

    path: Path
    work: Path


def measure_memory(
    base: Path, texts: Sequence[str], folder: Path
) -> dict[str, tuple[float, float]]:
    """The most memory in MB of each kind of work: with the input, and with a hundred times it.

    The input is the texts to choose from, an export of about as many, and a shard to label.
    texts: a hundred at least.
    """
    copied = copy_base(base, folder)
    kinds: dict[str, Callable[[Path, int], float]] = {
        "convert": partial(_convert, EXPORT_CHARACTERS * len(texts)),
        "rehearse, choosing texts": partial(_choose, texts),
        "rehearse, labelling": partial(_label, copied, texts),
    }
    return {
        name: (needed(folder / f"{name} once", 1), needed(folder / name, TIMES))
        for name, needed in kinds.items()
    }


def _convert(characters: int, folder: Path, times: int) -> float:
    export = folder / "export.json"
    write_export(make_texts(characters * times), export)
    return peak_memory(convert_by_one, Export(export, folder / "corpus"))


def _choose(texts: Sequence[str], folder: Path, times: int) -> float:
    folder.mkdir()
    path = folder / "raw.txt"
    with path.open("w", encoding="utf8") as file:
        for number in range(times):  # which makes each line another one
            file.writelines(f"{text} {number}\n" for text in texts)
    return peak_memory(choose, Raw(path, folder / "work"))


def _label(base: Path, texts: Sequence[str], folder: Path, times: int) -> float:
    shard = len(texts) // TIMES
    shards = write_shards(texts[: shard * times], folder / "texts", shard)
    return peak_memory(label, Texts(base, [shards], folder / "work"))


def choose(job: Raw) -> Callable[[int], None]:
    """Choose 1,300 texts and write them in shards."""
    rules = Rules({"train": 1000, "dev": 100, "test": 200})

    def work(_: int) -> None:
        select([RawFile(str(job.path))], Wanted(rules), list, job.work, LocalProcesses(1))

    return work
