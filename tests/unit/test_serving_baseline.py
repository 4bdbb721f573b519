"""A Hugging Face model served through spaCy."""

import importlib.util
from pathlib import Path

import pytest

from scripts.project.errors import UserError
from scripts.serving.baseline import NEEDED, wrap_baseline
from scripts.serving.loading import found_labels, load_for_prediction
from scripts.serving.predicting import find

INSTALLED = all(importlib.util.find_spec(module) for module in NEEDED)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model with made-up weights that takes each `paris` for a place."""
    if not INSTALLED:
        pytest.skip("needs requirements-transformers.txt")
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "paris", "in", "x"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    tokenizer = BertTokenizerFast(str(tmp_path / "vocab.txt"), model_max_length=128)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=len(words),
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        id2label={0: "O", 1: "B-LOC", 2: "I-LOC"},
    )
    bert = BertForTokenClassification(config).eval()
    with torch.no_grad():
        embeddings = bert.bert.embeddings
        embeddings.word_embeddings.weight.copy_(10 * torch.eye(len(words)))
        embeddings.position_embeddings.weight.zero_()
        embeddings.token_type_embeddings.weight.zero_()
        bert.classifier.weight.zero_()
        bert.classifier.bias.copy_(torch.tensor([0.0, -5.0, -9.0]))
        bert.classifier.weight[1, words.index("paris")] = 10.0
    bert.save_pretrained(tmp_path / "bert")
    tokenizer.save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


def test_its_entities_are_code_points_in_short_and_long_texts(model: Path, tmp_path: Path) -> None:
    folder = wrap_baseline(str(model), tmp_path / "models")
    nlp = load_for_prediction(folder)
    assert found_labels(nlp) == {"labels": ["LOC"]}
    texts = ["\N{HERB} in Paris", "", " ", "x " * 500 + "Paris"]
    found = [[span[:3] for span in one.found] for one in find(nlp, texts)]
    assert found == [[(5, 10, "LOC")], [], [], [(1000, 1005, "LOC")]]


def test_what_is_no_model_is_an_error_of_two_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be loaded|not installed"):
        wrap_baseline(str(tmp_path), tmp_path / "models")
