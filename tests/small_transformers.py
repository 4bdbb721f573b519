"""A token-classification model of Hugging Face's with made-up weights. Needs torch."""

from pathlib import Path

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "paris", "in", "x")


def write_classifier(folder: Path) -> Path:
    """A model that takes each `paris` for a place, with its tokenizer."""
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    folder.mkdir()
    vocabulary = folder.with_suffix(".txt")
    vocabulary.write_text("\n".join(WORDS))
    tokenizer = BertTokenizerFast(str(vocabulary), model_max_length=128)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=len(WORDS),
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        id2label={0: "O", 1: "B-LOC", 2: "I-LOC"},
    )
    bert = BertForTokenClassification(config).eval()
    with torch.no_grad():
        embeddings = bert.bert.embeddings
        embeddings.word_embeddings.weight.copy_(10 * torch.eye(len(WORDS)))
        embeddings.position_embeddings.weight.zero_()
        embeddings.token_type_embeddings.weight.zero_()
        bert.classifier.weight.zero_()
        bert.classifier.bias.copy_(torch.tensor([0.0, -5.0, -9.0]))
        bert.classifier.weight[1, WORDS.index("paris")] = 10.0
    bert.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
