"""Evaluations to judge, made of figures."""

from scripts.evaluation.bootstrap import Interval
from scripts.evaluation.records import (
    FORMAT,
    Comparison,
    Evaluation,
    FalseAlarms,
    Figures,
    Labels,
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


def comparison(micro: dict[str, Row], labels: dict[str, Row]) -> Comparison:
    size = Size(documents=100, words=2000, spans=400)
    return Comparison("gold", size, micro, labels, left_out={})


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
) -> Evaluation:
    """An update that passes. retained: on gold, None without any.

    false_alarms, negative_text: spans of specialist and update.
    """
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
        gold=comparison({"annotated": new or GPE, **gold}, labels),
        retained_gold=comparison(
            {"retained": retained}, retained_labels or {"ORG": ORG, "PERSON": PERSON}
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
