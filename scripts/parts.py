"""Update several components into one wheel: for each of them a run of its own, one after another.

A part is what differs from the run's vars. Its base is the update of the part before, whose
components it keeps as they are. The gate judges each part; the first that it refuses ends the run.
What is unchanged since an earlier run is not made again, as in any run.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import srsly
import typer
from wasabi import msg

from .kinds.known import find_kind
from .project.copies import renew
from .project.errors import UserError, run
from .project.files import hash_file, new_directory, write_json
from .project.overrides import called_with
from .project.part_list import SHAPE, read_parts
from .project.running import command_line, environment
from .project.settings import (
    check_component,
    parse_path,
    parse_settings,
    read_project_vars,
)
from .training.beside import taking_part
from .training.finding import find_wheel
from .training.pipelines import load_pipeline

UPDATE = Path("training/update/model-best")
GATE = Path("training/gate.json")
WORKFLOW, OF_THE_LAST = "part", "all"  # which also verifies the wheel
Verified = Annotated[bool, typer.Option(help="whether the wheel is installed and tried")]
# Vars that name files, from the project's folder unless they are absolute.
FILES = (
    *("export", "label_config", "label_map", "base_model", "base_label_map", "raw_text", "vectors"),
    *("retained_gold", "retained_gold_map", "replay_gold", "replay_gold_map", "negative_text"),
    *("teacher", "teacher_label_map", "config", "encoder", "released"),
)
ONCE = {"optimize": "efficiency", "vectors": None}  # vars that only a start from nothing has


class Part(NamedTuple):
    """A component that is updated. folder: of its run. name, version: of the package it builds."""

    component: str
    folder: Path
    name: str
    version: str

    @property
    def wheel(self) -> Path:
        """What its run has built, beside which those of other versions may lie."""
        packages = self.folder / "packages"
        return find_wheel(None, name=self.name, version=self.version, packages=packages)


def main(
    parts: Annotated[str, typer.Option(help="YAML: a list of the vars of each part, or null")],
    folder: Annotated[Path, typer.Option(help="folder for the runs of the parts")],
    packages: Annotated[Path, typer.Option(help="folder of all packages")],
    record: Annotated[Path, typer.Option(help="parts.json to write")],
    verified: Verified = True,
) -> None:
    """Update the components of all parts and build one wheel with them."""
    path = parse_path("parts", parts)
    if path is None:
        raise UserError("vars.parts is null.", f"Give a YAML file. {SHAPE}")
    record.unlink(missing_ok=True)
    # Vars of the command line that started us win over those of project.yml, as everywhere.
    values = read_project_vars() | called_with()
    last = OF_THE_LAST if verified else WORKFLOW
    done = update_all(read_parts(path), values, folder, last)
    check_kept(done)
    write_json(record, [tell(part) for part in done])
    package = done[-1].wheel.parents[1]
    with new_directory(packages / package.name) as place:
        shutil.copytree(package, place, dirs_exist_ok=True)
    msg.good(f"One wheel with {len(done)} updates", str(packages / package.name / "dist"))


def update_all(
    parts: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
    folder: Path,
    of_the_last: str = OF_THE_LAST,
) -> list[Part]:
    """Update all parts: the base of each but the first is the wheel of the one before.

    of_the_last: the workflow of the last part.
    Raises UserError, before anything is trained, where a part has vars that do not go together.
    """
    done: list[Part] = []
    wanted = [
        {**values, **(ONCE if number else {}), **own, "parts": None}
        for number, own in enumerate(parts)
    ]
    for own in wanted:
        check_component(parse_settings({name: str(value) for name, value in own.items()}))
    for number, own in enumerate(wanted, 1):
        told = absolute(own)
        last = number == len(parts)
        if done:
            told["base_model"] = str(done[-1].wheel)
        if not last:
            told |= {"name": f"{told['name']}_part{number}", "released": None}
        component, place = told["component"], folder.absolute() / f"{number}-{told['component']}"
        part = Part(component, place, told["name"], str(told["version"]))
        msg.divider(f"part {number} of {len(parts)}: {component}")
        update(part, told, of_the_last if last else WORKFLOW)
        done.append(part)
    return done


def absolute(values: Mapping[str, Any]) -> dict[str, Any]:
    """The vars, with files of the project named from anywhere."""
    there = {name: str(values[name]) for name in FILES if values.get(name)}
    found = {name: str(Path(place).absolute()) for name, place in there.items() if _is_here(place)}
    return {**values, **found}


def _is_here(place: str) -> bool:
    return "*" in place or Path(place).exists()


def update(part: Part, values: Mapping[str, Any], workflow: str) -> None:
    """Run a workflow in the folder of a part, where it goes on; a failure ends this command."""
    renew(Path(), part.folder)
    line = command_line(workflow, values)
    done = subprocess.run(line, cwd=part.folder, env=environment(), check=False)
    if done.returncode:
        sys.exit(done.returncode)


def check_kept(parts: Sequence[Part]) -> None:
    """See that the last pipeline has the components of each part as its evaluation judged them.

    Of several parts with the same component, the last one counts.
    """
    last = parts[-1].folder / UPDATE
    whole = load_pipeline(last)
    for part in {part.component: part for part in parts}.values():
        own = part.folder / UPDATE
        names = taking_part(load_pipeline(own), find_kind(part.component))
        changed = [
            name
            for name in names
            if name not in whole.pipe_names or hash_all(own / name) != hash_all(last / name)
        ]
        if changed:
            raise UserError(
                f"A later part changed {', '.join(changed)} of the part {part.component}.",
                "Let that part come last, or update it in a run of its own.",
            )


def hash_all(folder: Path) -> dict[str, str]:
    """The hash of each file in a folder, by its place there."""
    return {
        str(path.relative_to(folder)): hash_file(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def tell(part: Part) -> dict[str, Any]:
    """What the gate says of a part."""
    decision = srsly.read_json(part.folder / GATE)
    return {
        "component": part.component,
        "folder": part.folder.name,
        "verdict": decision["verdict"],
        "sentence": decision["sentence"],
    }


if __name__ == "__main__":
    run(main)
