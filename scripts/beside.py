"""Components by which a second one stands behind a frozen one. A package carries this file.

What the first says is held (`hold_cats_v1` for classes, `hold_spans_v1` for spans), the second says
what it says, and both are put together (`merge_cats_v1`, `merge_spans_v1`). It imports spaCy, and
numpy and thinc, which spaCy brings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from spacy.language import Language
from spacy.pipeline import Tagger
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from thinc.api import Model, SequenceCategoricalCrossentropy

SPANS = "sc"  # the group of a Doc that spaCy's spancat writes
POS_TAGGER = "pos_tagger_v1"


# A config doubles each "$" whenever it is read (explosion/confection 48): there is a tag "PRP$".
def write_labels(labels: Iterable[str]) -> list[str]:
    """Labels as a config can hold them: "$" as "%24", "%" as "%25"."""
    return [label.replace("%", "%25").replace("$", "%24") for label in labels]


def read_labels(labels: Iterable[str]) -> list[str]:
    """Labels that `write_labels` wrote."""
    return [label.replace("%24", "$").replace("%25", "%") for label in labels]


@dataclass(frozen=True)
class HoldCats:
    """Puts the scores of the classes so far aside, for `MergeCats` later in the pipeline."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data[self.group] = dict(doc.cats)
        doc.cats = {}
        return doc


@dataclass(frozen=True)
class MergeCats:
    """Puts the scores that were held together with those since.

    labels: the classes for which the second's word counts. kept: those of the first's others that
    its scores are about. exclusive: whether a text has one of these classes; then the first's share
    what the second leaves to them, so that all add up to 1, as those of each component do.
    """

    group: str
    labels: frozenset[str]
    kept: frozenset[str]
    exclusive: bool

    def __call__(self, doc: Doc) -> Doc:
        held = doc.user_data.pop(self.group)
        found = {label: score for label, score in doc.cats.items() if label in self.labels}
        kept = {label: score for label, score in held.items() if label in self.kept}
        if self.exclusive and kept:
            left, total = max(0.0, 1.0 - sum(found.values())), sum(kept.values())
            kept = {label: left * score / total if total else 0.0 for label, score in kept.items()}
        doc.cats = {**held, **kept, **found}
        return doc


@dataclass(frozen=True)
class HoldSpans:
    """Puts the spans of `doc.spans["sc"]` aside, for `MergeSpans` later in the pipeline."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.spans[self.group] = doc.spans.pop(SPANS, [])
        return doc


@dataclass(frozen=True)
class MergeSpans:
    """Puts the spans that were held together with those since, each with its score.

    labels: those for which the second's word counts; all others are the first's.
    """

    group: str
    labels: frozenset[str]

    def __call__(self, doc: Doc) -> Doc:
        first = [one for one in scored(doc, self.group) if one[0].label_ not in self.labels]
        then = [one for one in scored(doc, SPANS) if one[0].label_ in self.labels]
        del doc.spans[self.group]
        spans = [span for span, _ in first + then]
        scores = numpy.array([score for _, score in first + then], dtype="f")
        doc.spans[SPANS] = SpanGroup(doc, name=SPANS, attrs={"scores": scores}, spans=spans)
        return doc


def scored(doc: Doc, group: str) -> list[tuple[Span, float]]:
    """The spans of a group with their scores, 1 for those that have none."""
    spans = list(doc.spans.get(group, ()))
    scores = doc.spans[group].attrs.get("scores") if spans else None
    return list(zip(spans, [1.0] * len(spans) if scores is None else scores, strict=True))


@dataclass(frozen=True)
class HoldTags:
    """Puts the tags so far aside, for `MergeTags`: a tagger leaves tags alone that are there."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data[self.group] = [token.tag for token in doc]
        for token in doc:
            token.tag = 0
        return doc


@dataclass(frozen=True)
class MergeTags:
    """Puts the tags that were held together with those since.

    labels: tags for which the second's word counts. late: those of them that the first does not
    know. What stands behind it in the pipeline does not know them either: such a token has the
    first's tag until `LateTags`.
    """

    group: str
    labels: frozenset[str]
    late: frozenset[str]

    def __call__(self, doc: Doc) -> Doc:
        held = doc.user_data.pop(self.group)
        late = {token.i: token.tag for token in doc if token.tag_ in self.late}
        for token, tag in zip(doc, held, strict=True):
            if token.i in late or not {doc.vocab.strings[tag], token.tag_} & self.labels:
                token.tag = tag
        doc.user_data[self.group] = late
        return doc


@dataclass(frozen=True)
class LateTags:
    """Gives tokens the tags that `MergeTags` kept back."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        for token, tag in doc.user_data.pop(self.group).items():
            doc[token].tag = tag
        return doc


class PosTagger(Tagger):
    """A tagger of parts of speech: what a tagger does with tags, it does with `token.pos_`.

    It has the last word on all tokens but whitespace.
    """

    def get_loss(self, examples: Sequence[Example], scores: Any) -> tuple[float, Any]:
        """As a tagger's, by the references' parts of speech; "" is a missing value."""
        judge = SequenceCategoricalCrossentropy(names=self.labels, normalize=False)
        truths = [[pos or None for pos in one.get_aligned("POS", True)] for one in examples]
        gradients, loss = judge(scores, truths)
        return float(loss), gradients

    def set_annotations(self, docs: Sequence[Doc], batch_tag_ids: Sequence[Any]) -> None:
        """Write the labels with these numbers, one a token."""
        for doc, numbers in zip(docs, batch_tag_ids, strict=True):
            for token, number in zip(doc, numbers, strict=True):
                if not token.is_space:
                    token.pos_ = self.labels[int(number)]


@dataclass(frozen=True)
class HoldPos:
    """Puts the parts of speech so far aside, for `MergePos` later in the pipeline."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data[self.group] = [token.pos_ for token in doc]
        return doc


@dataclass(frozen=True)
class MergePos:
    """Puts the parts of speech that were held together with those since.

    labels: those for which the second's word counts.
    """

    group: str
    labels: frozenset[str]

    def __call__(self, doc: Doc) -> Doc:
        for token, pos in zip(doc, doc.user_data.pop(self.group), strict=True):
            if not {pos, token.pos_} & self.labels:
                token.pos_ = pos
        return doc


# The versions in the names let pipelines of different ages be loaded side by side.
@Language.factory("hold_cats_v1", default_config={"group": "held_cats"})
def create_hold_cats(nlp: Language, name: str, group: str) -> HoldCats:
    """group: the name under which they are held."""
    return HoldCats(group)


@Language.factory(
    "merge_cats_v1",
    default_config={"group": "held_cats", "labels": [], "kept": [], "exclusive": False},
)
def create_merge_cats(
    nlp: Language, name: str, group: str, labels: list[str], kept: list[str], exclusive: bool
) -> MergeCats:
    """group: as `hold_cats_v1` before it has it. The rest: `MergeCats`."""
    return MergeCats(group, frozenset(read_labels(labels)), frozenset(read_labels(kept)), exclusive)


@Language.factory("hold_spans_v1", default_config={"group": "held_spans"})
def create_hold_spans(nlp: Language, name: str, group: str) -> HoldSpans:
    """group: the span group in which they are held."""
    return HoldSpans(group)


@Language.factory("merge_spans_v1", default_config={"group": "held_spans", "labels": []})
def create_merge_spans(nlp: Language, name: str, group: str, labels: list[str]) -> MergeSpans:
    """group: as `hold_spans_v1` before it has it. labels: `MergeSpans`."""
    return MergeSpans(group, frozenset(read_labels(labels)))


@Language.factory("hold_tags_v1", default_config={"group": "held_tags"})
def create_hold_tags(nlp: Language, name: str, group: str) -> HoldTags:
    """group: the name under which they are held."""
    return HoldTags(group)


@Language.factory("merge_tags_v1", default_config={"group": "held_tags", "labels": [], "late": []})
def create_merge_tags(
    nlp: Language, name: str, group: str, labels: list[str], late: list[str]
) -> MergeTags:
    """group: as `hold_tags_v1` before it has it. The rest: `MergeTags`."""
    return MergeTags(group, frozenset(read_labels(labels)), frozenset(read_labels(late)))


@Language.factory("late_tags_v1", default_config={"group": "held_tags"})
def create_late_tags(nlp: Language, name: str, group: str) -> LateTags:
    """group: as `merge_tags_v1` before it has it."""
    return LateTags(group)


@Language.factory(POS_TAGGER, assigns=["token.pos"], default_score_weights={"pos_acc": 1.0})
def create_pos_tagger(nlp: Language, name: str, model: Model[Any, Any]) -> PosTagger:
    """model: as spaCy's tagger has it."""
    return PosTagger(nlp.vocab, model, name, scorer=score_pos)


def score_pos(examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
    """The share of tokens with the right part of speech."""
    return dict(Scorer.score_token_attr(examples, "pos", **settings))


@Language.factory("hold_pos_v1", default_config={"group": "held_pos"})
def create_hold_pos(nlp: Language, name: str, group: str) -> HoldPos:
    """group: the name under which they are held."""
    return HoldPos(group)


@Language.factory("merge_pos_v1", default_config={"group": "held_pos", "labels": []})
def create_merge_pos(nlp: Language, name: str, group: str, labels: list[str]) -> MergePos:
    """group: as `hold_pos_v1` before it has it. labels: `MergePos`."""
    return MergePos(group, frozenset(read_labels(labels)))
