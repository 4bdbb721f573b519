"""Push a package to Hugging Face's hub, or show what would be pushed."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer
from wasabi import msg

from .project.errors import UserError, run
from .project.settings import parse_value
from .release.hub import TOKEN, Repository, describe_files, lay_out_repository, push
from .release.released import read_released
from .training.finding import find_wheel


def main(
    packages: Annotated[Path, typer.Option(help="folder of all packages")],
    pipeline: Annotated[str, typer.Option(help="a wheel, null for the package")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="X.Y.Z")],
    repo: Annotated[str, typer.Option(help="OWNER/NAME, null for the package's name")],
    visibility: Annotated[
        Literal["private", "public"], typer.Option(help="of a repository that is made")
    ] = "private",
    what: Annotated[
        Literal["dry-run", "push"], typer.Option(help="show what would be pushed, or push it")
    ] = "dry-run",
) -> None:
    """Push a wheel to Hugging Face's hub as `spacy huggingface-hub push` would."""
    wheel = find_wheel(
        parse_value("pipeline", pipeline),
        name=name,
        version=parse_value("version", version),
        packages=packages,
    )
    released = read_released(wheel)
    given = parse_value("hub_repo", repo)
    repository = Repository(given or released.name, visibility == "private")
    with tempfile.TemporaryDirectory() as folder:
        files = lay_out_repository(wheel, Path(folder))
        msg.table(describe_files(Path(folder), files), header=("file", "bytes"), aligns=("l", "r"))
        where = repository.name + ("" if given else ", of the owner of the token")
        if what == "dry-run":
            msg.info(
                f"A dry run: {wheel.name} would be pushed to {where} ({visibility}).",
                f"To push it: set {TOKEN}, and add --vars.publish push.",
            )
            return
        pushed = push(Path(folder), repository, released, token=read_token())
    msg.good(f"Pushed: {pushed.page}")
    print(f"pip install {pushed.wheel}")  # on one line, to be copied


def read_token() -> str:
    """The token of the environment. Raises UserError without one."""
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise UserError(
            f"There is no token: {TOKEN} is not set.",
            f"Make one that may write, https://huggingface.co/settings/tokens, and export {TOKEN}.",
        )
    return token


if __name__ == "__main__":
    run(main)
