"""Memory of the conversion, by the size of the export.

    python -m tests.benchmarks.conversion [MEGABYTES ...]

Made-up sentences, entities on one word in eight, as a Label Studio export; one process. Its speed,
and memory at a hundred times the input: `make benchmark`.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .performance.converting import Export, convert_by_one, make_texts, write_export
from .performance.turns import peak_memory

CHARACTERS = 210_000  # of the texts in a megabyte


def main(
    megabytes: Annotated[list[float] | None, typer.Argument(help="sizes of exports")] = None,
) -> None:
    """Print the most memory that the conversion of each export needs, imports included."""
    for size in megabytes or [1, 10, 100]:
        with tempfile.TemporaryDirectory() as name:
            export = Path(name) / "export.json"
            write_export(make_texts(round(CHARACTERS * size)), export)
            peak = peak_memory(convert_by_one, Export(export, Path(name) / "corpus"))
            print(f"{export.stat().st_size / 1e6:8.1f} MB {peak:8.0f} MB", flush=True)


if __name__ == "__main__":
    typer.run(main)
