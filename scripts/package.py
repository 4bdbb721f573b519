"""Build an installable package of the update, wheel and sdist, with its evidence inside."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import spacy
import srsly
import typer
from spacy.util import get_minor_version_range, split_requirement
from wasabi import msg

from . import components
from .evaluation.records import Evaluation, Figures, read_record
from .project.errors import UserError, check_disk_space, run
from .project.files import new_directory
from .project.settings import parse_value
from .release.gate_rules import Decision
from .release.model_card import Card, Data, Recipe, write_card
from .release.staging import needs_components, package_name, stage
from .training.pipelines import BaseRecord, fingerprint


@dataclass(frozen=True)
class Identity:
    """What the user says of the package; None where the data say it."""

    name: str
    version: str
    author: str | None
    license: str | None
    description: str | None


def main(
    model: Annotated[Path, typer.Option(help="the pipeline to package")],
    base: Annotated[Path, typer.Option(help="folder of the base; its record stands beside it")],
    evaluation: Annotated[Path, typer.Option(help="evaluation.json")],
    gate: Annotated[Path, typer.Option(help="gate.json")],
    conversion: Annotated[Path, typer.Option(help="report of convert: how many texts there were")],
    inputs: Annotated[Path, typer.Option(help="what inputs wrote about the export")],
    output: Annotated[Path, typer.Option(help="folder of all packages")],
    name: Annotated[str, typer.Option(help="the package's, without the language")],
    version: Annotated[str, typer.Option(help="X.Y.Z")],
    strategy: Annotated[str, typer.Option(help="how it was trained, for the model card")],
    seed: Annotated[int, typer.Option(help="of the training, for the model card")],
    author: Annotated[str, typer.Option(help="null for none")] = "null",
    license_: Annotated[str, typer.Option("--license", help="null for the base's")] = "null",
    description: Annotated[str, typer.Option(help="null for one from the labels")] = "null",
) -> None:
    """Build wheel and sdist of the update in packages/LANG_NAME-VERSION/dist."""
    given = {"name": name, "version": version, "author": author}
    given |= {"license": license_, "description": description}
    identity = Identity(**{key: parse_value(key, value) for key, value in given.items()})
    base_record = BaseRecord.read(base.with_suffix(".json"))
    splits = srsly.read_json(conversion)["splits"]
    data = Data(fingerprint_data(srsly.read_json(inputs)), splits)
    scores, decision = read_record(evaluation, Evaluation), read_record(gate, Decision)
    check_release(scores, decision, fingerprint(model))
    meta = build_meta(
        read_meta(model),
        identity=identity,
        base=base_record,
        data=data,
        evaluation=scores,
        decision=decision,
    )
    card = Card(meta, base_record, data, Recipe(strategy, seed), scores, decision)
    folder = build_package(model, base=base, meta=meta, readme=write_card(card), output=output)
    for path in sorted((folder / "dist").iterdir()):
        msg.good(f"{path.stat().st_size / 1e6:.1f} MB", str(path))


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


def fingerprint_data(record: Any) -> str:
    """SHA-256 over the hashes of all files in a record of `inputs`, in any order."""
    digest = hashlib.sha256()
    for sha256 in sorted(_hashes(record)):
        digest.update(sha256.encode())
    return digest.hexdigest()


def _hashes(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["sha256"]] if isinstance(part.get("sha256"), str) else []
        return own + [found for value in part.values() for found in _hashes(value)]
    if isinstance(part, list):
        return [found for value in part for found in _hashes(value)]
    return []


def read_meta(model: Path) -> dict[str, Any]:
    """The `meta.json` of a pipeline. Raises UserError when there is none."""
    try:
        return dict(srsly.read_json(model / "meta.json"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{model} is no pipeline: its meta.json cannot be read ({error}).",
            "Run the command train first.",
        ) from error


def build_meta(
    own: dict[str, Any],
    *,
    identity: Identity,
    base: BaseRecord,
    data: Data,
    evaluation: Evaluation,
    decision: Decision,
) -> dict[str, Any]:
    """The package's `meta.json`, from the pipeline's own and the evidence.

    What the base's meta says of licence and sources is kept: its weights are inside.
    """
    lang = own["lang"]
    performance = own.get("performance", {})
    kept = {key: value for key, value in performance.items() if not key.startswith("ents_")}
    return own | {
        "name": package_name(lang, identity.name).removeprefix(f"{lang}_"),
        "version": identity.version,
        "author": identity.author or "",
        "email": "",
        "url": "",
        "license": identity.license or own.get("license") or "",
        "description": " ".join((identity.description or describe(base, evaluation)).split()),
        "spacy_version": get_minor_version_range(spacy.__version__),
        # `spacy package` adds spaCy's own, for this version.
        "requirements": [
            requirement
            for requirement in own.get("requirements", [])
            if split_requirement(requirement)[0] != "spacy"
        ],
        "sources": [*_sources(own), base_source(own, base)],
        "performance": kept | entity_scores(evaluation),
        "update": {
            "base": {"name": f"{base.lang}_{base.name}", "version": base.version}
            | {"fingerprint": base.fingerprint},
            "data": asdict(data),
            "labels": asdict(evaluation.labels),
            "retention": evaluation.retention and asdict(evaluation.retention),
            "plasticity": evaluation.plasticity and asdict(evaluation.plasticity),
            "verdict": decision.verdict,
        },
    }


def _sources(meta: dict[str, Any]) -> list[dict[str, str]]:
    """What a meta says of its sources, always as records: spaCy allows names alone, too."""
    sources = meta.get("sources") or []
    return [source if isinstance(source, dict) else {"name": source} for source in sources]


def base_source(own: dict[str, Any], base: BaseRecord) -> dict[str, str]:
    """The base as a source; what the pipeline's meta says of author and licence is the base's."""
    known = {key: own[key] for key in ("url", "author", "license") if own.get(key)}
    return {"name": f"{base.lang}_{base.name} {base.version}"} | known


def describe(base: BaseRecord, evaluation: Evaluation) -> str:
    """A line on what the pipeline is, for where the user says nothing."""
    labels = ", ".join(evaluation.labels.annotated)
    return f"{base.lang}_{base.name} {base.version}, updated with annotations of {labels}."


def entity_scores(evaluation: Evaluation) -> dict[str, Any]:
    """Scores on the gold test set under spaCy's names, 0 to 1 as in its own pipelines."""
    per_type = {label: _prf(row.update) for label, row in evaluation.gold.labels.items()}
    scores = _prf(evaluation.gold.micro["annotated"].update)
    return {f"ents_{key}": value for key, value in scores.items()} | {"ents_per_type": per_type}


def _prf(figures: Figures) -> dict[str, float]:
    values = {"p": figures.precision, "r": figures.recall, "f": figures.f}
    return {key: round(value / 100, 6) for key, value in values.items()}


def build_package(
    model: Path, *, base: Path, meta: dict[str, Any], readme: str, output: Path
) -> Path:
    """Build the package's folder, whole or not at all; one of the same version is replaced.

    Returns the folder, with `dist/*.whl` and `dist/*.tar.gz`. Raises UserError when a tool fails.
    """
    package = f"{package_name(meta['lang'], meta['name'])}-{meta['version']}"
    with new_directory(output / package) as folder:
        work = folder / "work"
        stage(model, base, work / "model", meta)
        (work / "model" / "README.md").write_text(readme, encoding="utf8")
        # `spacy package` itself would build in an isolated environment, which needs a package
        # index, and falls back to the deprecated `setup.py bdist_wheel` with a warning. Here
        # setuptools and wheel are installed and pinned, so nothing is fetched.
        command = ["spacy", "package", str(work / "model"), str(work), "--build", "none"]
        if needs_components(model):
            command += ["--code", str(components.__file__)]
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
