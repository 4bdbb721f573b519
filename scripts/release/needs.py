"""What a user must add before a rule of the gate can tell, as a number and in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..corpora.splits import DEV, TRAIN
from ..evaluation.records import Comparison, Row
from ..kinds.kind import Words
from .sample_size import texts_for_no_loss, texts_for_width

TEST = 1 - TRAIN - DEV  # share of the annotated tasks
MAX_LABELS = 5  # in a sentence

TestSet = Literal["retained gold", "annotated tasks"]


@dataclass(frozen=True)
class Need:
    """What must be added before a rule can tell.

    rule: its name. label: the label that is too small to tell, None where it is about a group.
    spans: what there is of it. more: texts of retained gold, or annotated tasks, of which a fifth
    are test texts; None where nothing is known, or no number in reach would do.
    """

    rule: str
    label: str | None
    test_set: TestSet
    spans: int
    more: int | None


def need_no_loss(
    rule: str, label: str | None, row: Row, gold: Comparison, *, test_set: TestSet, max_loss: float
) -> Need:
    """What it takes to see that a score is kept, if it is. gold: where the row comes from."""
    have = gold.size.documents
    texts = texts_for_no_loss(row.against_base, have, max_loss) if row.support else None
    return Need(rule, label, test_set, row.support, _more(texts, have, test_set))


def need_width(rule: str, label: str | None, row: Row, gold: Comparison, width: float) -> Need:
    """What it takes for an F of new labels that is at most so many points from bound to bound."""
    have = gold.size.documents
    texts = texts_for_width(row, have, width)
    return Need(rule, label, "annotated tasks", row.support, _more(texts, have, "annotated tasks"))


def tells(row: Row, gold: Comparison, width: float) -> bool:
    """Whether F of new labels is known to so many points, with the doubt that few spans leave."""
    have = gold.size.documents
    return row.support > 0 and texts_for_width(row, have, width) <= have


def need_first_gold(rule: str, agreement: Row, rehearsal: Comparison, max_loss: float) -> Need:
    """What it takes where there is no retained gold yet.

    On gold, the difference of two pipelines varies less than their agreement on as many texts of
    the same kind (docs/gate.md).
    """
    have = rehearsal.size.documents if agreement.support else 0
    texts = texts_for_no_loss(agreement.against_base, have, max_loss)
    return Need(rule, None, "retained gold", 0, _more(texts, 0, "retained gold"))


def advise(need: Need) -> str:
    """A sentence that may follow a rule's reason, or nothing where there is no number."""
    if need.more is None:
        return ""
    if need.test_set == "retained gold":
        return f" About {amount(need)} would tell, four times out of five if nothing is lost."
    return f" About {amount(need)} would tell; a fifth of them are for testing."


def name_small(needs: Sequence[Need], words: Words) -> str:
    """A sentence that names the labels that are too small to tell, or nothing. words: for spans."""
    if not needs:
        return ""
    named = [
        f"{one.label} ({words.counted(one.spans)}" + (f", {amount(one)})" if one.more else ")")
        for one in needs[:MAX_LABELS]
    ]
    others = f" and {len(needs) - MAX_LABELS} others" if len(needs) > MAX_LABELS else ""
    return f" Too small to tell alone, and what would do: {', '.join(named)}{others}."


def amount(need: Need) -> str:
    """What to add, in words."""
    more, one = " more" if need.spans else "", need.more == 1
    if need.test_set == "annotated tasks":
        return f"{need.more:,} more annotated {'task' if one else 'tasks'}"
    return f"{need.more:,}{more} {'text' if one else 'texts'} of retained gold"


def _more(texts: int | None, have: int, test_set: TestSet) -> int | None:
    """What to add for so many texts, to two digits, upwards: no advice is more exact."""
    if texts is None:
        return None
    more = max(1, (texts - have) / (TEST if test_set == "annotated tasks" else 1))
    unit = int(10 ** max(0, math.floor(math.log10(more)) - 1))
    return math.ceil(more / unit - 1e-9) * unit
