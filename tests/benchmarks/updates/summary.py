"""Results of many jobs in one: a summary for each strategy, and the targets met or missed.

Means are taken over the seeds of an update first, then over the updates. Their bounds come from a
bootstrap in which documents and seeds are drawn: the same documents for all that is measured on
them, and for each update as many of its seeds as there are, with replacement.
"""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scripts.evaluation.bootstrap import (
    CountArray,
    FloatArray,
    Interval,
    Sampling,
    f_scores,
    resample_f,
)
from scripts.evaluation.comparison import BASE, SPECIALIST, UPDATE

from .plan import BOUND, NAIVE
from .results import ALL_LABELS, Counted, Result

SAMPLING = Sampling(resamples=2000)
RETENTION_WANTED, PLASTICITY_WANTED = 0.995, 1.0
MIN_SPANS = 50  # gold spans of a retained label, for its change to count


@dataclass(frozen=True)
class Change:
    """The change of F of a retained label against the base, in points, mean over seeds."""

    update: str
    test_set: str
    label: str
    points: float


@dataclass(frozen=True)
class OfUpdate:
    """A strategy on one update, mean over seeds.

    f: of the annotated labels, percent. false_alarms: spans of new labels in 1,000 words of unseen
    general text; false_alarm_ratio: the update's / the specialist's, None where it has none.
    """

    seeds: int
    f: float
    specialist_f: float
    retention: float
    plasticity: float
    false_alarms: float
    false_alarm_ratio: float | None


@dataclass(frozen=True)
class Summary:
    """A strategy over all its jobs.

    false_alarm_ratio: spans of new labels in unseen general text, the update's / the specialist's.
    ner_cost: time of the components that find entities / the base's. speed: words per second of the
    whole pipeline / the base's. dev: the score by which strategies are chosen, percent.
    """

    strategy: str
    jobs: int
    retention: Interval
    plasticity: Interval
    false_alarm_ratio: float | None
    worst_label: Change | None
    ner_cost: float
    speed: float
    megabytes: float
    base_megabytes: float
    training_seconds: float
    dev: float
    recognizers: int
    updates: dict[str, OfUpdate]


@dataclass(frozen=True)
class Target:
    """What is wanted of a strategy, and what it reaches. margin: positive when it is met."""

    name: str
    wanted: str
    value: float
    margin: float

    @property
    def verdict(self) -> str:
        """Whether the strategy does what is wanted."""
        return "met" if self.margin >= 0 else "missed"


def summarize(results: Sequence[Counted]) -> list[Summary]:
    """A summary for each strategy, in the order of their names."""
    names = sorted({one.result.strategy for one in results})
    return [
        summarize_strategy([one for one in results if one.result.strategy == name])
        for name in names
    ]


def summarize_strategy(counted: Sequence[Counted]) -> Summary:
    """The summary of one strategy's results."""
    results = [one.result for one in counted]
    ratios = [one for one in map(alarm_ratio, by_update(results).values()) if one is not None]
    return Summary(
        strategy=results[0].strategy,
        jobs=len(results),
        retention=interval(counted, RETENTION),
        plasticity=interval(counted, PLASTICITY),
        false_alarm_ratio=statistics.mean(ratios) if ratios else None,
        worst_label=worst_label(results),
        ner_cost=1 / mean(results, lambda one: one.speed.ner_ratio),
        speed=mean(results, lambda one: one.speed.whole_ratio),
        megabytes=mean(results, lambda one: one.megabytes["update"]),
        base_megabytes=mean(results, lambda one: one.megabytes["base"]),
        training_seconds=mean(results, lambda one: one.training_seconds),
        dev=mean(results, lambda one: one.dev.update_score),
        recognizers=max(one.recognizers for one in results),
        updates={
            name: of_update([one for one in counted if one.result.update == name])
            for name in by_update(results)
        },
    )


def of_update(counted: Sequence[Counted]) -> OfUpdate:
    """The means over the seeds of one update."""
    results = [one.result for one in counted]
    return OfUpdate(
        seeds=len(results),
        f=statistics.mean(one.new[ALL_LABELS].update for one in results),
        specialist_f=statistics.mean(one.new[ALL_LABELS].specialist for one in results),
        retention=statistics.mean(exact(one, RETENTION) for one in counted),
        plasticity=statistics.mean(exact(one, PLASTICITY) for one in counted),
        false_alarms=statistics.mean(
            one.false_alarms.per_thousand(one.false_alarms.update) for one in results
        ),
        false_alarm_ratio=alarm_ratio(results),
    )


def by_update(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results of each update."""
    grouped: dict[str, list[Result]] = {}
    for result in results:
        grouped.setdefault(result.update, []).append(result)
    return grouped


def mean(results: Iterable[Result], value: Callable[[Result], float]) -> float:
    """The mean over the seeds of each update, then over the updates."""
    groups = by_update(results).values()
    return statistics.mean(statistics.mean(map(value, group)) for group in groups)


def alarm_ratio(results: Sequence[Result]) -> float | None:
    """False alarms of all seeds / the specialist's, None where it has none."""
    specialist = sum(one.false_alarms.specialist for one in results)
    return sum(one.false_alarms.update for one in results) / specialist if specialist else None


def worst_label(results: Sequence[Result]) -> Change | None:
    """The retained label with enough gold that lost most (or gained least)."""
    changes: dict[tuple[str, str, str], list[float]] = {}
    for result in results:
        for test_set, rows in result.retained.items():
            for label, row in rows.items():
                if label != ALL_LABELS and row.spans >= MIN_SPANS:
                    key = (result.update, test_set, label)
                    changes.setdefault(key, []).append(row.update - row.base)
    means = [Change(*key, statistics.mean(points)) for key, points in changes.items()]
    return min(means, key=lambda change: change.points, default=None)


class Kind(NamedTuple):
    """A ratio of F: its counts, [documents, pipelines, labels, 3], and what it is measured against.

    shared: whether all updates have the same documents.
    """

    counts: Callable[[Counted], CountArray]
    before: int
    shared: bool


RETENTION = Kind(lambda one: one.retained, BASE, shared=True)
PLASTICITY = Kind(lambda one: one.new, SPECIALIST, shared=False)


def exact(one: Counted, kind: Kind) -> float:
    """The ratio of one job, micro F over all labels."""
    return float(f_ratio(f_scores(kind.counts(one).sum(axis=(0, 2))), kind.before))


def f_ratio(f: FloatArray, before: int) -> FloatArray:
    """F of the update / that of the pipeline `before`; 1 where that is 0, which says nothing.

    f: [..., pipelines].
    """
    known = f[..., before] > 0
    return np.divide(f[..., UPDATE], f[..., before], out=np.ones(known.shape), where=known)


def interval(counted: Sequence[Counted], kind: Kind) -> Interval:
    """The mean of a ratio over updates and seeds, with one-sided bounds of 95 %."""
    groups = columns_by_update(counted)
    drawn = np.ones((SAMPLING.resamples, len(counted)))
    for columns in [list(range(len(counted)))] if kind.shared else groups:
        drawn[:, columns] = draw([counted[i] for i in columns], kind)
    random = np.random.default_rng(SAMPLING.seed)
    means = []
    for columns in groups:
        seeds = random.choice(columns, size=(SAMPLING.resamples, len(columns)))
        means.append(np.take_along_axis(drawn, seeds, axis=1).mean(axis=1))
    lower, upper = np.quantile(np.mean(means, axis=0), [1 - SAMPLING.level, SAMPLING.level])
    value = statistics.mean(
        statistics.mean(exact(counted[i], kind) for i in columns) for columns in groups
    )
    return Interval(value, float(lower), float(upper))


def columns_by_update(counted: Sequence[Counted]) -> list[list[int]]:
    """For each update the places of its results."""
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(counted):
        groups.setdefault(one.result.update, []).append(place)
    return list(groups.values())


def draw(counted: Sequence[Counted], kind: Kind) -> FloatArray:
    """A ratio of jobs with the same documents in each draw of these: [resamples, jobs]."""
    counts = [kind.counts(one).sum(axis=2) for one in counted]
    drawn = resample_f(np.concatenate(counts, axis=1), SAMPLING)
    return f_ratio(drawn.reshape(SAMPLING.resamples, len(counted), -1), kind.before)


def check_targets(summaries: Sequence[Summary], default: str) -> list[Target]:
    """The targets of the default strategy, and of the best single model, chosen on dev."""
    named = {one.strategy: one for one in summaries}
    targets = default_targets(named[default]) if default in named else []
    single = [
        one for one in summaries if one.recognizers == 1 and one.strategy not in (NAIVE, BOUND)
    ]
    if single:
        best = max(single, key=lambda one: one.dev)
        name = f"one model ({best.strategy})"
        targets += [
            at_least(f"{name}: words per second / base's", best.speed, 0.97),
            at_least(f"{name}: plasticity", best.plasticity.value, 0.98),
        ]
    return targets


def default_targets(one: Summary) -> list[Target]:
    """What is wanted of the default strategy."""
    targets = [
        at_least("retention", one.retention.value, RETENTION_WANTED),
        at_least("retention, lower 95 % bound", one.retention.lower, 0.985),
        at_least("plasticity", one.plasticity.value, PLASTICITY_WANTED),
        at_most("NER cost / base's", one.ner_cost, 1.3),
    ]
    if one.false_alarm_ratio is not None:
        targets.insert(3, at_most("false alarms / specialist's", one.false_alarm_ratio, 0.2))
    if one.worst_label:
        worst = one.worst_label
        name = f"worst retained label, points ({worst.label} of {worst.test_set}, {worst.update})"
        targets.append(at_least(name, worst.points, -1.5))
    return targets


def at_least(name: str, value: float, wanted: float) -> Target:
    """A target from below."""
    return Target(name, f"≥ {wanted}", value, value - wanted)


def at_most(name: str, value: float, wanted: float) -> Target:
    """A target from above."""
    return Target(name, f"≤ {wanted}", value, wanted - value)
