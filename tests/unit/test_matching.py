"""Our counting beside nervaluate's."""

import random

import pytest
from nervaluate import Evaluator

from scripts.conversion.annotators import Agreement
from scripts.conversion.annotators import CharSpan as Annotated
from scripts.evaluation.held_out import Reference
from scripts.evaluation.matching import match_spans
from scripts.evaluation.scores import CharSpan, add_counts, count_offsets, micro_counts

LABELS = ["PEST", "PLANT", "ORG"]


def made_up(draw: random.Random) -> list[CharSpan]:
    """Spans that do not overlap, as in `doc.ents`."""
    spans, at = [], 0
    for _ in range(draw.randint(0, 6)):
        start = at + draw.randint(0, 2)
        at = start + draw.randint(1, 4)
        spans.append(CharSpan(start, at, draw.choice(LABELS)))
    return spans


def test_the_strict_rule_is_our_f_and_the_others_are_milder() -> None:
    draw = random.Random(0)
    references = [Reference("", made_up(draw), []) for _ in range(500)]
    found = [made_up(draw) for _ in references]
    scores = match_spans(references, found, LABELS[:2])
    counts = add_counts(
        count_offsets(one.spans, spans) for one, spans in zip(references, found, strict=True)
    )
    assert scores.strict == pytest.approx(100 * micro_counts(counts, LABELS[:2]).f)
    assert scores.strict < scores.exact < scores.partial
    assert scores.strict < scores.type


@pytest.mark.parametrize(
    ("found", "strict", "exact", "partial", "kind"),
    [
        (CharSpan(4, 8, "PEST"), 100, 100, 100, 100),
        (CharSpan(4, 8, "PLANT"), 0, 100, 100, 0),
        (CharSpan(4, 9, "PEST"), 0, 0, 50, 100),
        (CharSpan(7, 9, "PLANT"), 0, 0, 50, 0),
        (CharSpan(8, 9, "PEST"), 0, 0, 0, 0),  # beside it: our ends are exclusive, theirs are not
    ],
)
def test_the_four_rules(
    found: CharSpan, strict: float, exact: float, partial: float, kind: float
) -> None:
    scores = match_spans([Reference("", [CharSpan(4, 8, "PEST")], [])], [[found]], LABELS)
    assert (scores.strict, scores.exact, scores.partial, scores.type) == pytest.approx(
        (strict, exact, partial, kind)
    )


def test_what_touches_missing_tokens_is_ignored() -> None:
    reference = Reference("", [CharSpan(0, 2, "PEST")], [(5, 6)])
    found = [CharSpan(0, 2, "PEST"), CharSpan(4, 6, "PEST")]
    assert match_spans([reference], [found], LABELS).strict == 100


def test_nothing_to_score_is_nothing() -> None:
    assert match_spans([], [], LABELS).strict == 0
    assert match_spans([Reference("", [], [])], [[]], LABELS).partial == 0


def nervaluate_partial(
    first: list[list[Annotated]], second: list[list[Annotated]]
) -> dict[str | None, float]:
    """F of the partial rule by label, and with key None over all labels."""
    given = [
        [
            [{"label": one.label, "start": one.start, "end": one.end - 1} for one in sorted(spans)]
            for spans in side
        ]
        for side in (second, first)
    ]
    result = Evaluator(*given, tags=LABELS, loader="dict").evaluate()
    by_label = {label: scores["partial"].f1 for label, scores in result["entities"].items()}
    return {None: result["overall"]["partial"].f1, **by_label}


def our_partial(
    first: list[list[Annotated]], second: list[list[Annotated]]
) -> dict[str | None, float]:
    agreement = Agreement()
    for one, other in zip(first, second, strict=True):
        agreement.add([("ada", one), ("bob", other)])
    return {row["label"]: row["partial"] for row in agreement.rows()}


def test_partial_agreement_by_label_is_that_of_semeval() -> None:
    draw = random.Random(1)
    first, second = (
        [[Annotated(*span) for span in made_up(draw)] for _ in range(400)] for _ in range(2)
    )
    ours, theirs = our_partial(first, second), nervaluate_partial(first, second)
    for label in LABELS:
        assert ours[label] == pytest.approx(theirs[label], abs=1e-4)
    # Over all labels, theirs lets an overlap count whatever the labels are.
    whole, their_whole = ours[None], theirs[None]
    assert whole < their_whole


def test_partial_agreement_differs_where_annotators_nest_spans() -> None:
    """nervaluate gives the outer span the inner one's partner, which is exactly the inner one."""
    inner, outer = Annotated(2, 4, "PEST"), Annotated(0, 9, "PEST")
    first, second = [[outer, inner]], [[inner]]
    assert our_partial(first, second)["PEST"] == pytest.approx(2 / 3, abs=1e-4)
    assert nervaluate_partial(first, second)["PEST"] == pytest.approx(1 / 3)
