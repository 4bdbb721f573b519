"""The encoder of a second ner: one of our own sizes, or a transformer by its name or folder."""

import hashlib
import importlib.util
import re
from pathlib import Path
from typing import Any, NamedTuple

import srsly

from .errors import UserError
from .files import hash_file
from .resolve import InputFile, hash_input

SIZES = ("full", "small")
PACKAGES = ("spacy_transformers", "transformers", "torch")
# What a transformer is read from. Repositories hold the same weights for other programs, too.
CONFIG, WEIGHTS = "config.json", ("*.safetensors", "pytorch_model*.bin")
TOKENIZER = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
BESIDE = ("*.json", "*.txt", "*.model")  # tokenizers have many names for their files
CARD = "README.md"
OTHERWISE = {
    "encoder": ", full or small",
    "teacher": ", or a spaCy pipeline",
}  # in the place of one
LICENSE = re.compile(r"\A---\n(?:.*\n)*?license:[ \t]*(\S.*)\n(?:.*\n)*?---\n")


class Transformer(NamedTuple):
    """A transformer to train with.

    name: the last part of what the user calls it, and the beginning of a hash of its files: two
    are the same when their names are. license: what its card says, if it says anything.
    """

    name: str
    folder: Path
    license: str | None


def resolve_encoder(encoder: str, *, known: dict[str, InputFile]) -> dict[str, Any] | None:
    """The place of a transformer and the hashes of its files; None for a size of ours.

    A name that is not on this computer is downloaded. Raises UserError when a package is missing
    or there is no such transformer.
    """
    if encoder in SIZES:
        return None
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"vars.encoder is {encoder}, a transformer, but {missing[0]} is not installed.",
            "pip install -r requirements-transformers.txt, or take the encoder full or small.",
        )
    folder = find_folder(encoder, download=True)
    files = [hash_input(path, known) for path in encoder_files(folder)]
    return {"encoder": encoder, "place": str(folder), "files": files}


def find_transformer(encoder: str) -> Transformer:
    """The transformer that is called so, on this computer. Raises UserError when there is none."""
    folder, digest = find_folder(encoder), hashlib.sha256()
    for path in encoder_files(folder):
        digest.update(f"{path.name}\0{hash_file(path)}\n".encode())
    card = folder / CARD
    told = LICENSE.search(card.read_text("utf8", "replace")) if card.exists() else None
    name = f"{Path(encoder).expanduser().absolute().name}-{digest.hexdigest()[:8]}"
    return Transformer(name, folder, told[1].strip() if told else None)


def find_folder(name: str, *, var: str = "encoder", download: bool = False) -> Path:
    """The folder of a transformer: the one that is named, or that of Hugging Face's cache.

    var: what names it. Raises UserError when there is none, or when it lacks a file.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _cached(name, var, download=download)
    if lacking := what_it_lacks(folder):
        raise UserError(
            f"The {var} {name} has no {lacking}.",
            f"Give vars.{var} a folder that save_pretrained of a transformer and of its tokenizer "
            f"wrote, a name of Hugging Face's hub{OTHERWISE[var]}.",
        )
    return folder


def what_it_lacks(folder: Path) -> str | None:
    """What a transformer's folder lacks to be loaded: configuration, weights or tokenizer."""
    try:
        config = srsly.read_json(folder / CONFIG)
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict) or "model_type" not in config:
        return f"{CONFIG} that names its model_type"
    if not any(any(folder.glob(pattern)) for pattern in WEIGHTS):
        return "weights (model.safetensors or pytorch_model.bin)"
    if not any(any(folder.glob(pattern)) for pattern in TOKENIZER):
        return "tokenizer (tokenizer.json or a vocabulary)"
    return None


def encoder_files(folder: Path) -> list[Path]:
    """The files that a transformer is read from, in the order of their names."""
    weights = next((found for one in WEIGHTS if (found := [*folder.glob(one)])), [])
    beside = {path for pattern in BESIDE for path in folder.glob(pattern)}
    return sorted(beside.union(weights))


def _cached(name: str, var: str, *, download: bool) -> Path:
    """The folder of a hub's transformer on this computer, fetched if it is not there."""
    # Half a second, which nobody waits for who names no transformer.
    from huggingface_hub import errors  # noqa: PLC0415

    try:
        return _fetch(name, local_files_only=True)
    except errors.LocalEntryNotFoundError as error:
        problem: Exception = error
    except errors.HFValidationError as error:
        problem, download = error, False
    if download:
        print(f"{name} is not on this computer: trying Hugging Face's hub.", flush=True)
        try:
            return _fetch(name, local_files_only=False)
        except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError) as error:
            problem = error
    raise UserError(
        f"There is no {var} {name}: no such folder, and Hugging Face's hub does not give it "
        f"({' '.join(str(problem).split())[:200]}).",
        f"Give vars.{var} a folder with a transformer, a name of the hub{OTHERWISE[var]}; check "
        "the network.",
    ) from problem


def _fetch(name: str, *, local_files_only: bool) -> Path:
    """The folder of a hub's transformer with all that it is read from.

    Raises LocalEntryNotFoundError when it is not on this computer, or the hub is not reached.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: PLC0415

    folder = Path(name)
    for weights in WEIGHTS:
        folder = Path(
            snapshot_download(
                name,
                allow_patterns=[*BESIDE, CARD, weights],
                ignore_patterns=["*/*"],
                local_files_only=local_files_only,
            )
        )
        if what_it_lacks(folder) is None:
            return folder
    if local_files_only:
        raise LocalEntryNotFoundError(f"{name} is incomplete in {folder}.")
    return folder
