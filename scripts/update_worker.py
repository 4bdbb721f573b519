"""Does the updates that `serve` has put into the queue; `serve` starts it and keeps it running."""

from typing import Annotated

import typer

from .project.errors import run


def main(
    parent: Annotated[int, typer.Argument(help="process that started this one")],
    values: Annotated[
        list[str] | None, typer.Argument(help="vars for the updates, as name=value")
    ] = None,
) -> None:
    """Do updates, one at a time, until the process that started this one ends."""
    from .serving.worker import work  # noqa: PLC0415

    work(parent, dict(value.split("=", 1) for value in values or ()))


if __name__ == "__main__":
    run(main)
