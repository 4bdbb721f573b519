"""How much there is to train on and to choose a checkpoint by, in words."""

from pathlib import Path

from spacy.util import load_config

from ..corpora.corpus import MIN_DEV_SPANS, count_docs, has_spans

SOURCES = {  # folders of the training texts, and what they are called
    "gold/train": "annotated",
    "project/train": "not annotated",
    "rehearsal/train": "general",
    "replay/train": "with gold for old labels",
}


def describe_texts(corpus: Path) -> str:
    """How many texts of each kind there are to train on, those there are."""
    counts = {name: count_docs(corpus / folder) for folder, name in SOURCES.items()}
    told = [f"{count:,} {name}" for name, count in counts.items() if count]
    return ", ".join(told) or "none"


def describe_dev(corpus: Path) -> str:
    """What a checkpoint is chosen by.

    Where dev has too few spans, `runs.place_corpora` and `rehearse` let the training texts help: a
    score on these says how well they were learnt by heart.
    """
    texts = count_docs(corpus / "gold" / "dev")
    if not texts and not count_docs(corpus / "gold" / "train"):
        return "texts that a teacher labelled"
    if not texts:
        return "the training texts, since dev is empty"
    if not has_spans(corpus / "gold" / "dev", MIN_DEV_SPANS):
        return f"dev and the training texts, since dev has under {MIN_DEV_SPANS} spans"
    return f"dev, {texts:,} annotated texts"


def describe_length(config: Path) -> str:
    """How long a training was to be."""
    training = load_config(config, interpolate=False)["training"]
    if training["max_steps"]:
        return f"{training['max_steps']:,} steps"
    return f"{training['max_epochs']:,} epochs"
