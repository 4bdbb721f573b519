"""A few errors of each kind, with the text around them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest

from .error_kinds import KINDS, Error
from .held_out import Reference
from .records import ErrorExample
from .windows import cut_text, shift, window_around


def choose_examples(
    test_set: str,
    pipeline: str,
    references: Sequence[Reference],
    errors: Sequence[Error],
    limit: int,
) -> list[ErrorExample]:
    """At most `limit` errors of each kind: pairs of labels in turn, each in the order of texts."""
    return [
        _example(test_set, pipeline, references[error.document].text, error)
        for kind in KINDS
        for error in islice(_in_turn([error for error in errors if error.kind == kind]), limit)
    ]


def _in_turn(errors: Sequence[Error]) -> Iterator[Error]:
    by_labels: dict[tuple[str, ...], list[Error]] = defaultdict(list)
    for error in errors:
        spans = (error.place.reference, error.place.found)
        by_labels[tuple(span.label if span else "" for span in spans)].append(error)
    groups = [by_labels[labels] for labels in sorted(by_labels)]
    return (error for error in chain.from_iterable(zip_longest(*groups)) if error)


def _example(test_set: str, pipeline: str, text: str, error: Error) -> ErrorExample:
    reference, found, by = error.place
    window = window_around(text, [span for span in (reference, found) if span])
    part, offset = cut_text(text, window)
    return ErrorExample(
        test_set=test_set,
        pipeline=pipeline,
        kind=error.kind,
        text=part,
        reference=shift([reference], offset)[0] if reference else None,
        by=by,
        found=shift([found], offset)[0] if found else None,
    )
