"""What base and specialist teach another component than ner: claims about gold and silver texts."""

from collections.abc import Iterable

from spacy.tokens import Doc

from ..evaluation.scores import CharSpan, Counts, count_offsets
from ..training.merging import Scheme
from .kind import UNKNOWN, Claims, Kind, Source, complete, having


def teach(
    kind: Kind, doc: Doc, source: Source, base: Doc, specialist: Doc, scheme: Scheme
) -> list[CharSpan]:
    """Write into a Doc what the teachers make of it; returns what the base says.

    Of gold, the annotators' word counts, of raw text the base's, of project text the specialist's
    for annotated labels and the base's for the others. base, specialist: the text as they see it.
    """
    said, others = kind.read(base), kind.read(specialist)
    labels = sorted(scheme.base | scheme.annotated)
    if source == "gold":
        claims = complete(kind, read_claims(kind, doc), having(said, scheme.retained))
    elif source == "project":
        claims = on_project_text(kind, said, others, scheme)
    else:
        claims = on_raw_text(said)
    kind.write(doc, claims, labels)
    return said


def read_claims(kind: Kind, doc: Doc) -> Claims:
    """The claims that were written into a Doc of gold."""
    unknown = [CharSpan(s.start_char, s.end_char, s.label_) for s in doc.spans.get(UNKNOWN, ())]
    return Claims(kind.read(doc), unknown)


def on_project_text(
    kind: Kind, base: Iterable[CharSpan], specialist: Iterable[CharSpan], scheme: Scheme
) -> Claims:
    """Both teachers on a text of the annotators' domain: the specialist's word comes first.

    Where a token without an answer is unknown, gold has shown the specialist none that has none of
    its labels, and it finds too many: a token on which the two differ is unknown.
    """
    if kind.by_token:
        said = list(base)
        differing = set(having(specialist, scheme.annotated)) - set(said)
        return complete(kind, Claims(unknown=sorted(differing)), said)
    first = Claims(having(specialist, scheme.annotated))
    return complete(kind, first, having(base, scheme.retained))


def on_raw_text(base: Iterable[CharSpan]) -> Claims:
    """General text: the base's word counts, and what the specialist alone finds is not there.

    It has seen no other texts than the annotators', most of which have some of its labels, and so
    finds them in other texts, too, where most of it is wrong.
    """
    return Claims(list(base))


def count_answers(kind: Kind, reference: Doc, predicted: Doc) -> dict[str, Counts]:
    """Counts per label of what a component found in a Doc of ours."""
    spans, unknown = kind.reference(reference)
    return count_offsets(spans, kind.read(predicted), unknown)
