"""Making a wheel again: its inputs are found by their hashes, its vars stand in its lineage."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import numpy as np
import srsly
from spacy.language import Language
from spacy.util import is_package

from ..corpora.corpus import read_corpus
from ..evaluation.scores import entity_spans
from ..project.copies import lay_out
from ..project.encoder import SIZES
from ..project.errors import UserError
from ..project.files import hash_file, hash_text
from ..project.resolve import find_files
from ..project.running import command_line, environment, workflow_steps
from ..training.finding import pipeline_folder, unpack_wheel
from ..training.pipelines import fingerprint, load_pipeline
from .lineage import Environment, Lineage, SourceFile
from .released import Released
from .tracing import hash_code

# What tells of a pipeline, and is no part of it.
DOCUMENTS = {"README.md", "CHANGELOG.md", "LICENSE", "LICENSES_SOURCES", "meta.json"}
LAST = "package"  # the command of the workflow all that makes the wheel
NEEDLESS = ("version", "report")  # commands on the way to it that it can do without
TEXTS = 500  # to compare predictions on
TEST_SETS = ("corpus/gold/test", "corpus/rehearsal/test")


class Compared(NamedTuple):
    """How a pipeline that was made again differs from the one in the wheel.

    files: those that are not the same. difference: the largest one between two weights. texts: on
    which predictions were compared; differing: those with other entities.
    """

    files: list[str]
    difference: float
    texts: int
    differing: int


def read_lineage(released: Released) -> Lineage:
    """The lineage of a wheel. Raises UserError when it has none that we know."""
    try:
        return msgspec.convert(released.meta["lineage"], Lineage)
    except (KeyError, msgspec.ValidationError) as error:
        raise UserError(
            f"{released.wheel} does not tell where it comes from ({error}).",
            "Give a wheel that the command package of this project built.",
        ) from error


def other_environment(then: Environment, now: Environment) -> list[str]:
    """What differs from the environment in which a wheel was made, a line each."""
    told = [
        f"{name} {version}, here {now.packages.get(name, 'none')}"
        for name, version in then.packages.items()
        if now.packages.get(name) != version
    ]
    pairs = [("Python", then.python, now.python), ("machine", then.machine, now.machine)]
    if then.processor:
        pairs.append(("processor", then.processor, now.processor))
    told += [f"{name} {before}, here {here}" for name, before, here in pairs if before != here]
    return told + (["other code of this project"] if then.code != now.code else [])


def find_inputs(lineage: Lineage, folder: Path) -> dict[str, list[Path]]:
    """The files of each var in a folder, whatever they are called there, in their order.

    A file in a store is given by its address. Raises UserError when one is missing.
    """
    wanted = [file for files in lineage.inputs.values() for file in files]
    sizes = {file.bytes for file in wanted}
    here = [path for path in find_files(str(folder)) if path.stat().st_size in sizes]
    known = {hash_file(path): path for path in here}
    missing = [
        f"{file.name} (vars.{name}, SHA-256 {file.sha256[:12]}...)"
        for name, files in lineage.inputs.items()
        for file in files
        if file.sha256 not in known and "://" not in file.name
    ]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(wanted)} input files are not in {folder}:\n"
            + "\n".join(missing[:10]),
            "Put them there, under any name." + _where_a_model_is(lineage),
        )
    return {
        name: [known.get(file.sha256, Path(file.name)) for file in files]
        for name, files in lineage.inputs.items()
    }


def _where_a_model_is(lineage: Lineage) -> str:
    teacher = lineage.teacher
    if teacher is None or "teacher" not in lineage.inputs:
        return ""
    return (
        f" The teacher {teacher.source} is a model of Hugging Face's: of a name on its hub, take "
        "the revision whose files have these hashes."
    )


def lay_inputs(
    lineage: Lineage, found: Mapping[str, Sequence[Path]], folder: Path
) -> dict[str, str]:
    """Link the files under their own names and in their order; returns the vars that name them."""
    models, values = model_folders(lineage), {}
    for name, paths in found.items():
        files = lineage.inputs[name]
        if any("://" in file.name for file in files):
            values[name] = _address(name, files)
            continue
        place = folder / name / models.get(name, "")
        place.mkdir(parents=True, exist_ok=True)
        for number, (file, path) in enumerate(zip(files, paths, strict=True)):
            # A transformer's files are known by their names; others keep their order by number.
            link = place / (file.name if name in models else f"{number:05}-{file.name}")
            link.unlink(missing_ok=True)
            link.symlink_to(path.absolute())
        single = len(files) == 1 and name not in models
        values[name] = str(next(place.iterdir()) if single else place)
    return values


def model_folders(lineage: Lineage) -> dict[str, str]:
    """The vars that may name a transformer, with the last part of what the user called it."""
    teacher = {"teacher": Path(lineage.teacher.source).name} if lineage.teacher else {}
    return {"encoder": lineage.recipe.encoder, **teacher}


def _address(name: str, files: Sequence[SourceFile]) -> str:
    if len(files) > 1:
        raise UserError(
            f"vars.{name} named {len(files)} files in a store.",
            "Make that run by hand: meta.json has their addresses and all vars.",
        )
    return files[0].name


def find_base(lineage: Lineage, folder: Path) -> dict[str, str]:
    """The vars of pipelines: `base_model`, and `vectors` of a base that sees another's.

    Each is a folder or a wheel, `demo`, or a name: of an installed one, or one that spacy download
    knows. Raises UserError when a pipeline is not there.
    """
    base = lineage.base
    if base.kind == "demo" or (base.kind == "blank" and base.original is None):
        return {"base_model": base.source}
    wanted = base.original or base.fingerprint
    if base.kind == "blank":
        name, told = lineage.recipe.vars.get("vectors"), "The pipeline with the word vectors"
        return {
            "base_model": base.source,
            "vectors": find_pipeline(wanted, folder, name=name, told=told),
        }
    name = base.source if base.kind == "package" else None
    told = f"The base {base.name} {base.version}"
    return {"base_model": find_pipeline(wanted, folder, name=name, told=told)}


def find_teacher(lineage: Lineage, folder: Path) -> dict[str, str]:
    """The var `teacher`, as `find_base`, where a pipeline taught: a transformer's files are inputs.

    Raises UserError when it is not there.
    """
    teacher = lineage.teacher
    if teacher is None or teacher.original is None:
        return {}
    name = teacher.source if teacher.kind == "package" else None
    told = f"The teacher {teacher.name} {teacher.version}"
    return {"teacher": find_pipeline(teacher.original, folder, name=name, told=told)}


def find_pipeline(wanted: str, folder: Path, *, name: str | None, told: str) -> str:
    """Where the pipeline with a fingerprint is: a folder or a wheel in a folder, else its name.

    Raises UserError when it is not there and has no name, or when what is installed under that name
    is another one. told: what it is.
    """
    for config in sorted(folder.rglob("config.cfg")):
        if fingerprint(config.parent) == wanted:
            return str(config.parent.absolute())
    for wheel in sorted(folder.rglob("*.whl")):
        # One of something else is of no concern here.
        with suppress(UserError), unpacked(wheel) as pipeline:
            if fingerprint(pipeline) == wanted:
                return str(wheel.absolute())
    if name is None:
        raise UserError(
            f"{told} is not in {folder}.",
            f"Put its folder or its wheel there (SHA-256 over its files: {wanted}).",
        )
    if is_package(name):
        with pipeline_folder(name, name="", version="") as installed:
            check_installed(installed, wanted, name, told)
    return name


def check_installed(installed: Path, wanted: str, name: str, told: str) -> None:
    """Raises UserError for an installed pipeline that has not the fingerprint that is wanted."""
    if fingerprint(installed) != wanted:
        raise UserError(
            f"{told} was another one than the {name} that is installed here.",
            f"Install that version, or put its wheel among the inputs (SHA-256 over its files: "
            f"{wanted}).",
        )


@contextmanager
def unpacked(wheel: Path) -> Iterator[Path]:
    """The pipeline inside a wheel, in a folder for a while."""
    with TemporaryDirectory() as folder:
        unpack_wheel(wheel, Path(folder))
        yield Path(folder)


def rebuild_vars(lineage: Lineage, released: Released, files: Mapping[str, str]) -> dict[str, Any]:
    """All vars of the run that makes a wheel again. files: the vars that name files.

    What project.yml says now of released wheels and of the language is of another run.
    """
    encoder = lineage.recipe.encoder
    values = {**lineage.recipe.vars, **{key: released.meta[key] for key in ("name", "version")}}
    values |= {"released": None, "lang": None}
    return values | ({"encoder": encoder} if encoder in SIZES else {}) | dict(files)


def lay_out_current(project: Path, folder: Path) -> None:
    """A copy of the project as it is now; one that is that already keeps what it has made."""
    if not folder.exists() or _code(folder) != _code(project):
        lay_out(project, folder)


def _code(project: Path) -> tuple[str, str]:
    return hash_code(project), hash_file(project / "project.yml")


def steps(project: Path) -> list[str]:
    """The commands that make a wheel, in order."""
    workflow = workflow_steps(project, "all")
    return [step for step in workflow[: workflow.index(LAST) + 1] if step not in NEEDLESS]


def run_step(step: str, project: Path, values: Mapping[str, Any]) -> None:
    """Run a command of the workflow, its output shown. Raises UserError when it fails.

    What the environment says of vars is of the run that made us.
    """
    line = command_line(step, values)
    if subprocess.run(line, cwd=project, env=environment(), check=False).returncode:
        raise UserError(
            f"The wheel could not be made again: the command {step} failed in {project}.",
            "Its message stands above.",
        )


def compare_pipelines(first: Path, second: Path, project: Path) -> Compared:
    """Compare two pipelines' files, weights and predictions.

    project: the folder whose test sets the texts are taken from.
    """
    one, other = load_pipeline(first), load_pipeline(second)
    sets = (read_corpus(project / name, one.vocab) for name in TEST_SETS)
    texts = [doc.text for doc in islice(chain.from_iterable(sets), TEXTS)]
    pairs = zip(one.pipe(texts), other.pipe(texts), strict=True)
    return Compared(
        files=differing_files(first, second),
        difference=largest_difference(one, other),
        texts=len(texts),
        differing=sum(entity_spans(a) != entity_spans(b) for a, b in pairs),
    )


def differing_files(first: Path, second: Path) -> list[str]:
    """The files of two pipelines that are not the same, documents left out.

    A sentencizer writes a set, in another order each time: the order in its list does not count.
    """
    ours, theirs = (
        {
            path.relative_to(folder).as_posix(): hash_content(path)
            for path in folder.rglob("*")
            if path.is_file() and path.relative_to(folder).as_posix() not in DOCUMENTS
        }
        for folder in (first, second)
    )
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )


def hash_content(path: Path) -> str:
    """The hash of a file; of a sentencizer's, of its characters sorted."""
    if path.suffix == ".json":
        content = srsly.read_json(path)
        if isinstance(content, dict) and "punct_chars" in content:
            content["punct_chars"].sort()
            return hash_text(srsly.json_dumps(content, sort_keys=True))
    return hash_file(path)


def largest_difference(one: Language, other: Language) -> float:
    """The largest difference between two weights; infinite where they have other shapes."""
    if one.pipe_names != other.pipe_names:
        return float("inf")
    pairs = [
        pair
        for name in one.pipe_names
        for pair in zip(_weights(one, name), _weights(other, name), strict=False)
    ]
    if any(a.shape != b.shape for a, b in pairs):
        return float("inf")
    return max((float(np.abs(a - b).max(initial=0)) for a, b in pairs), default=0.0)


def _weights(nlp: Language, name: str) -> list[Any]:
    model: Any = getattr(nlp.get_pipe(name), "model", None)
    nodes = model.walk() if hasattr(model, "walk") else ()
    return [
        node.get_param(key) for node in nodes for key in node.param_names if node.has_param(key)
    ]
