"""Go back to the version of the pipeline that was served before."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .project.errors import run


def main(
    to: Annotated[
        str, typer.Option(help="a version of /versions; null for the one before")
    ] = "null",
) -> None:
    """Serve the version before again, or a certain one; servers take it up within a second."""
    from .serving.environment import read_environment  # noqa: PLC0415
    from .serving.versions import Versions  # noqa: PLC0415

    folder: Path = read_environment().model_dir
    version = Versions(folder).rollback(None if to == "null" else to)
    msg.good(f"Served from now on: {version.id}", version.folder)


if __name__ == "__main__":
    run(main)
