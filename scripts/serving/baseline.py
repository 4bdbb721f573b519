"""A Hugging Face token-classification model, served through spaCy (BASELINE_MODEL_NAME)."""

import importlib.util
from pathlib import Path

import spacy

from ..project.errors import UserError
from ..project.files import hash_text, new_directory
from ..training import token_classification

NEEDED = ("torch", "transformers")


def wrap_baseline(name: str, folder: Path) -> Path:
    """A pipeline with such a model as its only component, written below a folder.

    name: of the hub, or a folder with the model's files. Raises UserError when what it needs is not
    installed, or the model cannot be loaded.
    """
    for module in NEEDED:
        if importlib.util.find_spec(module) is None:
            raise UserError(
                f"The package {module} is not installed, which BASELINE_MODEL_NAME needs.",
                "pip install -r requirements-transformers.txt",
            )
    model = str(Path(name).absolute()) if Path(name).is_dir() else name
    nlp = spacy.blank("xx")
    try:
        nlp.add_pipe(token_classification.FACTORY, config={"model": model})
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"BASELINE_MODEL_NAME {name!r} cannot be loaded: {reason}",
            "Give the name of a token-classification model on the hub, or a folder with its files.",
        ) from None
    nlp.meta.update(name=Path(name).name.replace("-", "_").lower(), version="0.0.0")
    place = folder / "baseline" / hash_text(model)[:16]
    with new_directory(place) as partial:
        nlp.to_disk(partial)
    return place
