"""A teacher that a student learns from: a spaCy pipeline, or a model of Hugging Face's."""

import importlib.util
from pathlib import Path
from typing import Any

import srsly

from .encoder import CONFIG, encoder_files, find_folder
from .errors import UserError
from .resolve import InputFile, hash_input, resolve_pipeline

TRANSFORMERS = "transformers"  # the kind of a model of Hugging Face's
PACKAGES = ("transformers", "torch")
TASK = "ForTokenClassification"  # how the names of the architectures end


def resolve_teacher(teacher: str, *, known: dict[str, InputFile]) -> dict[str, Any]:
    """The kind of a teacher ("folder", "wheel", "package" or "transformers"), place and files.

    A name that is not on this computer is downloaded. Raises UserError when there is no such
    teacher, when it does not find entities, or when a package that it needs is missing.
    """
    if not is_model(teacher):
        try:
            return resolve_pipeline(teacher, known)
        except UserError as error:
            raise UserError(
                f"{error.fact} (vars.teacher)",
                "Give vars.teacher a pipeline's installed name, folder or wheel, or a "
                "token-classification model: its folder, or its name on Hugging Face's hub.",
            ) from error
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"vars.teacher is {teacher}, a transformer, but {missing[0]} is not installed.",
            "pip install -r requirements-transformers.txt, or take a spaCy pipeline.",
        )
    folder = find_folder(teacher, var="teacher", download=True)
    check_task(folder, teacher)
    files = [hash_input(path, known) for path in encoder_files(folder)]
    path = Path(teacher).expanduser()
    name = path.absolute().name if path.is_dir() else teacher
    return {"kind": TRANSFORMERS, "place": str(folder), "files": files, "name": name}


def is_model(teacher: str) -> bool:
    """Whether a model of Hugging Face's is meant: its folder, or a name that no pipeline can have.

    The name of a pipeline is that of a Python package: without a stroke, a dot or a hyphen.
    """
    path = Path(teacher).expanduser()
    if path.is_dir():
        return (path / CONFIG).is_file() and not (path / "config.cfg").is_file()
    return path.suffix != ".whl" and not teacher.isidentifier()


def check_task(folder: Path, teacher: str) -> None:
    """Raises UserError for a transformer that says nothing of tokens."""
    names = srsly.read_json(folder / CONFIG).get("architectures") or []
    if not any(str(name).endswith(TASK) for name in names):
        raise UserError(
            f"The teacher {teacher} is no token-classification model, but "
            f"{', '.join(map(str, names)) or 'one without a task'} ({CONFIG}).",
            "Give vars.teacher a model that was trained to find entities.",
        )
