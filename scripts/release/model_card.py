"""The model card of a packaged update: a README.md in Hugging Face's format.

The front matter follows https://huggingface.co/docs/hub/model-cards, its `model-index` what
spacy-huggingface-hub writes. The card holds figures and labels, no text of a task and no path.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import srsly

from ..evaluation.bootstrap import Interval
from ..evaluation.records import Comparison, Evaluation, FalseAlarms, Row
from ..training.pipelines import BaseRecord
from .gate_rules import Decision

# What the hub calls them: https://huggingface.co/docs/hub/repositories-licenses
LICENCES = re.compile(
    r"apache-2\.0|mit|unlicense|cc0-1\.0|mpl-2\.0|bsd-[23]-clause|[al]?gpl-[23]\.0|"
    r"cc-by(-nc)?(-sa|-nd)?-[34]\.0"
)


@dataclass(frozen=True)
class Data:
    """What the update learnt from. fingerprint: SHA-256 over the hashes of the export's files.

    splits: annotated texts in train, dev and test.
    """

    fingerprint: str
    splits: dict[str, int]


@dataclass(frozen=True)
class Recipe:
    """The vars that decide how an update is trained."""

    strategy: str
    seed: int


@dataclass(frozen=True)
class Card:
    """All that a model card tells. meta: the package's `meta.json`."""

    meta: dict[str, Any]
    base: BaseRecord
    data: Data
    recipe: Recipe
    evaluation: Evaluation
    decision: Decision

    @property
    def package(self) -> str:
        """The name that `spacy.load` takes."""
        return f"{self.meta['lang']}_{self.meta['name']}"


def write_card(card: Card) -> str:
    """The README.md as a whole."""
    sections = (
        describe(card),
        list_labels(card.evaluation),
        tell_gains_and_losses(card.evaluation),
        tell_false_alarms(card.evaluation),
        tell_verdict(card.decision),
        describe_data(card),
        show_use(card),
        name_limits(card),
        show_recipe(card),
    )
    return f"---\n{front_matter(card)}---\n\n" + "\n\n".join(sections) + "\n"


def front_matter(card: Card) -> str:
    """The YAML that the hub reads."""
    figures = card.evaluation.gold.micro["annotated"].update
    metrics = [
        {"name": f"NER {name}", "type": kind, "value": round(value / 100, 4)}
        for name, kind, value in (
            ("Precision", "precision", figures.precision),
            ("Recall", "recall", figures.recall),
            ("F Score", "f_score", figures.f),
        )
    ]
    result = {"task": {"name": "NER", "type": "token-classification"}, "metrics": metrics}
    matter = {
        "tags": ["spacy", "token-classification"],
        "language": [card.meta["lang"]],
        **licence(card.meta["license"]),
        "model-index": [{"name": card.package, "results": [result]}],
    }
    return str(srsly.yaml_dumps(matter))


def licence(name: str) -> dict[str, str]:
    """How the front matter names a licence: a key of the hub's, or `other` with its name."""
    key = name.strip().lower().replace(" ", "-")
    if LICENCES.fullmatch(key):
        return {"license": key}
    return {"license": "other", "license_name": key or "unknown"}


def describe(card: Card) -> str:
    """Title, description and what the pipeline is made of."""
    meta, base = card.meta, card.base
    rows = [
        ("Base", f"{base.lang}_{base.name} {base.version}"),
        ("spaCy", meta["spacy_version"]),
        ("Components", ", ".join(code(name) for name in meta["pipeline"])),
        ("Licence", meta["license"] or "not stated"),
        ("Author", meta["author"] or "not stated"),
        ("Sources", "; ".join(_source(source) for source in meta["sources"])),
    ]
    return "\n\n".join(
        [f"# {card.package} {meta['version']}", meta["description"], table(("", ""), rows)]
    )


def _source(source: dict[str, str]) -> str:
    details = [source[key] for key in ("author", "license", "url") if source.get(key)]
    return source["name"] + (f" ({', '.join(details)})" if details else "")


def list_labels(evaluation: Evaluation) -> str:
    """The entity labels, sorted by where they come from."""
    labels = evaluation.labels
    rows = [
        (kind, ", ".join(map(code, names)) or "none")
        for kind, names in (
            ("new: learnt from annotations", labels.new),
            ("shared: known to the base, and annotated", labels.shared),
            ("retained: the base's own", labels.retained),
        )
    ]
    return "## Labels\n\n" + table(("", "labels"), rows)


def tell_gains_and_losses(evaluation: Evaluation) -> str:
    """Scores against the base's, with bounds, on every test set."""
    parts = [
        "## What was gained and what was lost",
        "An entity is right when its start, its end and its label are. F is in percent, changes "
        "are in points against the base; in brackets are the bounds, each holds with 95 %.",
        "### The annotated labels, on annotated texts that were not trained on",
        _size(evaluation.gold),
        _changes(evaluation.gold),
        *_ratio("Plasticity, F / F of a model for these labels alone", evaluation.plasticity),
    ]
    if evaluation.retained_gold:
        parts += [
            "### The retained labels, on texts annotated for them",
            _size(evaluation.retained_gold),
            _changes(evaluation.retained_gold),
            *_ratio("Retention, F / F of the base", evaluation.retention),
        ]
    parts += [
        "### The retained labels, compared with the base's on general text",
        f"{_size(evaluation.agreement)} This is agreement with the base, not accuracy.",
        _agreement(evaluation.agreement),
    ]
    return "\n\n".join(parts)


def _size(comparison: Comparison) -> str:
    size = comparison.size
    return f"{size.documents:,} texts, {size.words:,} words, {size.spans:,} entities."


def _changes(comparison: Comparison) -> str:
    rows = [
        (name, f"{row.support:,}", f"{row.base.f:.1f}", _bounded(row), change(row.against_base))
        for name, row in _rows(comparison)
    ]
    return table(("label", "entities", "F of the base", "F", "change"), rows)


def _agreement(comparison: Comparison) -> str:
    rows = [(name, f"{row.support:,}", _bounded(row)) for name, row in _rows(comparison)]
    return table(("label", "entities", "F against the base"), rows)


def _rows(comparison: Comparison) -> Iterable[tuple[str, Row]]:
    """Groups of labels, then labels; without those that do not occur."""
    rows = [(f"**all {name}**", row) for name, row in comparison.micro.items()]
    rows += [(code(label), row) for label, row in comparison.labels.items()]
    return ((name, row) for name, row in rows if row.support)


def _ratio(name: str, ratio: Interval | None) -> list[str]:
    if ratio is None:
        return []
    return [f"{name}: {ratio.value:.3f} ({ratio.lower:.3f} to {ratio.upper:.3f})."]


def _bounded(row: Row) -> str:
    return f"{row.update.f:.1f} ({row.bounds.lower:.1f} to {row.bounds.upper:.1f})"


def change(interval: Interval) -> str:
    """A difference in points with its bounds."""
    return f"{interval.value:+.1f} ({interval.lower:+.1f} to {interval.upper:+.1f})"


def tell_false_alarms(evaluation: Evaluation) -> str:
    """How often new labels are found in text that is not about them."""
    parts = ["## False alarms", _count_alarms("general text", evaluation.false_alarms)]
    if evaluation.negative_text:
        alarms = _count_alarms(
            "text known to hold no entity of the new labels", evaluation.negative_text
        )
        parts.append(alarms)
    return "\n\n".join(parts)


def _count_alarms(where: str, alarms: FalseAlarms) -> str:
    return (
        f"In {alarms.words:,} words of {where} this pipeline finds "
        f"{alarms.per_thousand(alarms.update):.2f} entities of new labels in 1,000 words; a model "
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


def describe_data(card: Card) -> str:
    """What it was trained on, by number and fingerprint."""
    splits = ", ".join(f"{count:,} {split}" for split, count in card.data.splits.items())
    return (
        f"## Data\n\nAnnotated texts, exported from Label Studio: {splits}. SHA-256 over the "
        f"export: `{card.data.fingerprint}`; over the base: `{card.base.fingerprint}`."
    )


def show_use(card: Card) -> str:
    """Two snippets: install, load."""
    distribution = re.sub("_+", "_", card.package)  # as wheels are named
    wheel = f"{distribution}-{card.meta['version']}-py3-none-any.whl"
    return f"""## How to use

```bash
pip install {wheel}
```

```python
import spacy

nlp = spacy.load("{card.package}")
doc = nlp("Text in the language of the pipeline.")
print([(ent.text, ent.label_) for ent in doc.ents])
```"""


def name_limits(card: Card) -> str:
    """What the scores do not say."""
    limits = [
        "Scores hold for texts like those that were annotated; other kinds of text score lower.",
        "Nobody has examined how the pipeline treats names of different groups of people.",
    ]
    if card.evaluation.retained_gold is None:
        limits.append(
            "There was no gold for the retained labels: agreement with the base bounds their "
            "change, their accuracy was not measured."
        )
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def show_recipe(card: Card) -> str:
    """The command that makes the same package from the same inputs."""
    meta, recipe = card.meta, card.recipe
    return f"""## How to make it again

In the project that made it, with the same base, export and pinned requirements:

```bash
python -m spacy project run all . --vars.export EXPORT --vars.base_model BASE \\
  --vars.strategy {recipe.strategy} --vars.seed {recipe.seed} \\
  --vars.name {meta["name"]} --vars.version {meta["version"]}
```"""


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(name: str) -> str:
    """A name in Markdown's code style, in which nothing else has a meaning."""
    return f"`{name.replace('`', chr(39))}`"


def plain(text: str) -> str:
    """A sentence with labels in it, which may look like HTML."""
    return text.replace("<", "&lt;")
