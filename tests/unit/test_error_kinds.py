import random
from collections import Counter

import pytest

from scripts.evaluation.error_kinds import (
    Knowledge,
    Place,
    analyse,
    count_confusion,
    find_places,
    kind_of_error,
)
from scripts.evaluation.held_out import Reference
from scripts.evaluation.records import Confusion
from scripts.evaluation.scores import CharSpan, add_counts, count_offsets, micro_counts

# On texts annotated with PEST (new) and PERSON (shared); the base knows ORG and GPE too.
GOLD_TEST = Knowledge(
    judged=frozenset({"PEST", "PERSON"}),
    old=frozenset({"PERSON", "ORG", "GPE"}),
    new=frozenset({"PEST"}),
)
# On gold for ORG and GPE of the base.
RETAINED = Knowledge(
    judged=frozenset({"ORG", "GPE"}),
    old=frozenset({"PERSON", "ORG", "GPE"}),
    new=frozenset({"PEST"}),
)


def span(start: int, end: int, label: str) -> CharSpan:
    return CharSpan(start, end, label)


@pytest.mark.parametrize(
    ("reference", "found", "kind"),
    [
        (span(0, 4, "PEST"), span(0, 4, "PEST"), None),
        (span(0, 4, "PEST"), None, "missed"),
        (None, span(0, 4, "PEST"), "spurious"),
        (None, span(0, 4, "ORG"), None),  # nobody annotated ORG
        (span(0, 4, "PEST"), span(0, 5, "PEST"), "wrong_boundary"),
        (span(0, 4, "PEST"), span(0, 4, "ORG"), "new_as_old"),
        (span(0, 4, "PEST"), span(0, 5, "PERSON"), "new_as_old"),
        (span(0, 4, "PERSON"), span(0, 5, "PEST"), "old_as_new"),
        (span(0, 4, "PERSON"), span(0, 4, "ORG"), "wrong_label"),
        (span(0, 4, "PERSON"), span(0, 5, "ORG"), "wrong_both"),
    ],
)
def test_kinds_of_errors_on_gold(
    reference: CharSpan | None, found: CharSpan | None, kind: str | None
) -> None:
    assert kind_of_error(Place(reference, found, "gold"), GOLD_TEST) == kind


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (span(0, 4, "PEST"), "old_as_new"),
        (span(0, 4, "PERSON"), "spurious"),  # certain, whatever the base's word is worth
        (span(0, 4, "GPE"), None),  # neither is gold
        (None, None),
    ],
)
def test_kinds_of_errors_where_only_the_base_found_something(
    found: CharSpan | None, kind: str | None
) -> None:
    assert kind_of_error(Place(span(0, 4, "ORG"), found, "base"), GOLD_TEST) == kind


def test_gold_comes_before_the_base_and_missing_tokens_tell_nothing() -> None:
    pest, org, gpe, far = (
        span(0, 4, "PEST"),
        span(2, 6, "ORG"),
        span(8, 9, "GPE"),
        span(20, 22, "PEST"),
    )
    reference = Reference("x" * 30, [pest], [(20, 21)])
    found = [span(0, 5, "PEST"), span(8, 9, "PEST"), far]
    assert find_places(reference, found, [org, gpe, span(19, 21, "ORG")]) == [
        Place(pest, span(0, 5, "PEST"), "gold"),
        Place(gpe, span(8, 9, "PEST"), "base"),
    ]


def test_what_a_set_cannot_tell_is_no_kind_of_it() -> None:
    assert "new_as_old" in GOLD_TEST.kinds
    assert "old_as_new" in RETAINED.kinds
    assert "new_as_old" not in RETAINED.kinds
    without_new = Knowledge(GOLD_TEST.judged, GOLD_TEST.old, frozenset())
    assert not {"new_as_old", "old_as_new"} & set(without_new.kinds)


def random_spans(draw: random.Random, labels: list[str]) -> list[CharSpan]:
    """Spans that do not overlap, as in `doc.ents`."""
    spans, at = [], 0
    for _ in range(draw.randint(0, 6)):
        start = at + draw.randint(0, 2)
        at = start + draw.randint(1, 3)
        spans.append(CharSpan(start, at, draw.choice(labels)))
    return spans


@pytest.mark.parametrize("known", [GOLD_TEST, RETAINED])
def test_kinds_add_up_to_false_positives_and_negatives(known: Knowledge) -> None:
    draw = random.Random(0)
    in_gold = [*sorted(known.judged), "PERSON"]  # PERSON: in the retained gold, but left out
    references = [Reference("", random_spans(draw, in_gold), [(5, 6)]) for _ in range(300)]
    for one in references:
        one.spans[:] = [span for span in one.spans if span.end <= 5 or span.start >= 6]
    everything = ["PEST", "PERSON", "ORG", "GPE"]
    found = [random_spans(draw, everything) for _ in references]
    beside = sorted({"ORG", "GPE"} - known.judged)  # labels that the gold does not tell about
    silver = [random_spans(draw, beside) if beside else [] for _ in references]
    analysis, errors = analyse(references, found, silver, known)
    counts = micro_counts(
        add_counts(
            count_offsets(one.spans, spans, one.missing)
            for one, spans in zip(references, found, strict=True)
        ),
        known.judged,
    )
    places = [error.place for error in errors]
    wrong = [one.found for one in places if one.found and one.found.label in known.judged]
    lost = [
        one.reference
        for one in places
        if one.by == "gold" and one.reference and one.reference.label in known.judged
    ]
    assert (len(wrong), len(lost)) == (counts.false_positives, counts.false_negatives)
    assert min(analysis.errors.values()) > 0
    assert sum(analysis.errors.values()) == len(errors)
    assert set(analysis.errors) == set(known.kinds)


def test_confusion_says_by_whom_and_leaves_out_what_nobody_can_tell() -> None:
    places = [
        Place(span(0, 4, "PEST"), span(0, 5, "PEST"), "gold"),
        Place(span(0, 4, "PEST"), span(0, 4, "ORG"), "gold"),
        Place(span(0, 4, "PEST"), None, "gold"),
        Place(None, span(0, 4, "PEST"), "gold"),
        Place(None, span(0, 4, "ORG"), "gold"),  # nobody annotated ORG
        Place(span(0, 4, "ORG"), span(0, 4, "PEST"), "base"),
        Place(span(0, 4, "MISC"), None, "gold"),  # a label of the gold that no pipeline knows
    ]
    confusion = count_confusion(places, GOLD_TEST)
    assert Counter(confusion) == Counter(
        [
            Confusion("PEST", "PEST", "gold", 1),
            Confusion("PEST", "ORG", "gold", 1),
            Confusion("PEST", None, "gold", 1),
            Confusion(None, "PEST", "gold", 1),
            Confusion("ORG", "PEST", "base", 1),
        ]
    )
