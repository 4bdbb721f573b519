"""Parts of speech (`token.pos_`), whatever makes them. A token without one is unknown."""

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.language import Language
from spacy.parts_of_speech import IDS, NAMES
from spacy.tokens import Doc

from ..beside import POS_TAGGER
from ..evaluation.scores import CharSpan
from ..project.errors import UserError
from .kind import Claims, Kind, Words
from .tagger import TAGGER, single_labels

# https://universaldependencies.org/u/pos/
UNIVERSAL = tuple(sorted({*IDS} - {"", "CONJ", "EOL", "SPACE"}))


def read(doc: Doc) -> list[CharSpan]:
    """The tokens with their parts of speech, but for whitespace."""
    known = (token for token in doc if token.pos and not token.is_space)
    return [CharSpan(token.idx, token.idx + len(token), token.pos_) for token in known]


def read_unknown(doc: Doc) -> list[tuple[int, int]]:
    """The offsets of the tokens without a part of speech."""
    return [(token.idx, token.idx + len(token)) for token in doc if not token.pos]


def write(doc: Doc, claims: Claims, labels: Sequence[str]) -> None:
    """Give tokens their parts of speech; those with several get none.

    Raises UserError for labels that are none.
    """
    if wrong := sorted({*labels} - {*UNIVERSAL}):
        raise UserError(
            f"The label {wrong[0]} is no universal part of speech (token.pos_).",
            f"Name one in the label map, or null to ignore it; there are {', '.join(UNIVERSAL)}. "
            "For other labels of words take the component tagger.",
        )
    for token, pos in zip(doc, single_labels(doc, claims), strict=True):
        token.pos_ = pos


def known_labels(nlp: Language, name: str) -> list[str]:
    """The parts of speech that a component may write."""
    pipe: Any = nlp.get_pipe(name)
    factory = nlp.get_pipe_meta(name).factory
    if factory == "attribute_ruler":
        found = {NAMES.get(IDS.get(rule["attrs"].get("POS", ""), 0)) for rule in pipe.patterns}
    elif factory == "morphologizer":
        found = {NAMES.get(number) for number in pipe.cfg["labels_pos"].values()}
    else:
        return list(pipe.labels) if factory == POS_TAGGER else []
    return sorted(found & {*UNIVERSAL})


def fit(block: dict[str, Any], docs: Iterable[Doc], *labels: Sequence[str]) -> None:
    """Leave in a block what a tagger of parts of speech takes of it: the model."""
    usual = Language.get_factory_meta("tagger").default_config["model"]
    model = block.get("model", usual)
    block.clear()
    block.update(factory=POS_TAGGER, model=model)


POS = Kind(
    words=Words(
        answer="part of speech",
        answers="parts of speech",
        span="part of speech",
        spans="parts of speech",
        right="A part of speech is right when the token has it.",
        task="POS",
        hub="token-classification",
        show="[(token.text, token.pos_) for token in doc]",
    ),
    component="pos",
    factories=(POS_TAGGER,),
    # A ruler makes them of tags and, in English, of what the parser says.
    makers=("tagger", *TAGGER.companions[:2], "morphologizer", "parser", "attribute_ruler"),
    starts=("tagger", "morphologizer"),
    results="labels",
    companions=("hold_pos_v1", "merge_pos_v1"),
    scores="pos",
    exclusive=True,
    borders=False,
    by_token=True,
    read=read,
    unknown=read_unknown,
    write=write,
    teaches=lambda doc: any(token.pos for token in doc),
    # A tagger keeps its scores to itself.
    score=lambda doc, answer: None,
    certainty=lambda doc, labels: 1.0,
    labels=known_labels,
    fit=fit,
)
