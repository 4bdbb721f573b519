"""A base that knows nothing yet: a tokenizer, and an ner without labels where that is to be learnt.

It stands where any base stands. It finds nothing, so nothing of it has to be kept.
"""

from pathlib import Path

import srsly
from spacy.language import Language
from spacy.util import load_model_from_config
from thinc.api import fix_random_seed

from ..project.errors import UserError
from .pipelines import load_pipeline
from .recommended import SHARED, recommend
from .runs import Sizing

# Twice as many words as where a trained ner goes on, as for a small second ner (SMALL_SIZING), and
# more epochs: with 290 sentences of BC5CDR, F on 33 of dev was 76.7 after 18, 80.5 after 30, 81.7
# after 48, 80.2 after 54.
BLANK_SIZING = Sizing(words=1_200_000, epochs=(3, 50))


def make_blank(
    lang: str,
    *,
    optimize: str,
    vectors: Path | None,
    seed: int,
    place: str | None = None,
    component: str = "ner",
) -> Language:
    """An initialized ner without labels, as `spacy init config --pipeline ner` says, on a CPU.

    optimize: as `recommend`. vectors: folder of a pipeline whose static vectors the ner shall see;
    they become its own. Without them it sees none, whatever `optimize` says. place: what the user
    gave for them, where that is another. component: for another than ner the pipeline is empty,
    since its labels must be known to make one.

    Raises UserError for a language that spaCy does not know, or whose tokenizer needs a package
    that is not installed, and for vectors that are none.
    """
    try:
        nlp = load_model_from_config(recommend(lang, "ner", optimize, static=vectors is not None))
    except (ImportError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"There can be no pipeline blank:{lang}: {reason}",
            "Give a language that spaCy has (https://spacy.io/usage/models#languages), and install "
            "what its tokenizer needs.",
        ) from error
    # An ner with a tok2vec of its own, so that an update beside it never breaks a listener.
    nlp.replace_listeners(SHARED, "ner", ["model.tok2vec"])
    nlp.remove_pipe(SHARED)
    if component != "ner":
        nlp.remove_pipe("ner")
    if vectors:
        take_vectors(nlp, vectors, place or str(vectors))
    fix_random_seed(seed)
    nlp.initialize()
    nlp.meta.update(name="blank", version="0.0.0")
    return nlp


def take_vectors(nlp: Language, folder: Path, place: str) -> None:
    """Give a pipeline the static vectors of another, and name that one as a source.

    place: what the user gave. Raises UserError when there are none, and for another language's,
    which spaCy refuses (E150).
    """
    lang = srsly.read_json(folder / "meta.json").get("lang", nlp.lang)
    if lang != nlp.lang:
        raise UserError(
            f"The vectors of {place} are of the language {lang}, the base is blank:{nlp.lang}.",
            f"Take blank:{lang}, or give vars.vectors a pipeline of the language {nlp.lang}.",
        )
    load_pipeline(folder, place=place, vocab=nlp.vocab, exclude=["lookups", *_components(folder)])
    if not nlp.vocab.vectors.size:
        raise UserError(
            f"The pipeline {place} has no word vectors.",
            "Give vars.vectors one that has (its name ends in md or lg), or a folder that "
            "spacy init vectors has written.",
        )
    meta = srsly.read_json(folder / "meta.json")
    known = {key: meta[key] for key in ("url", "author", "license") if meta.get(key)}
    name = f"Word vectors of {meta['lang']}_{meta['name']} {meta['version']}"
    nlp.meta["sources"] = [{"name": name} | known]


def _components(folder: Path) -> list[str]:
    return [*srsly.read_json(folder / "meta.json").get("components", ())]
