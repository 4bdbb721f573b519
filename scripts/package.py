"""Build an installable package of the update, wheel and sdist, with its evidence inside."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import srsly
import typer
from wasabi import msg

from .evaluation.records import Evaluation, read_record
from .project.errors import UserError, check_disk_space, run
from .project.files import new_directory
from .project.settings import parse_value
from .release.earlier import choose_earlier
from .release.gate_rules import Decision
from .release.lineage import Lineage
from .release.meta import Identity, build_meta, read_meta
from .release.model_card import Card, write_card
from .release.model_changelog import FILE, write_changelog
from .release.released import (
    Content,
    Released,
    check_version,
    find_released,
    find_wheels,
    package_name,
    parse_version,
)
from .release.staging import needed_code, stage
from .release.tracing import Run, trace
from .training.options import BaseFolder, TeacherFolder
from .training.pipelines import BaseRecord, fingerprint, has_teacher


class Documents(NamedTuple):
    """What people read of a package."""

    card: str
    changelog: str


def main(
    model: Annotated[Path, typer.Option(help="the pipeline to package")],
    base: BaseFolder,
    teacher: TeacherFolder,
    evaluation: Annotated[Path, typer.Option(help="evaluation.json")],
    gate: Annotated[Path, typer.Option(help="gate.json")],
    conversion: Annotated[Path, typer.Option(help="report of convert")],
    rehearsal: Annotated[Path, typer.Option(help="report of rehearse")],
    strategy: Annotated[Path, typer.Option(help="strategy.json")],
    inputs: Annotated[Path, typer.Option(help="folder of what inputs wrote: vars and files")],
    output: Annotated[Path, typer.Option(help="folder of all packages")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="X.Y.Z")],
    released: Annotated[str, typer.Option(help="released wheels, null for none")] = "null",
    author: Annotated[str, typer.Option(help="null for none")] = "null",
    license_: Annotated[str, typer.Option("--license", help="null for the base's")] = "null",
    description: Annotated[str, typer.Option(help="null for one from the labels")] = "null",
) -> None:
    """Build wheel and sdist of the update in packages/LANG_NAME-VERSION/dist."""
    given = {"name": name, "version": version, "author": author}
    given |= {"license": license_, "description": description}
    identity = Identity(**{key: parse_value(key, value) for key, value in given.items()})
    judged, own, of_base = read_record(evaluation, Evaluation), read_meta(model), read_meta(base)
    made = Run(
        inputs=read_inputs(inputs),
        conversion=srsly.read_json(conversion),
        rehearsal=srsly.read_json(rehearsal),
        strategy=srsly.read_json(strategy),
        base=BaseRecord.read(base.with_suffix(".json")),
        license=of_base.get("license"),
        evaluation=judged,
        gate=read_record(gate, Decision),
        project=Path(),
        earlier=find_earlier(of_base, judged, own.get("labels", {})),
        **read_teacher(teacher),
    )
    check_release(made.evaluation, made.gate, fingerprint(model))
    lineage = trace(made)
    meta = build_meta(
        own,
        identity=identity,
        base=made.base,
        evaluation=made.evaluation,
        lineage=lineage,
    )
    package = package_name(meta["lang"], meta["name"])
    wheels = find_wheels(output, parse_value("released", released))
    before = check_releases(package, identity.version, lineage, find_released(package, wheels))
    changelog = write_changelog(
        package, identity.version, lineage, base=read_changelog(base), released=before
    )
    card = write_card(Card(meta, made.base, lineage, made.evaluation, made.gate))
    documents = Documents(card, changelog)
    folder = build_package(model, base=base, meta=meta, documents=documents, output=output)
    for path in sorted((folder / "dist").iterdir()):
        msg.good(f"{path.stat().st_size / 1e6:.1f} MB", str(path))


def check_releases(
    package: str, version: str, lineage: Lineage, released: list[Released]
) -> Released | None:
    """See that the version is free for these data; returns the release before it.

    Raises UserError when it was released from other data.
    """
    labels = sorted({*lineage.labels["annotated"], *lineage.labels["retained"]})
    for warning in check_version(package, version, Content(lineage.data, labels), released):
        msg.warn(warning)
    return next((one for one in reversed(released) if one.version < parse_version(version)), None)


def read_inputs(folder: Path) -> dict[str, Any]:
    """What `inputs` wrote, put together as in `assets/inputs.json`, without the files' times."""
    parts = {path.stem: srsly.read_json(path) for path in sorted(folder.glob("*.json"))}
    return {"vars": parts.pop("vars"), "inputs": parts}


def read_teacher(folder: Path) -> dict[str, Any]:
    """What is known of a teacher in the base's place, as `Run` takes it; nothing without one."""
    if not has_teacher(folder):
        return {}
    record = BaseRecord.read(folder.with_suffix(".json"))
    return {"teacher": record, "teacher_license": read_meta(folder).get("license")}


def find_earlier(
    before: Mapping[str, Any], judged: Evaluation, labels: Mapping[str, list[str]]
) -> list[Lineage]:
    """The updates that made a base of ours, as far as they tell something of the pipeline.

    before: the base's meta. judged: the evaluation of the update. labels: the pipeline's, by
    component. Warns of a base that tells of itself in a way that we do not know.
    """
    if "lineage" not in before:
        return []
    try:
        lineage = msgspec.convert(before["lineage"], Lineage)
    except msgspec.ValidationError as error:
        msg.warn("What the base tells of its own update cannot be read", str(error))
        return []
    return choose_earlier(
        lineage,
        component=judged.component,
        learnt={*judged.labels.annotated, *judged.labels.taught},
        present={label for names in labels.values() for label in names},
    )


def read_changelog(base: Path) -> str:
    """The changelog that a base of ours carries, empty for any other."""
    path = base / FILE
    return path.read_text(encoding="utf8") if path.is_file() else ""


def check_release(evaluation: Evaluation, decision: Decision, fingerprint: str) -> None:
    """Raises UserError for a pipeline that was not evaluated, or that the gate refused.

    fingerprint: SHA-256 over the files of the pipeline to package.
    """
    if evaluation.pipelines["update"].fingerprint != fingerprint:
        raise UserError(
            "The evaluation is of another pipeline than the one to package.",
            "Run the commands evaluate and gate again.",
        )
    if not decision.passed:
        raise UserError(
            f"The gate refused this pipeline: {decision.sentence}",
            "training/report.html says what to do about it; what it asks for are vars.",
        )


def build_package(
    model: Path, *, base: Path, meta: dict[str, Any], documents: Documents, output: Path
) -> Path:
    """Build the package's folder, whole or not at all; one of the same version is replaced.

    Returns the folder, with `dist/*.whl` and `dist/*.tar.gz`. Raises UserError when a tool fails.
    """
    package = f"{package_name(meta['lang'], meta['name'])}-{meta['version']}"
    with new_directory(output / package) as folder:
        work = folder / "work"
        stage(model, base, work / "model", meta)
        (work / "model" / "README.md").write_text(documents.card, encoding="utf8")
        (work / "model" / FILE).write_text(documents.changelog, encoding="utf8")
        # `spacy package` itself would build in an isolated environment, which needs a package
        # index, and falls back to the deprecated `setup.py bdist_wheel` with a warning. Here
        # setuptools and wheel are installed and pinned, so nothing is fetched.
        command = ["spacy", "package", str(work / "model"), str(work), "--build", "none"]
        if code := needed_code(model):
            command += ["--code", ",".join(map(str, code))]
        run_tool(command, folder)
        shutil.move(work / package, work / "package")
        dist = ["--outdir", str(folder / "dist")]
        run_tool(
            ["build", "--no-isolation", "--sdist", "--wheel", *dist, str(work / "package")], folder
        )
        for part in (work / "package").iterdir():
            if part.name != "build" and part.suffix != ".egg-info":
                shutil.move(part, folder / part.name)
        shutil.rmtree(work)
    return output / package


def run_tool(arguments: list[str], place: Path) -> None:
    """Run a Python module quietly, which writes to a place.

    Raises UserError with the end of its output when it fails, OSError when the disk is full.
    """
    # -P: a folder named build/ in the working directory is not the module build
    command = [sys.executable, "-P", "-m", *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        check_disk_space(done.stdout, place)
        raise UserError(
            f"python -m {arguments[0]} failed:\n{done.stdout[-2000:].strip()}",
            "Install the pinned requirements (pip install -r requirements.txt), and look at the "
            "lines above.",
        )


if __name__ == "__main__":
    run(main)
