"""What spaCy recommends for a pipeline that starts from nothing (`spacy init config`)."""

from typing import Any

from spacy.cli.init_config import init_config

SHARED = "tok2vec"  # what `init config` puts before a component


def recommend(lang: str, component: str, optimize: str, *, static: bool) -> dict[str, Any]:
    """The config of a pipeline with one component and a tok2vec before it.

    optimize: "efficiency" or "accuracy", which is a network of twice the depth and 2.7 times the
    width. static: whether there are word vectors to see. Raises ImportError or ValueError for a
    language that spaCy does not know.
    """
    config = init_config(lang=lang, pipeline=[component], optimize=optimize, silent=True)
    config["paths"]["vectors"] = None
    config["components"][SHARED]["model"]["embed"]["include_static_vectors"] = static
    return dict(config.interpolate())


def recommend_tok2vec(lang: str, optimize: str, *, static: bool) -> dict[str, Any]:
    """The model's block of a component's own tok2vec; the rest as `recommend`."""
    return dict(recommend(lang, "tagger", optimize, static=static)["components"][SHARED]["model"])
