"""Put the base pipeline into training/base: installed, from a folder or wheel, or the demo's."""

import shutil
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from wasabi import msg

from .demonstration.demo_base import train_demo_base
from .project.errors import UserError, run
from .project.files import new_directory, write_json
from .training.finding import unpack_wheel
from .training.pipelines import BaseRecord, describe_base, load_pipeline


def main(
    inputs: Annotated[Path, typer.Option(help="what the command inputs wrote about the base")],
    output: Annotated[Path, typer.Option(help="folder to write, and beside it NAME.json")],
    lang: Annotated[str, typer.Option(help="language that the base must have, null for any")],
    config: Annotated[Path, typer.Option(help="training config of the demo's base")],
    seed: Annotated[int, typer.Option(help="seed of the demo's base")] = 0,
    gpu_id: Annotated[int, typer.Option(help="-1 for the CPU")] = -1,
    max_steps: Annotated[
        int, typer.Option(help="of the demo's base, 0 for a length from the data")
    ] = 0,
) -> None:
    """Put the base pipeline into training/base and write its record with a fingerprint."""
    record = srsly.read_json(inputs)
    with new_directory(output) as folder:
        if record["kind"] == "demo":
            train_demo_base(
                Path(record["files"][0]["path"]),
                folder,
                config=config,
                seed=seed,
                gpu_id=gpu_id,
                max_steps=max_steps,
            )
        else:
            copy_pipeline(record, folder)
        base = check_base(folder, record, lang=None if lang == "null" else lang)
    write_json(output.with_suffix(".json"), base._asdict())
    msg.good(f"Base: {base.lang}_{base.name} {base.version}", ", ".join(base.labels))


def source_of(record: dict[str, Any]) -> str:
    """What the base came from, without a path of the machine."""
    names = {"demo": "demo", "package": str(record.get("name"))}
    return names.get(record["kind"], Path(record["place"]).name)


def copy_pipeline(record: dict[str, Any], folder: Path) -> None:
    """Copy the files of an installed package, a folder or a wheel into an empty folder."""
    if record["kind"] == "wheel":
        unpack_wheel(Path(record["place"]), folder)
    else:
        shutil.copytree(record["place"], folder, dirs_exist_ok=True)


def check_base(folder: Path, record: dict[str, Any], *, lang: str | None) -> BaseRecord:
    """Load the base from its copy in a folder and describe it.

    Raises UserError when it cannot be loaded, has no ner, or is of another language.
    """
    nlp = load_pipeline(folder, place=record["place"])
    base = describe_base(nlp, folder, source_of(record))
    if lang not in (None, base.lang):
        raise UserError(
            f"vars.lang is {lang}, but the base {base.name} is {base.lang}.",
            "Leave vars.lang null: it is the base's.",
        )
    return base


if __name__ == "__main__":
    run(main)
