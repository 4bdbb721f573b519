"""From what a var says (a name, a file, a folder, a pattern) to files and their hashes."""

import glob
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import UserError
from .files import hash_file
from .remote import find_remote, is_remote

# Names of the pipelines that `spacy download` knows, as en_core_web_sm.
DOWNLOADABLE = re.compile(r"[a-z]{2,3}_(core|dep|ent|sent|pipeline)_[a-z]+_(sm|md|lg|trf)")
BLANK = re.compile(r"blank:([a-z]{2,3})")  # no base at all, of a language
MADE = Path("training")
REMOTE = ("raw_text",)  # vars whose files may lie in a store
GIVE = (
    "Give vars.base_model an installed pipeline's name, a folder, a wheel, demo, or blank:de "
    "(from nothing, with the language's code)."
)


@dataclass(frozen=True)
class InputFile:
    """A file that was read. times: last change of the content and of the entry, in ns.

    sha256: of the bytes; of a file in a store it is that of what the store says of it.
    """

    path: str
    sha256: str
    bytes: int
    times: list[int]


def hash_input(path: Path, known: dict[str, InputFile]) -> dict[str, Any]:
    """The record of a file; one whose size and times have not changed is not read again."""
    status = path.stat()
    times = [status.st_mtime_ns, status.st_ctime_ns]
    before = known.get(str(path))
    if before and before.bytes == status.st_size and before.times == times:
        return asdict(before)
    return asdict(InputFile(str(path), hash_file(path), status.st_size, times))


def resolve_files(
    name: str, where: str | None, *, known: dict[str, InputFile]
) -> dict[str, Any] | None:
    """The files that a var names, None when it is null.

    Raises UserError when there is no such file, when all of them are empty, and for an address of
    a store where only a path will do.
    """
    if where is None:
        return None
    files = _remote_files(name, where) if is_remote(where) else _local_files(where, known)
    if not files:
        raise UserError(
            f"No file at {where} (vars.{name}).", f"Correct the path, as --vars.{name} PATH."
        )
    if not any(file["bytes"] for file in files):
        raise UserError(f"{where} is empty (vars.{name}).", "Give a file that has content.")
    return {"paths": [file["path"] for file in files], "files": files}


def _local_files(where: str, known: dict[str, InputFile]) -> list[dict[str, Any]]:
    return [hash_input(path, known) for path in find_files(where)]


def _remote_files(name: str, where: str) -> list[dict[str, Any]]:
    if name not in REMOTE:
        raise UserError(
            f"vars.{name} is {where}, but only {' and '.join(REMOTE)} may lie in a store.",
            "Fetch the file, and give its path.",
        )
    return [asdict(InputFile(*file, times=[])) for file in find_remote(where)]


def find_files(where: str) -> list[Path]:
    """Files of a path, of a folder with its subfolders (hidden ones left out), or of a pattern."""
    path = Path(where).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
    return sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def resolve_base(base_model: str, *, demo: Path, known: dict[str, InputFile]) -> dict[str, Any]:
    """The kind of the base ("demo", "folder", "wheel" or "package"), its place and its files.

    A name that is not installed is downloaded when `spacy download` knows it.
    Raises UserError when there is no such pipeline.
    """
    if base_model == "demo":
        paths = [demo / "base_corpus.jsonl"]
        return _base("demo", str(demo), paths, known)
    return resolve_pipeline(base_model, known)


def resolve_blank(
    base_model: str, optimize: str, vectors: str | None, *, known: dict[str, InputFile]
) -> dict[str, Any] | None:
    """The record of a base that is none (kind "blank"); None where vars.base_model is a pipeline.

    vectors: an installed pipeline's name or a folder, for its word vectors.
    Raises UserError when there is no such pipeline.
    """
    found = BLANK.fullmatch(base_model)
    if found is None:
        return None
    of = None
    if vectors:
        try:
            of = resolve_pipeline(vectors, known)
        except UserError as error:
            raise UserError(
                f"{error.fact} (vars.vectors)",
                "Give vars.vectors an installed pipeline's name, or a folder that spacy init "
                "vectors or nlp.to_disk wrote.",
            ) from error
    blank = {"lang": found[1], "optimize": optimize, "vectors": of}
    return _base("blank", base_model, [], known) | blank


def resolve_pipeline(base_model: str, known: dict[str, InputFile]) -> dict[str, Any]:
    """The kind of a pipeline ("folder", "wheel" or "package"), its place and its files.

    Raises UserError when there is none.
    """
    path = Path(base_model).expanduser()
    if path.resolve().is_relative_to(MADE.resolve()):
        raise UserError(
            f"The pipeline {base_model} lies in {MADE}/, which the commands write anew.",
            "Give vars.base_model the wheel of that pipeline, or a copy of its folder elsewhere.",
        )
    if path.is_dir():
        return _folder("folder", path, known)
    if path.is_file() and path.suffix == ".whl":
        return _base("wheel", str(path), [path], known)
    if not base_model.isidentifier():
        raise UserError(
            f"The pipeline {base_model} is no folder, no wheel and no pipeline's name.",
            GIVE,
        )
    if not _installed(base_model):
        download(base_model)
    return _folder("package", _package_folder(base_model), known) | {"name": base_model}


def _folder(kind: str, path: Path, known: dict[str, InputFile]) -> dict[str, Any]:
    if not (path / "config.cfg").is_file() or not (path / "meta.json").is_file():
        raise UserError(
            f"{path} is no spaCy pipeline: config.cfg or meta.json is missing.",
            "Give vars.base_model a folder that nlp.to_disk wrote.",
        )
    return _base(kind, str(path), find_files(str(path)), known)


def _base(kind: str, place: str, paths: list[Path], known: dict[str, InputFile]) -> dict[str, Any]:
    return {"kind": kind, "place": place, "files": [hash_input(path, known) for path in paths]}


def _installed(name: str) -> bool:
    importlib.invalidate_caches()
    return importlib.util.find_spec(name) is not None


def _package_folder(name: str) -> Path:
    """The folder with the pipeline's data inside an installed package."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise UserError(f"{name} is not installed.", f"Install it: pip install {name}.")
    package = Path(spec.origin).parent
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            f"{name} is a Python module, but no installed pipeline.",
            GIVE,
        ) from None
    return package / f"{name}-{version}"


def download(name: str) -> None:
    """Install a pipeline with `spacy download`. Raises UserError when that fails."""
    if not DOWNLOADABLE.fullmatch(name):
        raise UserError(f"The pipeline {name} is not installed.", GIVE)
    print(f"{name} is not installed: trying spacy download.", flush=True)
    command = [sys.executable, "-m", "spacy", "download", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not _installed(name):
        raise UserError(
            f"The pipeline {name} is not installed, and spacy download {name} failed.",
            f"Check the network, or install it by hand and run again. {GIVE}",
        )
