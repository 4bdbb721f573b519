"""What base and specialist teach another component than ner: claims about gold and silver texts."""

from collections.abc import Iterable

from spacy.tokens import Doc

from ..evaluation.scores import CharSpan, Counts, count_offsets
from ..training.merging import Scheme
from .kind import UNKNOWN, Claims, Kind, Source, complete, having, without


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
        claims = on_raw_text(kind, said, others, scheme)
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


def on_raw_text(
    kind: Kind, base: Iterable[CharSpan], specialist: Iterable[CharSpan], scheme: Scheme
) -> Claims:
    """General text: the base's word counts. Spans that the specialist alone finds, most of them
    wrong, are unknown. Classes that it alone finds are not there: it has seen no other texts than
    the annotators', most of which have one of its classes, and so finds one in nearly every text.
    Where one part of a text has one label, the base has said which.
    """
    unknown = kind.borders and not kind.exclusive
    alone = without(having(specialist, scheme.new), scheme.base)
    return Claims(list(base), alone if unknown else [])


def count_answers(kind: Kind, reference: Doc, predicted: Doc) -> dict[str, Counts]:
    """Counts per label of what a component found in a Doc of ours."""
    spans, unknown = kind.reference(reference)
    return count_offsets(spans, kind.read(predicted), unknown)
