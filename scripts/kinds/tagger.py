"""Tags of tokens (`token.tag_`). A token without a tag is unknown, not wrong."""

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.parts_of_speech import IDS
from spacy.tokens import Doc

from ..evaluation.scores import CharSpan
from ..project.errors import UserError
from .kind import Claims, Kind, Words, mark_unknown

UNIVERSAL = frozenset(IDS) - {""}  # https://universaldependencies.org/u/pos/
NEGATED = "!"  # with which spaCy's tagger begins a tag that a token does not have (neg_prefix)


def read(doc: Doc) -> list[CharSpan]:
    """The tokens with their tags, but for whitespace."""
    tagged = (token for token in doc if token.tag and not token.is_space)
    return [CharSpan(token.idx, token.idx + len(token), token.tag_) for token in tagged]


def read_untagged(doc: Doc) -> list[tuple[int, int]]:
    """The offsets of the tokens without a tag."""
    return [(token.idx, token.idx + len(token)) for token in doc if not token.tag]


def write(doc: Doc, claims: Claims, labels: Sequence[str]) -> None:
    """Tag the tokens; those with several tags get none.

    The tagger learns nothing from a token without a tag (spacy/pipeline/tagger.pyx, get_loss).
    """
    for token, tag in zip(doc, single_labels(doc, claims), strict=True):
        token.tag_ = tag


def single_labels(doc: Doc, claims: Claims) -> list[str]:
    """The label of each token, "" without one or with several; what is unknown is noted."""
    labels: list[set[str]] = [set() for _ in doc]
    for found in claims.found:
        for token in doc.char_span(found.start, found.end) or ():
            labels[token.i].add(found.label)
    mark_unknown(doc, claims.unknown)
    return [next(iter(known)) if len(known) == 1 else "" for known in labels]


def fit(
    block: dict[str, Any], docs: Iterable[Doc], known: Sequence[str], added: Sequence[str]
) -> None:
    """Raises UserError for labels that are no tags: parts of speech, or negated ones."""
    own = bool(known) and not {"NOUN", "VERB"} & set(known)
    if own and added and UNIVERSAL.issuperset(added):
        raise UserError(
            f"The annotated labels {', '.join(added)} are universal parts of speech (token.pos_); "
            f"the base's tagger gives tags of its own (token.tag_), as {', '.join(known[:5])}.",
            "Take the component pos.",
        )
    if wrong := [label for label in added if label.startswith(NEGATED)]:
        raise UserError(
            f"The label {wrong[0]} begins with {NEGATED}, which for spaCy's tagger means: not.",
            "Give it another name in the label map.",
        )


TAGGER = Kind(
    words=Words(
        answer="tag",
        answers="tags",
        span="tag",
        spans="tags",
        right="A tag is right when the token has it.",
        task="TAG",
        hub="token-classification",
        show="[(token.text, token.tag_) for token in doc]",
    ),
    component="tagger",
    factories=("tagger",),
    results="labels",
    companions=("hold_tags_v1", "merge_tags_v1", "late_tags_v1"),
    scores="tag",
    exclusive=True,
    borders=False,
    usual=True,
    by_token=True,
    read=read,
    unknown=read_untagged,
    write=write,
    teaches=lambda doc: any(token.tag for token in doc),
    # A tagger keeps its scores to itself.
    score=lambda doc, answer: None,
    certainty=lambda doc, labels: 1.0,
    fit=fit,
)
