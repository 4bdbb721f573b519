"""Make a wheel again from a folder with its inputs, and compare weights and predictions."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .project.encoder import SIZES
from .project.errors import UserError, run
from .project.files import hash_file, remove, write_json
from .project.settings import parse_value
from .release.released import Released, read_released
from .release.reproduction import (
    Compared,
    compare_pipelines,
    find_base,
    find_inputs,
    find_teacher,
    lay_inputs,
    lay_out_current,
    other_environment,
    read_lineage,
    rebuild_vars,
    run_step,
    steps,
    unpacked,
)
from .release.tracing import trace_environment
from .training.finding import find_wheel

SHOWN = 5  # of what differs


def main(
    packages: Annotated[Path, typer.Option(help="folder of all packages")],
    pipeline: Annotated[str, typer.Option(help="a wheel, null for the package")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="X.Y.Z")],
    inputs: Annotated[str, typer.Option(help="folder with the inputs")],
    work: Annotated[Path, typer.Option(help="folder to make it in; removed when it is the same")],
    output: Annotated[Path, typer.Option(help="reproduce.json to write")],
) -> None:
    """Make a wheel again from a folder with its inputs, and compare weights and predictions."""
    output.unlink(missing_ok=True)
    wheel = find_wheel(
        parse_value("pipeline", pipeline),
        name=name,
        version=parse_value("version", version),
        packages=packages,
    )
    folder = parse_value("reproduce_from", inputs)
    if folder is None or not Path(folder).is_dir():
        raise UserError(
            f"There is no folder with the inputs of {wheel.name} (vars.reproduce_from: {folder}).",
            "Give the folder in which its export, its raw text and so on lie.",
        )
    released = read_released(wheel)
    place = work / hash_file(wheel)[:12]
    other = make_again(released, Path(folder), place)
    (again,) = place.glob("project/packages/*/dist/*.whl")
    with unpacked(wheel) as first, unpacked(again) as second:
        compared = compare_pipelines(first, second, place / "project")
    write_json(output, describe(wheel, compared, other))
    judge(wheel, compared, other, place)
    remove(place)


def make_again(released: Released, folder: Path, place: Path) -> list[str]:
    """Make a wheel again in a copy of the project; killed, it goes on where it was.

    Returns what differs from the environment in which it was made. Raises UserError when an input
    is missing or a command fails.
    """
    lineage = read_lineage(released)
    transformer = lineage.recipe.encoder not in SIZES or lineage.teacher is not None
    now = trace_environment(Path(), transformer=transformer)
    other = other_environment(lineage.environment, now)
    if other:
        msg.warn("Not what it was made with", "\n".join(other[:SHOWN]))
    found = find_inputs(lineage, folder)
    pipelines = find_base(lineage, folder) | find_teacher(lineage, folder)
    project = place / "project"
    lay_out_current(Path(), project)
    files = lay_inputs(lineage, found, place.absolute() / "inputs")
    values = rebuild_vars(lineage, released, files | pipelines)
    for step in steps(project):
        run_step(step, project, values)
    return other


def describe(wheel: Path, compared: Compared, other: list[str]) -> dict[str, object]:
    """The content of `training/reproduce.json`."""
    return {
        "wheel": wheel.name,
        "sha256": hash_file(wheel),
        "identical": not compared.files,
        "files": compared.files,
        "largest_difference": compared.difference,
        "texts": compared.texts,
        "texts_with_other_entities": compared.differing,
        "environment": other,
    }


def judge(wheel: Path, compared: Compared, other: list[str], place: Path) -> None:
    """Say how it compares. Raises UserError when it finds other entities."""
    if not compared.files:
        msg.good(
            f"{wheel.name} is made again, identical to the byte, weights and all; "
            f"the same entities in {compared.texts:,} texts."
        )
    elif not compared.differing:
        msg.warn(
            f"{wheel.name} is made again with other weights (largest difference "
            f"{compared.difference:.2g}), and the same entities in {compared.texts:,} texts.",
            f"Other files: {', '.join(compared.files[:SHOWN])}.",
        )
    else:
        raise UserError(
            f"{wheel.name} could not be made again: other entities in {compared.differing:,} of "
            f"{compared.texts:,} texts, largest difference of weights {compared.difference:.2g}.",
            f"It lies in {place}. "
            + (
                f"Differs from when it was made: {'; '.join(other)}."
                if other
                else "Other hardware?"
            ),
        )


if __name__ == "__main__":
    run(main)
