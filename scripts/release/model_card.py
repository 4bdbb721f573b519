"""The model card of a packaged update: a README.md in Hugging Face's format.

It holds figures and labels, no text of a task, no path and no annotator's name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Comparison, Evaluation, FalseAlarms, Row
from ..kinds.kind import Words
from ..kinds.known import find_kind
from ..training.pipelines import BaseRecord
from .card_tables import Scored, bounded, list_labels, score_table
from .earlier import all_updates, list_updates, tell_earlier
from .front_matter import front_matter
from .gate_rules import Decision
from .lineage import Lineage
from .markdown import code, plain, table
from .provenance import show_reproduction, tell_provenance
from .released import wheel_name


@dataclass(frozen=True)
class Card:
    """All that a model card tells. meta: the package's `meta.json`."""

    meta: dict[str, Any]
    base: BaseRecord
    lineage: Lineage
    evaluation: Evaluation
    decision: Decision

    @property
    def package(self) -> str:
        """The name that `spacy.load` takes."""
        return f"{self.meta['lang']}_{self.meta['name']}"

    @property
    def words(self) -> Words:
        """What the component's answers are called."""
        return find_kind(self.base.component).words


def write_card(card: Card) -> str:
    """The README.md as a whole."""
    sections = (
        describe(card),
        *list_updates(card.lineage),
        f"## Labels\n\n{list_labels(card.lineage.labels)}",
        *tell_teacher(card),
        tell_gains_and_losses(card.evaluation, card.words),
        tell_false_alarms(card.evaluation, card.words),
        tell_verdict(card.decision),
        *tell_provenance(card.lineage),
        *tell_earlier(card.lineage),
        show_use(card),
        name_limits(card),
        show_reproduction(card.meta, card.lineage),
    )
    matter = front_matter(card.meta, all_updates(card.lineage))
    return f"---\n{matter}---\n\n" + "\n\n".join(sections) + "\n"


def describe(card: Card) -> str:
    """Title, description and what the pipeline is made of."""
    meta, base = card.meta, card.base
    rows = [
        ("Base", f"{base.lang}_{base.name} {base.version}" if base.labels else "none"),
        ("spaCy", meta["spacy_version"]),
        ("Components", ", ".join(code(name) for name in meta["pipeline"])),
        ("Licence", meta["license"] or "not stated"),
        ("Author", meta["author"] or "not stated"),
        ("Sources", "; ".join(_source(source) for source in meta["sources"]) or "none"),
    ]
    return "\n\n".join(
        [f"# {card.package} {meta['version']}", meta["description"], table(("", ""), rows)]
    )


def _source(source: dict[str, str]) -> str:
    details = [source[key] for key in ("author", "license", "url") if source.get(key)]
    return source["name"] + (f" ({', '.join(details)})" if details else "")


def tell_teacher(card: Card) -> list[str]:
    """What a teacher taught, if there was one, and what the student is spared."""
    teacher = card.lineage.teacher
    if teacher is None:
        return []
    speed, pipelines = card.evaluation.speed, card.evaluation.pipelines
    words, megabytes = (
        [f"{speed.base:,.0f}", f"{speed.update:,.0f}"],
        [f"{pipelines[name].bytes / 1e6:,.1f}" for name in ("base", "update")],
    )
    header = ("", teacher.name, "this pipeline")
    rows = [("words a second", *words), ("megabytes", *megabytes)]
    return [
        f"## Learnt from a teacher\n\n{teacher.name} {teacher.version} (licence: "
        f"{teacher.license or 'not stated'}) spoke for {', '.join(map(code, teacher.labels))} in "
        "texts that nobody had annotated. What is said below of the base is said of it."
        f"\n\n{table(header, rows)}"
    ]


def tell_gains_and_losses(evaluation: Evaluation, words: Words) -> str:
    """Scores against the base's, with bounds, on every test set."""
    parts = [
        "## What was gained and what was lost",
        f"{words.right} F is in percent, changes "
        "are in points against the base; in brackets are the bounds, each holds with 95 %.",
        "### The annotated labels, on annotated texts that were not trained on",
        _size(evaluation.gold, words.answers),
        _changes(evaluation.gold, words.answers),
        *_ratio("Plasticity, F / F of a model for these labels alone", evaluation.plasticity),
    ]
    if evaluation.retained_gold:
        parts += [
            "### The retained labels, on texts annotated for them",
            _size(evaluation.retained_gold, words.answers),
            _changes(evaluation.retained_gold, words.answers),
            *_ratio("Retention, F / F of the base", evaluation.retention),
        ]
    if evaluation.labels.from_nothing:
        return "\n\n".join(parts)
    parts += [
        "### The retained labels, compared with the base's on general text",
        f"{_size(evaluation.agreement, words.answers)} This is agreement with the base, not "
        "accuracy.",
        _agreement(evaluation.agreement, words.answers),
    ]
    return "\n\n".join(parts)


def _size(comparison: Comparison, answers: str) -> str:
    size = comparison.size
    return f"{size.documents:,} texts, {size.words:,} words, {size.spans:,} {answers}."


def _changes(comparison: Comparison, answers: str) -> str:
    rows = (
        Scored(name, row.support, row.base.f, row.bounds, row.against_base)
        for name, row in _rows(comparison)
    )
    return score_table(answers, rows)


def _agreement(comparison: Comparison, answers: str) -> str:
    rows = [(name, f"{row.support:,}", bounded(row.bounds)) for name, row in _rows(comparison)]
    return table(("label", answers, "F against the base"), rows)


def _rows(comparison: Comparison) -> Iterable[tuple[str, Row]]:
    """Groups of labels, then labels; without those that do not occur."""
    rows = [(f"**all {name}**", row) for name, row in comparison.micro.items()]
    rows += [(code(label), row) for label, row in comparison.labels.items()]
    return ((name, row) for name, row in rows if row.support)


def _ratio(name: str, ratio: Interval | None) -> list[str]:
    if ratio is None:
        return []
    return [f"{name}: {ratio.value:.3f} ({ratio.lower:.3f} to {ratio.upper:.3f})."]


def tell_false_alarms(evaluation: Evaluation, words: Words) -> str:
    """How often new labels are found in text that is not about them."""
    parts = [
        "## False alarms",
        _count_alarms("general text", evaluation.false_alarms, words.answers),
    ]
    if evaluation.negative_text:
        alarms = _count_alarms(
            f"text known to hold no {words.answer} of the new labels",
            evaluation.negative_text,
            words.answers,
        )
        parts.append(alarms)
    return "\n\n".join(parts)


def _count_alarms(where: str, alarms: FalseAlarms, answers: str) -> str:
    return (
        f"In {alarms.words:,} words of {where} this pipeline finds "
        f"{alarms.per_thousand(alarms.update):.2f} {answers} of new labels in 1,000 words; a model "
        f"trained on the annotations alone finds {alarms.per_thousand(alarms.specialist):.2f}."
    )


def tell_verdict(decision: Decision) -> str:
    """The gate's verdict: the sentence, the warnings, every rule."""
    rules = [(rule.name, rule.verdict, plain(rule.reason)) for rule in decision.rules]
    parts = [
        f"## Release gate: {decision.verdict}",
        plain(decision.sentence),
        "\n".join(f"- Warning: {plain(warning)}" for warning in decision.warnings),
        table(("rule", "verdict", "why"), rules),
    ]
    return "\n\n".join(part for part in parts if part)


def show_use(card: Card) -> str:
    """Two snippets: install, load."""
    shown = dict.fromkeys(one.kind.words.show for one in all_updates(card.lineage))
    lines = "\n".join(f"print({show})" for show in shown)
    return f"""## How to use

```bash
pip install {wheel_name(card.meta)}
```

```python
import spacy

nlp = spacy.load("{card.package}")
doc = nlp("Text in the language of the pipeline.")
{lines}
```"""


def name_limits(card: Card) -> str:
    """What the scores do not say."""
    limits = [
        "Scores hold for texts like those that were annotated; other kinds of text score lower.",
        "Nobody has examined how the pipeline treats texts by or about different groups of people.",
    ]
    if card.evaluation.retained_gold is None and card.base.labels:
        limits.append(
            "There was no gold for the retained labels: agreement with the base bounds their "
            "change, their accuracy was not measured."
        )
    if card.evaluation.retained_gold and card.evaluation.retained_gold.untested:
        untested = ", ".join(map(code, card.evaluation.retained_gold.untested))
        limits.append(
            f"There was no gold for {untested}: agreement with the base is all that is known."
        )
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)
