"""Fetch what the commands made in another checkout, in place of running them."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .project.errors import run
from .project.precomputed import pull_outputs


def main(
    remote: Annotated[
        str, typer.Argument(help="a name under remotes in project.yml, an address or a folder")
    ] = "default",
    overrides: Annotated[
        list[str] | None, typer.Argument(help="behind --: vars of the run, as --vars.seed 1")
    ] = None,
) -> None:
    """Fetch the outputs of all commands that would run now, where the remote has them."""
    for command, left in pull_outputs(Path.cwd(), remote, overrides or []):
        if left:
            msg.info(f"{command} is not pulled: {left}.")
        else:
            msg.good(f"{command} comes from {remote}.")


if __name__ == "__main__":
    run(main)
