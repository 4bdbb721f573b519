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

from .project.errors import UserError, run
from .project.files import remove
from .release.released import (
    Content,
    find_released,
    find_wheels,
    package_name,
    parse_version,
    propose,
)

PULLED = Path("assets/label_studio")
# What an earlier run decided and told says nothing about this one, should it end before its own.
OF_ONE_RUN = [Path("training", name) for name in ("gate.json", "notes.md", "comment.md")]
BEFORE_VERSION = ("inputs", "assets", "base", "convert")  # what the next version follows from


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
        spacy_project("pull", {"project": project})
    else:
        msg.info("No Label Studio project: the export is that of project.yml", "RETRAIN_PROJECT")
    if version == "next":
        for name in BEFORE_VERSION:
            spacy_project(name, values)
        values["version"] = next_version(Path(), values.get("released"))
    spacy_project("all", values)


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


def next_version(folder: Path, released: str | None) -> str:
    """The version that the labels of base and export ask for, after the released ones.

    folder: of the project, after the commands in BEFORE_VERSION.
    """
    base = srsly.read_json(folder / "training/base.json")
    annotated = srsly.read_json(folder / "corpus/conversion.json")["labels"]["annotated"]
    name = srsly.read_json(folder / "assets/inputs.json")["vars"]["name"]
    package = package_name(base["lang"], name)
    wheels = find_wheels(folder / "packages", released)
    following = propose(
        Content(data={}, labels=sorted({*base["labels"], *annotated})),
        find_released(package, wheels),
    )
    msg.info(f"Version {following.version}: {following.why}")
    return following.version


def spacy_project(name: str, values: dict[str, str]) -> None:
    """`spacy project run NAME .` with some vars; a failure ends this command with its status."""
    line = [sys.executable, "-m", "spacy", "project", "run", name, "."]
    for key, value in values.items():
        line += [f"--vars.{key}", value]
    status = subprocess.run(line, check=False).returncode
    if status:
        sys.exit(status)


if __name__ == "__main__":
    run(main)
