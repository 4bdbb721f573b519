"""Retrain as a build server does: pull, run the workflow all from the last release or a fixed base.

What a build server knows comes from its environment, where an empty value counts as none. Label
Studio's address and token are not among it: `pull` takes them from the environment by itself.
"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import srsly
import typer
from wasabi import msg

from .label_studio.connection import KEY
from .project.errors import UserError, run
from .project.files import remove
from .project.running import command_line, environment, workflow_steps
from .release.proposal import propose_version
from .release.released import parse_version

PULLED = Path("assets/label_studio")
# What an earlier run decided and told says nothing about this one, should it end before its own.
OF_ONE_RUN = [Path("training", name) for name in ("gate.json", "notes.md", "comment.md")]


class Wanted(NamedTuple):
    """What a retraining starts from. Empty: what project.yml says.

    from_release: whether the base is the newest wheel in the folder `released`. project: the number
    of the Label Studio project to pull.
    """

    from_release: bool
    released: Path
    project: str
    version: str
    strategy: str


def main(
    base: Annotated[str, typer.Option(envvar="RETRAIN_BASE", help="released or fixed")] = "fixed",
    released: Annotated[Path, typer.Option(help="folder of released wheels")] = Path("released"),
    project: Annotated[str, typer.Option(envvar="RETRAIN_PROJECT", help="to pull from")] = "",
    version: Annotated[str, typer.Option(envvar="RETRAIN_VERSION", help="X.Y.Z or next")] = "",
    strategy: Annotated[str, typer.Option(envvar="RETRAIN_STRATEGY", help="a strategy")] = "",
) -> None:
    """Pull the annotations, if a project is named, and run the workflow all on them."""
    if base not in ("released", "fixed"):
        raise UserError(f"RETRAIN_BASE is {base!r}.", "Set it to released or to fixed.")
    for path in OF_ONE_RUN:
        remove(path)
    wanted = Wanted(base == "released", released, project, version, strategy)
    values = overrides(wanted)
    if project:
        run_command("pull", {"project": project})
    else:
        msg.info("No Label Studio project: the export is that of project.yml", "RETRAIN_PROJECT")
    if version == "next":
        for name in steps_before_version(Path()):
            run_command(name, values)
        values["version"] = next_version(Path())
    run_command("all", values)


def overrides(wanted: Wanted) -> dict[str, str]:
    """The vars of the run that differ from project.yml's."""
    given = {"version": wanted.version.removeprefix("next"), "strategy": wanted.strategy}
    if wanted.project:
        given["export"] = str(PULLED / "export.json")
        given["label_config"] = str(PULLED / "label_config.xml")
    if wheel := newest(wanted.released):
        given["released"] = f"{wanted.released}/*.whl"
        given["base_model"] = str(wheel) if wanted.from_release else ""
    return {name: value for name, value in given.items() if value}


def newest(folder: Path) -> Path | None:
    """The wheel with the highest version; None before the first release."""
    wheels = list(folder.glob("*.whl"))
    return max(wheels, key=lambda path: parse_version(path.name.split("-")[1]), default=None)


def steps_before_version(project: Path) -> list[str]:
    """The commands that the next version follows from. Raises UserError when none decides it."""
    steps = workflow_steps(project, "all")
    if "version" not in steps:
        raise UserError(
            "The workflow all has no command version, so that there is no next one.",
            "Put it there again, or set RETRAIN_VERSION to X.Y.Z.",
        )
    return steps[: steps.index("version")]


def next_version(folder: Path) -> str:
    """The version that the command `version` would propose, in a project after those before it."""
    given = srsly.read_json(folder / "assets/inputs/vars.json")
    following = propose_version(
        inputs=folder / "assets/inputs",
        base=folder / "training/base.json",
        teacher=folder / "training/teacher.json",
        conversion=folder / "corpus/conversion.json",
        packages=folder / "packages",
        name=given["name"],
        released=given["released"],
    ).following
    msg.info(f"Version {following.version}: {following.why}")
    return following.version


def run_command(name: str, values: dict[str, str]) -> None:
    """Run a command or a workflow with some vars; a failure ends this command with its status.

    Only `pull` is given the token.
    """
    given = environment(() if name == "pull" else (KEY,))
    status = subprocess.run(command_line(name, values), env=given, check=False).returncode
    if status:
        sys.exit(status)


if __name__ == "__main__":
    run(main)
