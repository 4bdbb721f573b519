"""Transformers as encoders: what a copy needs before spacy-transformers can train with it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from ..project.encoder import CONFIG, Transformer, encoder_files

# Of tokenizer.json: neither cut nor pad.
UNBOUND = {"truncation": None, "padding": None}


def copy_encoder(encoder: Transformer, folder: Path) -> Transformer:
    """Copy a transformer into a new folder, with a tokenizer that keeps all of a text.

    Encoders of sentences come with a tokenizer.json that cuts at 128 word pieces, or pads up to
    them. spacy-transformers gives it spans that fit and aligns all of their pieces to tokens.
    """
    folder.mkdir(parents=True)
    for path in encoder_files(encoder.folder):
        if path.suffix == ".json":
            shutil.copy(path, folder)
        else:
            os.symlink(path.resolve(), folder / path.name)  # weights are large, and only read
    if tokenizer := _read(folder / "tokenizer.json"):
        _write(folder / "tokenizer.json", tokenizer | UNBOUND)
    settings = _read(folder / "tokenizer_config.json")
    longest = longest_input(settings, _read(folder / CONFIG))
    _write(folder / "tokenizer_config.json", settings | longest)
    return encoder._replace(folder=folder)


def forget_place(encoder: Transformer, config: Path) -> None:
    """Put a transformer's name where the config of a trained pipeline has its folder.

    The pipeline carries the weights: where they came from once says nothing elsewhere.
    """
    place, name = json.dumps(str(encoder.folder)), json.dumps(encoder.name)
    config.write_text(config.read_text("utf8").replace(place, name), "utf8")


def longest_input(tokenizer: dict[str, Any], config: dict[str, Any]) -> dict[str, int]:
    """How many word pieces the transformer has positions for, as a setting of its tokenizer.

    spacy-transformers drops what is longer; without the setting, a table lookup fails on the first
    long chain of characters. RoBERTa and its kin count positions from behind the padding's number.
    Nothing for transformers that know no number of positions.
    """
    positions = config.get("max_position_embeddings")
    if not isinstance(positions, int) or positions < 1:
        return {}
    usable = positions - 1 - (config.get("pad_token_id") or 0)
    return {"model_max_length": int(min(tokenizer.get("model_max_length") or usable, usable))}


def _read(path: Path) -> dict[str, Any]:
    """A JSON file, empty where there is none. `json` keeps the scores of a vocabulary exactly."""
    return dict(json.loads(path.read_text("utf8"))) if path.exists() else {}


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf8")
