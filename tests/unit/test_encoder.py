"""Transformers as encoders: found or refused before anything runs, and copied so that they work."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest
from thinc.api import Config

from scripts.inputs import prepare_encoder
from scripts.project.encoder import (
    Transformer,
    encoder_files,
    find_folder,
    find_transformer,
    resolve_encoder,
    what_it_lacks,
)
from scripts.project.errors import UserError
from scripts.training.encoders import copy_encoder, forget_place, longest_input

THERE = importlib.util.find_spec("spacy_transformers") is not None
WITHOUT = pytest.mark.skipif(THERE, reason="spacy-transformers is installed")
SETTINGS = {"strategy": "double", "encoder": "full"}
TOKENIZER = {
    "truncation": {"max_length": 128, "strategy": "LongestFirst", "stride": 0},
    "padding": {"strategy": {"Fixed": 128}, "pad_id": 0},
    "model": {"type": "Unigram", "vocab": [["é", -13.298471450805664]]},
}


def make_encoder(folder: Path, *without: str) -> Path:
    """A folder that looks like a transformer's, as sentence-transformers writes one."""
    files = {
        "config.json": json.dumps({"model_type": "bert", "max_position_embeddings": 512}),
        "tokenizer.json": json.dumps(TOKENIZER, ensure_ascii=False),
        "tokenizer_config.json": json.dumps({"do_lower_case": True, "model_max_length": 512}),
        "vocab.txt": "[PAD]\n",
        "model.safetensors": "weights",
        "pytorch_model.bin": "the same weights",
        "README.md": "",
        "onnx/model.onnx": "the same weights",
        "1_Pooling/config.json": "{}",
    }
    for name, content in files.items():
        if name not in without:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf8")
    return folder


def test_only_what_a_transformer_is_read_from_counts(tmp_path: Path) -> None:
    files = [path.name for path in encoder_files(make_encoder(tmp_path))]
    expected = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert files == [*expected, "vocab.txt"]
    (tmp_path / "model.safetensors").unlink()
    assert "pytorch_model.bin" in [path.name for path in encoder_files(tmp_path)]


@pytest.mark.parametrize(
    ("without", "lacking"),
    [
        (["config.json"], "config.json"),
        (["model.safetensors", "pytorch_model.bin"], "weights"),
        (["tokenizer.json", "vocab.txt"], "tokenizer"),
    ],
)
def test_a_folder_that_lacks_something_is_refused(
    tmp_path: Path, without: list[str], lacking: str
) -> None:
    make_encoder(tmp_path, *without)
    with pytest.raises(UserError, match=f"has no {lacking}"):
        find_folder(str(tmp_path))


def test_its_name_tells_its_weights_apart_and_its_card_the_licence(tmp_path: Path) -> None:
    one = find_transformer(str(make_encoder(tmp_path / "one" / "model")))
    same = find_transformer(str(make_encoder(tmp_path / "same" / "model")))
    other = make_encoder(tmp_path / "other" / "model")
    (other / "model.safetensors").write_text("other weights", "utf8")
    (other / "README.md").write_text("---\nlanguage: en\nlicense: mit\n---\n# A\n", "utf8")
    named = find_transformer(str(other))
    assert one.name == same.name != named.name
    assert re.fullmatch(r"model-[0-9a-f]{8}", one.name)
    assert (one.license, named.license) == (None, "mit")


def test_a_trained_pipeline_s_config_does_not_say_where_the_copy_lay(tmp_path: Path) -> None:
    config = tmp_path / "config.cfg"
    folder = tmp_path / "encoder"
    Config({"paths": {"encoder": str(folder)}}).to_disk(config)
    forget_place(Transformer("bert-01234567", folder, None), config)
    assert Config().from_disk(config) == {"paths": {"encoder": "bert-01234567"}}


def test_a_damaged_configuration_is_none(tmp_path: Path) -> None:
    (make_encoder(tmp_path) / "config.json").write_text("{", "utf8")
    assert what_it_lacks(tmp_path) == "config.json that names its model_type"


def test_a_size_of_ours_has_no_files() -> None:
    assert resolve_encoder("small", known={}) is None
    assert prepare_encoder(SETTINGS, {}) == {}


@WITHOUT
def test_without_the_packages_nothing_starts(tmp_path: Path) -> None:
    settings = SETTINGS | {"encoder": str(make_encoder(tmp_path))}
    with pytest.raises(UserError, match="spacy_transformers is not installed") as error:
        prepare_encoder(settings, {})
    assert "pip install -r requirements-transformers.txt" in error.value.remedy


@WITHOUT
def test_a_misspelt_size_is_refused_with_those_there_are() -> None:
    with pytest.raises(UserError) as error:
        prepare_encoder(SETTINGS | {"encoder": "smal"}, {})
    assert "full or small" in error.value.remedy


def test_the_copy_s_tokenizer_neither_cuts_nor_pads_and_is_else_the_same(tmp_path: Path) -> None:
    source, copy = make_encoder(tmp_path / "source"), tmp_path / "copy"
    copied = copy_encoder(Transformer("t", source, None), copy)
    assert copied == Transformer("t", copy, None)
    tokenizer = json.loads((copy / "tokenizer.json").read_text("utf8"))
    assert tokenizer == TOKENIZER | {"truncation": None, "padding": None}
    assert (copy / "model.safetensors").read_text("utf8") == "weights"
    assert {path.name for path in copy.iterdir()} == {path.name for path in encoder_files(source)}
    assert json.loads((source / "tokenizer.json").read_text("utf8")) == TOKENIZER


@pytest.mark.parametrize(
    ("tokenizer", "config", "expected"),
    [
        ({"model_max_length": 512}, {"max_position_embeddings": 512, "pad_token_id": 0}, 511),
        ({}, {"max_position_embeddings": 514, "pad_token_id": 1}, 512),  # RoBERTa
        ({"model_max_length": 10**30}, {"max_position_embeddings": 514, "pad_token_id": 1}, 512),
        ({"model_max_length": 256}, {"max_position_embeddings": 512}, 256),
        ({"model_max_length": 512}, {"d_model": 768}, None),  # T5 has no table of positions
        ({}, {"max_position_embeddings": -1}, None),
    ],
)
def test_the_longest_input_is_what_the_transformer_has_positions_for(
    tokenizer: dict[str, Any], config: dict[str, Any], expected: int | None
) -> None:
    settings = {} if expected is None else {"model_max_length": expected}
    assert longest_input(tokenizer, config) == settings
