"""Put the base into training/base: installed, a folder, a wheel, the demo's, or a blank one.

A teacher that speaks in its place goes into training/teacher.
"""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from wasabi import msg

from .demonstration.demo_base import train_demo_base
from .project.errors import UserError, run
from .project.files import new_directory, write_json
from .release.staging import LEGAL
from .training.alike import alike_by_name, teacher_s_name
from .training.beside import describe_other
from .training.blank import make_blank
from .training.distilling import write_speaker
from .training.finding import pipeline_folder, unpack_wheel
from .training.options import GpuId, TeacherFolder
from .training.pipelines import BaseRecord, describe_base, fingerprint, load_pipeline
from .training.renaming import read_names, rename_base


def main(
    inputs: Annotated[Path, typer.Option(help="what the command inputs wrote about the base")],
    output: Annotated[Path, typer.Option(help="folder to write, and beside it NAME.json")],
    teacher_inputs: Annotated[Path, typer.Option(help="what inputs wrote about the teacher")],
    teacher: TeacherFolder,
    lang: Annotated[str, typer.Option(help="language that the base must have, null for any")],
    config: Annotated[Path, typer.Option(help="training config of the demo's base")],
    seed: Annotated[int, typer.Option(help="seed of the demo's base")] = 0,
    gpu_id: GpuId = -1,
    max_steps: Annotated[
        int, typer.Option(help="of the demo's base, 0 for a length from the data")
    ] = 0,
    component: Annotated[str, typer.Option(help="the component to update")] = "ner",
) -> None:
    """Put the base pipeline into training/base and write its record with a fingerprint."""
    record = srsly.read_json(inputs)
    original = None
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
        elif record["kind"] == "blank":
            original = write_blank(record, folder, seed=seed, component=component)
        else:
            copy_pipeline(record, folder)
        if label_map := record.get("base_label_map"):
            original = fingerprint(folder)
            rename(folder, Path(label_map["paths"][0]), place=record["place"])
        base = check_base(
            folder, record, lang=None if lang == "null" else lang, component=component
        )
        base = base._replace(original=original, optimize=record.get("optimize"))
    write_json(output.with_suffix(".json"), base._asdict())
    if base.labels:
        msg.good(f"Base: {base.lang}_{base.name} {base.version}", ", ".join(base.labels))
    elif record["kind"] == "blank":
        msg.good(f"No base: {base.source}", "There is nothing to remember, all labels are new.")
    else:
        told = f"It has no {component} with labels: nothing to remember, all labels are new."
        msg.good(f"Base: {base.lang}_{base.name} {base.version}", told)
    speaker = write_speaker(srsly.read_json(teacher_inputs), output, teacher)
    if speaker:
        msg.good(f"Teacher: {speaker.name} {speaker.version}", ", ".join(speaker.taught))
        show_alike(speaker.taught, base.labels)


def show_alike(taught: Sequence[str], labels: Sequence[str]) -> None:
    """Print which labels of a teacher and of the base may mean the same."""
    for new, old in alike_by_name(taught, labels):
        msg.warn(f"The teacher has {new}, the base has {old}.", teacher_s_name(new, old))


def source_of(record: dict[str, Any]) -> str:
    """What the base came from, without a path of the machine."""
    kind, place = record["kind"], str(record["place"])
    names = {"demo": "demo", "package": str(record.get("name")), "blank": place}
    return names.get(kind, Path(place).name)


def copy_pipeline(record: dict[str, Any], folder: Path) -> None:
    """Copy the files of an installed package, a folder or a wheel into an empty folder."""
    if record["kind"] == "wheel":
        unpack_wheel(Path(record["place"]), folder)
    else:
        shutil.copytree(record["place"], folder, dirs_exist_ok=True)


def write_blank(
    record: dict[str, Any], folder: Path, *, seed: int, component: str = "ner"
) -> str | None:
    """Write a base that knows nothing, with the licence files of its word vectors.

    Returns the fingerprint of the pipeline that these are from.
    """
    with ExitStack() as stack:
        vectors, place = None, None
        if record["vectors"]:
            place = record["vectors"]["place"]
            vectors = stack.enter_context(pipeline_folder(place, name="", version=""))
        nlp = make_blank(
            record["lang"],
            optimize=record["optimize"],
            vectors=vectors,
            place=place,
            seed=seed,
            component=component,
        )
        nlp.to_disk(folder)
        for name in LEGAL:
            if vectors and (vectors / name).is_file():
                shutil.copy(vectors / name, folder)
        return fingerprint(vectors) if vectors else None


def rename(folder: Path, label_map: Path, *, place: str) -> None:
    """Let labels of the base in a folder have other names (vars.base_label_map)."""
    nlp = load_pipeline(folder, place=place)
    rename_base(nlp, read_names(label_map))
    nlp.to_disk(folder)


def check_base(
    folder: Path, record: dict[str, Any], *, lang: str | None, component: str = "ner"
) -> BaseRecord:
    """Load the base from its copy in a folder and describe it.

    Raises UserError when it cannot be loaded, is of another language, or has no ner to update.
    """
    nlp = load_pipeline(folder, place=record["place"])
    if component == "ner":
        base = describe_base(nlp, folder, source_of(record))
    else:
        base = describe_other(nlp, folder, source_of(record), component)
    if lang not in (None, base.lang):
        raise UserError(
            f"vars.lang is {lang}, but the base {base.name} is {base.lang}.",
            "Leave vars.lang null: it is the base's.",
        )
    return base


if __name__ == "__main__":
    run(main)
