"""What a release tells those who use the pipeline, and the table under a pull request, as Markdown.

Both hold figures and labels, no text of a task and no path.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Comparison, Evaluation, FalseAlarms, Row
from .gate_rules import Decision
from .markdown import code, plain, table

_VERDICTS = {"pass": "passed", "inconclusive": "passed, with warnings", "fail": "refused"}


@dataclass(frozen=True)
class Release:
    """What notes are about.

    package, version: of the wheel, `en_drugs` and `1.2.0`. splits: annotated texts in train, dev
    and test.
    """

    package: str
    version: str
    splits: dict[str, int]
    evaluation: Evaluation
    decision: Decision


def release_notes(release: Release) -> str:
    """What changed against the base, the scores with their bounds, the gate's rules."""
    evaluation, decision = release.evaluation, release.decision
    rules = [(rule.name, rule.verdict, plain(rule.reason)) for rule in decision.rules]
    parts = [
        f"# {release.package} {release.version}",
        plain(decision.sentence),
        *_warnings(decision),
        "## What changed",
        "\n".join(f"- {line}" for line in changes(release)),
        "## Scores",
        _READ,
        score_table(evaluation),
        "## Release gate",
        table(("rule", "verdict", "why"), rules),
    ]
    return "\n\n".join(parts) + "\n"


def comment(release: Release) -> str:
    """The verdict and the scores, for a pull request."""
    decision = release.decision
    verdict = _VERDICTS[decision.verdict] if decision.passed else "refused"
    failed = [f"- {plain(rule.reason)}" for rule in decision.rules if rule.verdict == "fail"]
    parts = [
        f"### {release.package} {release.version}: {verdict}",
        plain(decision.sentence),
        "\n".join(failed),
        *_warnings(decision),
        score_table(release.evaluation),
        _READ,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_READ = (
    "F in percent; changes are in points against the base. In brackets are bounds, each of which "
    "holds with 95 %."
)


def _warnings(decision: Decision) -> list[str]:
    return (
        ["\n".join(f"> {plain(line)}" for line in decision.warnings)] if decision.warnings else []
    )


def changes(release: Release) -> Iterator[str]:
    """A sentence for each thing that differs from the base."""
    evaluation = release.evaluation
    labels, base = evaluation.labels, evaluation.pipelines["base"]
    yield f"Made from {code(f'{base.name} {base.version}')}, SHA-256 {code(base.fingerprint)}."
    if labels.new:
        yield f"New labels: {_names(labels.new)}."
    if labels.shared:
        yield f"Labels that the base knew and that were annotated: {_names(labels.shared)}."
    if labels.retained:
        yield f"Labels kept as they were: {_names(labels.retained)}."
    counted = ", ".join(f"{count:,} {split}" for split, count in release.splits.items())
    yield f"Annotated texts: {counted}."
    speed = evaluation.speed.ratio
    yield f"Speed: {speed:.2f} times the base's words per second, all components on."


def _names(labels: Iterable[str]) -> str:
    return ", ".join(map(code, labels))


def score_table(evaluation: Evaluation) -> str:
    """The annotated and the retained labels on gold, agreement on raw text, false alarms."""
    rows = [
        *_rows("gold test", evaluation.gold),
        *(_rows("retained gold", evaluation.retained_gold) if evaluation.retained_gold else ()),
        *_agreement(evaluation.agreement),
        _alarms("raw text", evaluation.false_alarms),
    ]
    if evaluation.negative_text:
        rows.append(_alarms("negative text", evaluation.negative_text))
    return table(("test set", "labels", "entities", "base", "F", "change"), rows)


def _rows(test_set: str, comparison: Comparison) -> Iterator[tuple[str, ...]]:
    for name, row in (*_groups(comparison), *_labels(comparison)):
        counted = f"{row.support:,}", f"{row.base.f:.1f}"
        yield test_set, name, *counted, _bounded(row), _change(row.against_base)


def _groups(comparison: Comparison) -> Iterator[tuple[str, Row]]:
    return ((f"**all {name}**", row) for name, row in comparison.micro.items() if row.support)


def _labels(comparison: Comparison) -> Iterator[tuple[str, Row]]:
    return ((code(label), row) for label, row in comparison.labels.items() if row.support)


def _bounded(row: Row) -> str:
    return f"{row.update.f:.1f} [{row.bounds.lower:.1f}, {row.bounds.upper:.1f}]"


def _change(interval: Interval) -> str:
    return f"{interval.value:+.1f} [{interval.lower:+.1f}, {interval.upper:+.1f}]"


def _agreement(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    for name, row in _groups(comparison):
        yield "agreement, raw text", name, f"{row.support:,}", "", _bounded(row), ""


def _alarms(test_set: str, alarms: FalseAlarms) -> tuple[str, ...]:
    found = f"{alarms.update:,} false alarms in {alarms.words:,} words"
    return test_set, "new", "", "0", found, f"naive: {alarms.specialist:,}"
