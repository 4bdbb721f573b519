"""`spacy train` as a process of our own: a full disk ends it in two lines, as every command."""

from pathlib import Path
from typing import Annotated

import typer
from spacy.cli.train import train

from . import functions  # noqa: F401  (registers what our training configs name)
from .project.errors import run
from .project.parents import end_with_parent


def main(
    config: Annotated[Path, typer.Argument(help="training config")],
    output: Annotated[Path, typer.Argument(help="folder of the checkpoints")],
    parent: Annotated[int, typer.Option(help="id of the process that it ends with")],
    gpu_id: Annotated[int, typer.Option(help="-1 for the CPU")] = -1,
) -> None:
    """Run `spacy train`, until the process ends that has started it."""
    end_with_parent(parent)
    train(config, output, use_gpu=gpu_id)


if __name__ == "__main__":
    run(main)
