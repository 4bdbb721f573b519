"""See that the version is free, and propose the next one by what changed."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .project.errors import run
from .project.files import write_json
from .project.settings import parse_value
from .release.proposal import Proposal, propose_version
from .release.released import check_version, format_version


def main(
    inputs: Annotated[Path, typer.Option(help="folder of what inputs wrote")],
    base: Annotated[Path, typer.Option(help="record of the base")],
    teacher: Annotated[Path, typer.Option(help="record of a teacher in its place, or null")],
    conversion: Annotated[Path, typer.Option(help="report of convert")],
    packages: Annotated[Path, typer.Option(help="folder of all packages")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="X.Y.Z")],
    output: Annotated[Path, typer.Option(help="version.json to write")],
    released: Annotated[str, typer.Option(help="released wheels, null for none")] = "null",
) -> None:
    """See that the version was not released from other data, and propose the next one."""
    version = parse_value("version", version)
    found = propose_version(
        inputs=inputs,
        base=base,
        teacher=teacher,
        conversion=conversion,
        packages=packages,
        name=parse_value("name", name),
        released=parse_value("released", released),
    )
    write_json(output, describe(found))
    following = found.following
    for warning in check_version(found.package, version, found.content, found.before):
        msg.warn(warning, f"The next one would be {following.version}: {following.why}.")
    msg.good(f"{found.package} {version}", f"Next after the released ones: {following.version}.")


def describe(found: Proposal) -> dict[str, object]:
    """The content of `training/version.json`."""
    return {
        "package": found.package,
        "released": [format_version(one.version) for one in found.before if not one.built_here],
        "next": found.following.version,
        "why": found.following.why,
    }


if __name__ == "__main__":
    run(main)
