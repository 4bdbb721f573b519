"""How a pipeline errs: which errors of which kind, and which labels it takes for which.

Every error in the labels that a test set judges is of one kind, so that with the pairs counted for
both of their labels the kinds add up to the false positives and false negatives of `scores`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from .alignment import align, overlap, same_borders
from .held_out import Reference
from .matching import match_spans
from .records import Analysis, Confusion, ErrorKind, Judge
from .scores import CharSpan, without_missing

KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)


@dataclass(frozen=True)
class Knowledge:
    """What is known of the labels of a test set.

    judged: labels that its gold tells about. old: labels of the base. new: the others.
    """

    judged: frozenset[str]
    old: frozenset[str]
    new: frozenset[str]

    @property
    def kinds(self) -> list[ErrorKind]:
        """The kinds of errors that can be told."""
        cannot = {
            "old_as_new": not (self.old and self.new),
            "new_as_old": not (self.old and self.new & self.judged),
        }
        return [kind for kind in KINDS if not cannot.get(kind)]


class Place(NamedTuple):
    """A reference span and what was found in its place; None where there is nothing.

    by: who says so of the reference.
    """

    reference: CharSpan | None
    found: CharSpan | None
    by: Judge


class Error(NamedTuple):
    """document: which of the texts."""

    document: int
    kind: ErrorKind
    place: Place


def find_places(
    reference: Reference, found: Collection[CharSpan], silver: Collection[CharSpan]
) -> list[Place]:
    """What was found in the place of each gold span, and of each silver one beside them.

    silver: the base's entities with labels that the gold does not tell about. Found spans that
    touch a missing range are left out, and so are silver spans that gold cuts through.
    """
    pairs = align(reference.spans, without_missing(found, reference.missing))
    places = [Place(gold, span, "gold") for gold, span in pairs if gold]
    beside = [
        span
        for span in without_missing(silver, reference.missing)
        if not any(overlap(span, gold) for gold in reference.spans)
    ]
    rest = align(beside, [span for gold, span in pairs if span and not gold])
    return places + [Place(one, span, "base" if one else "gold") for one, span in rest]


def kind_of_error(place: Place, labels: Knowledge) -> ErrorKind | None:
    """The kind of error at this place, None where nothing judged is wrong."""
    reference, found, by = place
    judged = {span.label for span in (reference, found) if span} & labels.judged
    if not judged or reference == found:
        return None
    if found is None:
        return "missed"
    if reference and reference.label in labels.old and found.label in labels.new:
        return "old_as_new"
    if reference is None or by == "base":  # what is found of a judged label is wrong without gold
        return "spurious"
    if reference.label in labels.new and found.label in labels.old:
        return "new_as_old"
    return _wrong(same_borders(reference, found), reference.label == found.label)


def _wrong(borders_are_right: bool, label_is_right: bool) -> ErrorKind:
    if label_is_right:
        return "wrong_boundary"
    return "wrong_label" if borders_are_right else "wrong_both"


def analyse(
    references: Sequence[Reference],
    found: Sequence[Collection[CharSpan]],
    silver: Sequence[Collection[CharSpan]],
    labels: Knowledge,
) -> tuple[Analysis, list[Error]]:
    """The errors of one pipeline: their numbers, and each with its place.

    silver: the base's entities of each text with labels that the gold does not tell about.
    """
    places = [
        (document, place)
        for document, texts in enumerate(zip(references, found, silver, strict=True))
        for place in find_places(*texts)
    ]
    errors = [
        Error(document, kind, place)
        for document, place in places
        if (kind := kind_of_error(place, labels))
    ]
    counts = Counter(error.kind for error in errors)
    analysis = Analysis(
        matching=match_spans(references, found, labels.judged),
        errors={kind: counts[kind] for kind in labels.kinds},
        confusion=count_confusion((place for _, place in places), labels),
    )
    return analysis, errors


def count_confusion(places: Iterable[Place], labels: Knowledge) -> list[Confusion]:
    """How often each label was found as which, sorted; what nobody can tell is left out.

    That is what stands in the place of nothing and has a label that the gold does not tell about,
    and what became of a gold label that no pipeline knows.
    """
    known = labels.old | labels.new
    counts: Counter[tuple[str, str, Judge]] = Counter()
    for reference, found, by in places:
        if (reference and reference.label in known) or (found and found.label in labels.judged):
            counts[reference.label if reference else "", found.label if found else "", by] += 1
    return [
        Confusion(reference or None, found or None, by, spans)
        for (reference, found, by), spans in sorted(counts.items())
    ]
