"""Evaluations of every kind that the gate knows, and what it says of each.

`python -m tests.gate_cases` writes the decisions again: read the difference before it is committed.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import srsly

from scripts.evaluation.bootstrap import Interval
from scripts.evaluation.records import Evaluation, Row
from scripts.release.gate_rules import decide
from scripts.release.thresholds import Thresholds

from .evaluations import evaluation, row

DECISIONS = Path(__file__).with_name("gate_decisions.json")
AGREEING = row(1, f=(100, 1, 99.5), bounds=(98.5, 99.9))
DIFFERING = replace(
    row(900, f=(100, 1, 95), bounds=(93, 97)), against_base=Interval(-5, -6.645, -4, 1.0)
)
NEVER = Interval(0, -100, 100, 0.0)


def labelled(rows: Mapping[str, Row], **changes: Any) -> Evaluation:
    """With these new labels in the place of PLANT."""
    learnt = evaluation(**changes)
    labels = replace(learnt.labels, new=[*rows], annotated=sorted([*rows, "GPE"]))
    gold = replace(learnt.gold, labels={**rows, "GPE": learnt.gold.labels["GPE"]})
    return replace(learnt, labels=labels, gold=gold)


def without_gold_for(labels: list[str], agreement: Row) -> Evaluation:
    """With retained labels of which the gold has no span; how far these agree with the base."""
    kept = evaluation()
    assert kept.retained_gold
    return replace(
        kept,
        labels=replace(kept.labels, retained=sorted([*kept.labels.retained, *labels])),
        retained_gold=replace(kept.retained_gold, untested=labels),
        agreement=replace(kept.agreement, micro=kept.agreement.micro | {"untested": agreement}),
    )


def from_nothing() -> Evaluation:
    """No base: nothing is retained or shared."""
    learnt = evaluation(shared=None, retained=None, false_alarms=(90, 90), negative_text=(90, 90))
    labels = replace(learnt.labels, retained=[])
    return replace(learnt, labels=labels, agreement=replace(learnt.agreement, micro={}))


def all_shared(count: int) -> Evaluation:
    """The scheme has nothing new, and the base nothing else."""
    learnt = evaluation(new=None, retained=None)
    names = [f"LABEL_{number}" for number in range(count)]
    labels = replace(learnt.labels, retained=[], shared=names, annotated=names)
    return replace(learnt, labels=labels, agreement=replace(learnt.agreement, micro={}))


def in_texts(count: int, **changes: Any) -> Evaluation:
    """With so many annotated texts to test with."""
    learnt = evaluation(**changes)
    size = replace(learnt.gold.size, documents=count)
    return replace(learnt, gold=replace(learnt.gold, size=size))


def of_classes(**changes: Any) -> Evaluation:
    """Of a text's classes in the place of entities."""
    return replace(evaluation(**changes), component="textcat")


def unsure(support: int, deviation: float) -> Row:
    """A change of F about 0 whose interval is as wide as its standard error makes it."""
    wide = Interval(0, -1.645 * deviation, 1.645 * deviation, deviation)
    return replace(row(support), against_base=wide)


SMALL = {name: unsure(n, 6.0) for n, name in enumerate(("LAW", "EVENT", "NORP", "FAC"), 1)}
NOTHING_FOUND = row(1, f=(0, 70, 0), bounds=(0, 18))
FEW = row(5, f=(0, 70, 40), bounds=(0, 80))
NO_SPAN = replace(row(0, f=(0, 0, 0), bounds=(0, 100)), against_base=NEVER)
HUNDRED = row(100, f=(0, 70, 60), bounds=(50, 70))

CASES: dict[str, Evaluation] = {
    "it keeps and learns": evaluation(),
    "retained: a loss": evaluation(retained=row(1, change=(-9, -5))),
    "retained: unsure": evaluation(retained=unsure(400, 1.0)),
    "retained: a span": evaluation(retained=unsure(1, 1.0)),
    "retained: two spans": evaluation(retained=row(2)),
    "retained: few spans, and agreement": evaluation(retained=unsure(49, 3.0), agreement=AGREEING),
    "retained: enough spans, and agreement": evaluation(
        retained=unsure(50, 3.0), agreement=AGREEING
    ),
    "retained: no spans, and agreement": evaluation(
        retained=replace(row(0), against_base=NEVER), agreement=AGREEING
    ),
    "retained: no gold, but agreement": evaluation(retained=None, agreement=AGREEING),
    "retained: no gold, and no agreement": evaluation(retained=None, agreement=DIFFERING),
    "retained: none": replace(evaluation(), agreement=replace(evaluation().agreement, micro={})),
    "each retained: lost, with enough spans and with few": evaluation(
        retained_labels={
            "ORG": row(50, change=(-9, -3.1)),
            "LAW": row(49, change=(-9, -3.1)),
            "EVENT": row(1, change=(-90, -30)),
            "PERSON": row(50, change=(-9, -3.0)),
            "GPE": row(51, change=(-3.0, 1)),
        }
    ),
    "each retained: small ones": evaluation(retained_labels=SMALL),
    "each retained: one more small one": evaluation(
        retained_labels=SMALL | {"DATE": replace(row(0), against_base=NEVER)}
    ),
    "untested: they agree": without_gold_for(["DATE", "LAW"], AGREEING),
    "untested: they differ": without_gold_for(["DATE"], DIFFERING),
    "untested: none in raw text": without_gold_for(["LAW"], NO_SPAN),
    "untested: more than a sentence names": without_gold_for(
        [f"LABEL_{number}" for number in range(6)], DIFFERING
    ),
    "retained: no gold, and no raw text": evaluation(retained=None, agreement=NO_SPAN),
    "new: none": evaluation(new=None),
    "new: no span": evaluation(new=NO_SPAN),
    "new: no text": in_texts(0, new=NO_SPAN),
    "new: few spans": evaluation(new=FEW),
    "new: a span in a text": in_texts(1, new=NOTHING_FOUND),
    "new: nothing found": evaluation(new=row(300, f=(0, 70, 0), bounds=(0, 5))),
    "new: perhaps by chance": evaluation(new=row(300, f=(0, 70, 3), bounds=(0, 6))),
    "each new: two too small": labelled({"PLANT": FEW, "PEST": NOTHING_FOUND}),
    "each new: one of two too small": labelled({"PLANT": HUNDRED, "PEST": FEW}),
    "each new: none too small": labelled({"PLANT": HUNDRED, "PEST": HUNDRED}),
    "each new: one hardly found": labelled(
        {"PLANT": HUNDRED, "PEST": row(100, f=(0, 70, 1), bounds=(0.1, 2))}
    ),
    "each new: more than a sentence names": labelled({f"PEST_{n}": HUNDRED for n in range(6)}),
    "each new: as many as a sentence names": labelled({f"PEST_{n}": HUNDRED for n in range(5)}),
    "shared: a loss": evaluation(shared=row(change=(-3.0, -1.01))),
    "shared: unsure": evaluation(shared=unsure(400, 1.0)),
    "shared: no span": evaluation(shared=replace(row(0), against_base=NEVER)),
    "shared: none": evaluation(shared=None),
    "shared: nothing else": all_shared(2),
    "false alarms: too few to compare": evaluation(false_alarms=(29, 1)),
    "false alarms: too many": evaluation(false_alarms=(100, 51)),
    "negative text: none of them too many": evaluation(negative_text=(100, 50)),
    "negative text: too many": evaluation(negative_text=(100, 51)),
    "from nothing": from_nothing(),
    "classes: unsure": of_classes(retained=unsure(3, 9.0), new=FEW, negative_text=(3, 1)),
    "classes: small ones": of_classes(retained_labels=SMALL, new=NO_SPAN),
    "classes: no gold": of_classes(retained=None, agreement=DIFFERING, false_alarms=(90, 80)),
}
REFUSING = Thresholds(
    max_loss=0.5, max_label_loss=2, min_label_spans=20, on_inconclusive="fail", max_new_width=20
)


STRICTER = ("it keeps and learns", "retained: unsure", "new: few spans")
# By the usual thresholds, and some by stricter ones.
TRIED = {name: (name, Thresholds()) for name in CASES} | {
    f"{name}, stricter": (name, REFUSING) for name in STRICTER
}


def decide_case(name: str) -> dict[str, Any]:
    """What the gate says of one of TRIED."""
    case, thresholds = TRIED[name]
    return _tell(CASES[case], thresholds)


def _tell(case: Evaluation, thresholds: Thresholds) -> dict[str, Any]:
    told = asdict(decide(case, thresholds))
    del told["thresholds"]
    # A rule a line: what differs is found at once.
    rules = [srsly.json_dumps(rule) for rule in told["rules"]]
    return told | {"rules": rules}


if __name__ == "__main__":
    srsly.write_json(DECISIONS, {name: decide_case(name) for name in TRIED})
