"""The two teachers of an update, base and specialist, and what they say about texts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import tee
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from ..project.progress import track
from .merging import BASE, SPECIALIST, TokenSpan, token_spans
from .pipelines import BaseRecord, load_pipeline, use_gpu


@dataclass(frozen=True)
class Teachers:
    """Base and specialist with nothing enabled but what recognizes entities."""

    base: Language
    specialist: Language

    def label(self, docs: Iterable[Doc], total: int) -> Iterator[tuple[Doc, "Predictions"]]:
        """For each Doc, in order, what both teachers say about its text.

        The Docs must have the base's tokenization; the teachers get copies without annotation.
        """
        docs = track(docs, "labelling by both teachers", total)
        first, second, third = tee(docs, 3)
        base = self.base.pipe(_bare(doc, self.base) for doc in first)
        specialist = self.specialist.pipe(_bare(doc, self.specialist) for doc in second)
        for doc, by_base, by_specialist in zip(third, base, specialist, strict=True):
            yield doc, Predictions(token_spans(by_base.ents), token_spans(by_specialist.ents))


@dataclass(frozen=True)
class Predictions:
    """The entities that each teacher finds in a text."""

    base: list[TokenSpan]
    specialist: list[TokenSpan]

    def keep_in(self, doc: Doc) -> None:
        """Write them into the span groups "base" and "specialist" of a Doc."""
        for group, spans in ((BASE, self.base), (SPECIALIST, self.specialist)):
            doc.spans[group] = [Span(doc, span.start, span.end, span.label) for span in spans]


def load_teachers(
    base: Path, specialist: Path, record: BaseRecord, *, gpu_id: int = -1
) -> Teachers:
    """Load both. Raises UserError when one cannot be loaded."""
    use_gpu(gpu_id)
    return Teachers(
        enable_only(load_pipeline(base), record.entity_components),
        enable_only(load_pipeline(specialist), record.recognizers[-1:]),
    )


def enable_only(nlp: Language, names: list[str]) -> Language:
    """The pipeline with all other components disabled: a teacher needs only its entities."""
    nlp.select_pipes(enable=names)
    return nlp


def _bare(doc: Doc, nlp: Language) -> Doc:
    words, spaces = [token.text for token in doc], [bool(token.whitespace_) for token in doc]
    return Doc(nlp.vocab, words=words, spaces=spaces)
