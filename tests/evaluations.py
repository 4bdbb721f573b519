"""Evaluations to judge, made of figures."""

from dataclasses import replace

from scripts.evaluation.bootstrap import Interval
from scripts.evaluation.records import (
    FORMAT,
    Analysis,
    Comparison,
    Confusion,
    Evaluation,
    FalseAlarms,
    Figures,
    Labels,
    Matching,
    PipelineRecord,
    Row,
    Size,
    Speed,
)


def row(
    support: int = 400,
    *,
    f: tuple[float, float, float] = (80, 5, 79.5),
    change: tuple[float, float] = (-0.9, 0.2),
    bounds: tuple[float, float] | None = None,
) -> Row:
    """f: of base, specialist and update. change: bounds of update minus base."""
    base, specialist, update = (Figures(one, one, one, support) for one in f)
    low, high = bounds or (f[2] - 2, f[2] + 2)
    return Row(
        support=support,
        base=base,
        specialist=specialist,
        update=update,
        bounds=Interval(f[2], low, high),
        against_base=Interval(f[2] - f[0], *change),
        against_specialist=Interval(f[2] - f[1], -100, 100),
    )


def comparison(
    micro: dict[str, Row], labels: dict[str, Row], analysis: Analysis | None = None
) -> Comparison:
    """analysis: the same for all pipelines; without one, the set has no gold."""
    return Comparison(
        "gold" if analysis else "base",
        Size(documents=100, words=2000, spans=400),
        micro,
        labels,
        left_out={},
        analysis=dict.fromkeys(("base", "specialist", "update"), analysis) if analysis else {},
        changed={"loss": 3, "gain": 40, "both": 2, "unknown": 1},
    )


ON_GOLD_TEST = Analysis(
    Matching(strict=73.0, exact=75.0, partial=80.0, type=82.0),
    {"missed": 21, "spurious": 1_234, "old_as_new": 6, "new_as_old": 5},
    [
        Confusion("GPE", "PLANT", "gold", 7),
        Confusion("ORG", "PLANT", "base", 6),
        Confusion("PLANT", "PLANT", "gold", 93),
        Confusion("PLANT", None, "gold", 21),
        Confusion(None, "PLANT", "gold", 1_234),
    ],
)
ON_RETAINED_GOLD = Analysis(
    Matching(strict=79.5, exact=80.0, partial=85.0, type=86.0),
    {"missed": 12, "spurious": 8, "old_as_new": 0},
    [Confusion("ORG", "ORG", "gold", 180), Confusion("ORG", None, "gold", 12)],
)


PLANT = row(300, f=(0, 74, 73), change=(70, 76))
GPE = row(120, f=(85, 70, 86), change=(-0.8, 2.5))
ORG, PERSON = row(200), row(200)


def evaluation(
    *,
    retained: Row | None = PERSON,
    retained_labels: dict[str, Row] | None = None,
    agreement: Row | None = None,
    new: Row | None = PLANT,
    shared: Row | None = GPE,
    false_alarms: tuple[int, int] = (100, 20),
    negative_text: tuple[int, int] | None = None,
    confusion: list[Confusion] | None = None,
) -> Evaluation:
    """An update that passes. retained: on gold, None without any.

    false_alarms, negative_text: spans of specialist and update. confusion: on the gold test.
    """
    on_gold = replace(ON_GOLD_TEST, confusion=confusion) if confusion else ON_GOLD_TEST
    gold = {name: one for name, one in (("new", new), ("shared", shared)) if one}
    named = {"new": "PLANT", "shared": "GPE"}
    labels = {named[name]: one for name, one in gold.items()}
    return Evaluation(
        format=FORMAT,
        labels=Labels(
            sorted(labels), ["PLANT"] if new else [], ["GPE"] if shared else [], ["ORG", "PERSON"]
        ),
        pipelines={
            name: PipelineRecord("en_base", "1.0.0", "3.8.18", ["ner"], 64 * "0")
            for name in ("base", "specialist", "update")
        },
        gold=comparison({"annotated": new or GPE, **gold}, labels, on_gold),
        retained_gold=comparison(
            {"retained": retained},
            retained_labels or {"ORG": ORG, "PERSON": PERSON},
            ON_RETAINED_GOLD,
        )
        if retained
        else None,
        agreement=comparison(
            {"retained": agreement or row(f=(100, 1, 95), bounds=(93, 97))}, {"ORG": ORG}
        ),
        false_alarms=FalseAlarms(100, 5000, *false_alarms),
        negative_text=FalseAlarms(100, 5000, *negative_text) if negative_text else None,
        retention=Interval(0.994, 0.988, 1.001) if retained else None,
        plasticity=Interval(0.99, 0.96, 1.02),
        speed=Speed(100, 5000, 5, 9000.0, 4600.0, 0.51),
        resamples=10_000,
        seed=0,
    )
