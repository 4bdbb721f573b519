"""A component that finds entities by a token-classification model of Hugging Face's transformers.

It serves a model as it is, or lets it teach; the offsets are the fast tokenizer's, in code points.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, minibatch

FACTORY = "token_classification_v1"
STRIDE = 64  # tokens that the windows of a long text share
MAX_WINDOW = 512  # tokens, where the tokenizer does not say


class TokenClassification:
    """Entities from a `transformers` pipeline. labels: those of the model, without B- and I-."""

    def __init__(self, model: str) -> None:
        # Imported here: optional, and slow to import.
        from transformers import (  # noqa: PLC0415
            AutoModelForTokenClassification,
            AutoTokenizer,
            pipeline,
        )

        tokenizer = AutoTokenizer.from_pretrained(model)
        tokenizer.model_max_length = min(tokenizer.model_max_length, MAX_WINDOW)
        found = AutoModelForTokenClassification.from_pretrained(model)
        self._find = pipeline(
            "token-classification",
            model=found,
            tokenizer=tokenizer,
            aggregation_strategy="first",
            stride=STRIDE,
            device=found.device,  # where it is, and not on a GPU that nobody asked for
        )
        names = found.config.id2label.values()
        self.labels = sorted({name.split("-", 1)[-1] for name in names} - {"O"})

    def __call__(self, doc: Doc) -> Doc:
        """Set the entities of a Doc."""
        return next(iter(self.pipe([doc])))

    def pipe(self, docs: Iterable[Doc], batch_size: int = 32) -> Iterator[Doc]:
        """Set the entities of Docs, many at a time."""
        for batch in minibatch(docs, batch_size):
            filled = [doc for doc in batch if doc.text.strip()]
            found = self._find([doc.text for doc in filled]) if filled else []
            for doc, entities in zip(filled, found, strict=True):
                doc.ents = filter_spans([_span(doc, entity) for entity in entities])
            yield from batch


def _span(doc: Doc, entity: dict[str, Any]) -> Span:
    """An entity as a span: words of the model and tokens of ours may end in other places."""
    return doc.char_span(
        entity["start"], entity["end"], label=entity["entity_group"], alignment_mode="expand"
    )


@Language.factory(FACTORY, assigns=["doc.ents"])
def create_token_classification(nlp: Language, name: str, model: str) -> TokenClassification:
    """model: a name on the hub, or a folder."""
    return TokenClassification(model)
