"""Upload what the commands made, for other checkouts: what failed or was changed since stays."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .project.errors import UserError, run
from .project.precomputed import push_outputs


def main(
    remote: Annotated[
        str, typer.Argument(help="a name under remotes in project.yml, an address or a folder")
    ] = "default",
) -> None:
    """Upload the outputs of all commands that have ended well, as they were run."""
    pushed = 0
    for command, left in push_outputs(Path.cwd(), remote):
        if left:
            msg.info(f"{command} is not pushed: {left}.")
        else:
            pushed += 1
            msg.good(f"{command} is in {remote}.")
    if not pushed:
        raise UserError(
            "Nothing was pushed: no command's outputs are as it made them.",
            "Run the commands first: python -m spacy project run all .",
        )


if __name__ == "__main__":
    run(main)
