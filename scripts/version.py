"""See that the version is free, and propose the next one by what changed."""

from pathlib import Path
from typing import Annotated

import srsly
import typer
from wasabi import msg

from .project.errors import run
from .project.files import write_json
from .project.settings import parse_value
from .release.data import PARTS, trace_data
from .release.released import (
    Content,
    Next,
    Released,
    check_version,
    find_released,
    find_wheels,
    format_version,
    package_name,
    propose,
)


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
    record = srsly.read_json(base)
    known = (srsly.read_json(teacher) or record)["labels"]
    name, version = parse_value("name", name), parse_value("version", version)
    package = package_name(record["lang"], name)
    content = Content(
        data=trace_data(
            {part: srsly.read_json(inputs / f"{part}.json") for part in PARTS},
            record["fingerprint"],
        ),
        labels=sorted({*known, *srsly.read_json(conversion)["labels"]["annotated"]}),
    )
    wheels = find_wheels(packages, parse_value("released", released))
    before = find_released(package, wheels)
    following = propose(content, before)
    write_json(output, describe(package, before, following))
    for warning in check_version(package, version, content, before):
        msg.warn(warning, f"The next one would be {following.version}: {following.why}.")
    msg.good(f"{package} {version}", f"Next after the released ones: {following.version}.")


def describe(package: str, released: list[Released], following: Next) -> dict[str, object]:
    """The content of `training/version.json`."""
    return {
        "package": package,
        "released": [format_version(one.version) for one in released if not one.built_here],
        "next": following.version,
        "why": following.why,
    }


if __name__ == "__main__":
    run(main)
