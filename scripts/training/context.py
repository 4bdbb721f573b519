"""Let a trained ner see the whole text."""

from typing import Any

from spacy.tokens import Doc
from thinc.api import Model

from ..components import ADD_CONTEXT, create_context_tok2vec

ARCHITECTURE = "context_tok2vec_v1"


def see_whole_text(ner: Any, config: dict[str, Any]) -> None:
    """Let each word that a trained ner reads see the mean of its text; at first nothing changes.

    config: of the ner's model, changed with it, so that the ner is saved as what it is
    (`Language.replace_listeners` does the same). An ner that sees the whole text stays as it is.
    """
    if any(node.name == ADD_CONTEXT for node in ner.model.walk()):
        return
    tok2vec = ner.model.get_ref("tok2vec").layers[0]
    width = measure_width(tok2vec, Doc(ner.vocab, words=["word"]))
    seeing = create_context_tok2vec(width, tok2vec)
    for node in seeing.walk():
        if node.name == ADD_CONTEXT:
            node.initialize()
    if seeing is not tok2vec:
        ner.model.replace_node(tok2vec, seeing)
    config["tok2vec"] = {
        "@architectures": ARCHITECTURE,
        "width": width,
        "tok2vec": config["tok2vec"],
    }


def measure_width(tok2vec: Model, doc: Doc) -> int:
    """Columns of the matrix to which `create_context_tok2vec` adds the context."""
    (vectors,) = (tok2vec.get_ref("embed") if tok2vec.has_ref("encode") else tok2vec).predict([doc])
    return int(vectors.shape[1])
