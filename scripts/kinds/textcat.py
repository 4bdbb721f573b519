"""Classes of a text as a whole, from Choices: one of several, or any number of them."""

from collections.abc import Collection, Sequence

from spacy.tokens import Doc

from ..evaluation.scores import CharSpan
from .kind import UNKNOWN, Claims, Kind, Words, mark_text_unknown, read_unknown, whole

THRESHOLD = 0.5  # of a class among any number: spaCy's default


def read_best(doc: Doc) -> list[CharSpan]:
    """The class with the highest score; none where no class has any."""
    best = max(doc.cats, key=lambda label: doc.cats[label], default=None)
    return [whole(doc.text, best)] if best is not None and doc.cats[best] > 0 else []


def read_all(doc: Doc) -> list[CharSpan]:
    """The classes with a score of a half or more."""
    return [whole(doc.text, label) for label in sorted(doc.cats) if doc.cats[label] >= THRESHOLD]


def write_one(doc: Doc, claims: Claims, labels: Sequence[str]) -> None:
    """One class, all others not; of a text without a class, nobody knows which it has."""
    found = {span.label for span in claims.found}
    doc.cats = {label: float(label in found) for label in labels} if len(found) == 1 else {}
    mark_text_unknown(doc, [] if doc.cats else [""])


def write_any(doc: Doc, claims: Claims, labels: Sequence[str]) -> None:
    """The classes that are found or not; unknown ones stand in no Doc, which is a missing value."""
    found, unknown = ({span.label for span in part} for part in (claims.found, claims.unknown))
    doc.cats = {label: float(label in found) for label in labels if label not in unknown}
    mark_text_unknown(doc, sorted(unknown))


def teaches_one(doc: Doc) -> bool:
    """Whether the class is known: an exclusive textcat knows no missing values."""
    return bool(doc.cats) and not doc.spans.get(UNKNOWN)


def score(doc: Doc, answer: CharSpan) -> float | None:
    """The score of a class that a text was given."""
    return float(doc.cats[answer.label])


def certainty_of_one(doc: Doc, labels: Collection[str]) -> float:
    """How sure it is which of these classes a text has, or that it has none of them."""
    (best,) = read_best(doc) or [whole(doc.text, "")]
    if best.label in labels:
        return float(doc.cats[best.label])
    others = sum(doc.cats[label] for label in labels if label in doc.cats)
    return max(0.0, 1.0 - float(others))


def certainty_of_any(doc: Doc, labels: Collection[str]) -> float:
    """How sure it is of the class that it is least sure of, whether a text has it or not."""
    scores = [doc.cats[label] for label in labels if label in doc.cats]
    return float(min((max(one, 1.0 - one) for one in scores), default=1.0))


WORDS = Words(
    answer="class",
    answers="classes",
    span="class",
    spans="classes",
    right="A class is right when the text has it.",
    task="TEXTCAT",
    hub="text-classification",
    show="doc.cats",
)
TEXTCAT = Kind(
    words=WORDS,
    component="textcat",
    factories=("textcat",),
    results="choices",
    companions=("hold_cats_v1", "merge_cats_v1"),
    scores="cats",
    exclusive=True,
    borders=False,
    read=read_best,
    unknown=read_unknown,
    write=write_one,
    teaches=teaches_one,
    score=score,
    certainty=certainty_of_one,
)
TEXTCAT_MULTILABEL = Kind(
    words=WORDS,
    component="textcat_multilabel",
    factories=("textcat_multilabel",),
    results="choices",
    companions=("hold_cats_v1", "merge_cats_v1"),
    scores="cats",
    exclusive=False,
    borders=False,
    read=read_all,
    unknown=read_unknown,
    write=write_any,
    teaches=lambda doc: bool(doc.cats),
    score=score,
    certainty=certainty_of_any,
)
