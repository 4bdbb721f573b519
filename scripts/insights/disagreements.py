"""Where a person and a specialist that has not seen the text disagree: probable errors first.

A model that was trained on other parts of the data disagrees with wrong annotations more surely
than with right ones: Northcutt, Jiang and Chuang, "Confident learning" (JAIR 2021), for classes;
Wang and Mueller, "Detecting label errors in token classification data" (arXiv:2210.03920), for
tokens, who find that a text is best judged by its worst one. cleanlab, which implements both,
judges tokens by a probability for each tag, which spaCy's parser does not have; here whole spans
are judged by the probabilities of a beam (docs/insight.md compares the two).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from spacy.tokens import Doc

from ..corpora.corpus import get_provenance
from ..evaluation.scores import CharSpan, entity_spans, missing_ranges, without_missing
from .records import Disagreement, Kind, Marked
from .trainings import Said

PROBABLE = 0.5  # from this score on the specialist holds its own version for the likelier one

Beliefs = Mapping[CharSpan, float]


def find_disagreements(pairs: Iterable[tuple[Doc, Said]]) -> list[Disagreement]:
    """All disagreements about some texts, the most probable error first.

    pairs: each annotated text, and what a specialist says of it that has not seen it.
    """
    found = [one for doc, said in pairs for one in disagreements(doc, said)]
    return sorted(found, key=lambda one: (-one.score, one.hash, one.kind))


def disagreements(doc: Doc, said: Said) -> Iterator[Disagreement]:
    """Those about one text, from left to right.

    Of tokens that nobody could vouch for (missing ones) nothing is said.
    """
    beliefs = {CharSpan(*span[:3]): span[3] for span in said.believed}
    person = set(entity_spans(doc))
    model = set(without_missing([CharSpan(*span) for span in said.found], missing_ranges(doc)))
    provenance = get_provenance(doc)
    for place in overlapping(person ^ model):
        ours = [span for span in place if span in person]
        theirs = [span for span in place if span in model]
        yield Disagreement(
            tasks=list(provenance.tasks),
            hash=provenance.hash,
            text=doc.text,
            kind=kind_of(ours, theirs),
            score=round(score(ours, theirs, beliefs), 4),
            person=[Marked(*span, beliefs.get(span, 0.0)) for span in ours],
            model=[Marked(*span, beliefs.get(span, 0.0)) for span in theirs],
        )


def overlapping(spans: Iterable[CharSpan]) -> Iterator[list[CharSpan]]:
    """Groups of spans that hang together by overlapping, from left to right."""
    group: list[CharSpan] = []
    end = 0
    for span in sorted(spans):
        if group and span.start >= end:
            yield group
            group = []
        group.append(span)
        end = max(end, span.end) if len(group) > 1 else span.end
    if group:
        yield group


def kind_of(person: Sequence[CharSpan], model: Sequence[CharSpan]) -> Kind:
    """What the two disagree about; if the model is right, it is what the person did wrong."""
    if not person:
        return "overlooked"
    if not model:
        return "needless"
    if [span[:2] for span in person] == [span[:2] for span in model]:
        return "label"
    same = {span.label for span in person} == {span.label for span in model}
    return "borders" if same else "borders and label"


def score(person: Sequence[CharSpan], model: Sequence[CharSpan], beliefs: Beliefs) -> float:
    """How much surer the specialist is of its own version than of the person's, 0 to 1.

    0.5: as sure of the one as of the other. It is the normalised margin of confident learning,
    between two versions of a place.
    """
    ours, theirs = _belief(person, model, beliefs), _belief(model, person, beliefs)
    return (1 + theirs - ours) / 2


def _belief(version: Sequence[CharSpan], other: Sequence[CharSpan], beliefs: Beliefs) -> float:
    """The probability of a version: of its least probable span, or that there is nothing."""
    if version:
        return min(beliefs.get(span, 0.0) for span in version)
    within = [
        probability
        for span, probability in beliefs.items()
        if any(span.start < one.end and one.start < span.end for one in other)
    ]
    return max(0.0, 1.0 - sum(within))


def by_text(ranked: Sequence[Disagreement]) -> list[list[Disagreement]]:
    """The disagreements of each text together, the text with the most probable error first."""
    place = {one.hash: number for number, one in reversed(list(enumerate(ranked)))}
    ordered = sorted(ranked, key=lambda one: place[one.hash])
    return [list(group) for _, group in groupby(ordered, key=lambda one: one.hash)]
