"""F by four rules of when a span is right, as nervaluate takes them.

The rules are those of SemEval-2013 task 9 (Segura-Bedmar et al. 2013). nervaluate goes through the
found spans in order and gives each the first gold span that fits, which is the best choice where
no two spans of one side overlap, as in `doc.ents`. Less than 1 % of the gold span is no overlap.
"""

from collections.abc import Collection, Sequence

from nervaluate import Evaluator

from .held_out import Reference
from .records import Matching
from .scores import CharSpan, without_missing

NOTHING = Matching(strict=0.0, exact=0.0, partial=0.0, type=0.0)


def match_spans(
    references: Sequence[Reference],
    found: Sequence[Collection[CharSpan]],
    labels: Collection[str],
) -> Matching:
    """Micro F over the labels, percent. A found span that touches a missing range is ignored."""
    if not references:
        return NOTHING
    gold = [_entities(one.spans) for one in references]
    judged = [
        _entities(without_missing(spans, one.missing))
        for one, spans in zip(references, found, strict=True)
    ]
    evaluator = Evaluator(gold, judged, tags=sorted(labels), loader="dict")
    f = {name: 100 * result.f1 for name, result in evaluator.evaluate()["overall"].items()}
    return Matching(strict=f["strict"], exact=f["exact"], partial=f["partial"], type=f["ent_type"])


def _entities(spans: Collection[CharSpan]) -> list[dict[str, str | int]]:
    """As nervaluate takes spans: the end is that of the last character."""
    return [
        {"label": span.label, "start": span.start, "end": span.end - 1}
        for span in sorted(set(spans))
    ]
