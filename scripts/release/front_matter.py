"""The YAML at the head of a model card, which Hugging Face's hub reads.

After https://huggingface.co/docs/hub/model-cards; its `model-index` has what spacy-huggingface-hub
writes, for new, shared and retained labels, each with the texts that it was scored on.
"""

import re
from typing import Any

import srsly

from ..evaluation.records import Comparison, Evaluation, Figures
from ..kinds.kind import Words

# What the hub calls them: https://huggingface.co/docs/hub/repositories-licenses
LICENCES = re.compile(
    r"apache-2\.0|mit|unlicense|cc0-1\.0|mpl-2\.0|bsd-[23]-clause|[al]?gpl-[23]\.0|"
    r"cc-by(-nc)?(-sa|-nd)?-[34]\.0"
)


def front_matter(meta: dict[str, Any], evaluation: Evaluation, words: Words) -> str:
    """The YAML. meta: the package's `meta.json`. words: for what the component finds."""
    package = f"{meta['lang']}_{meta['name']}"
    gold, retained = evaluation.gold, evaluation.retained_gold
    results = [
        *_result(words, "", gold, "annotated", "Annotated texts of the export"),
        *_result(words, ", new labels", gold, "new", "Annotated texts of the export"),
        *_result(words, ", shared labels", gold, "shared", "Annotated texts of the export"),
    ]
    if retained:
        results += _result(words, ", retained labels", retained, "retained", "Retained gold")
    matter = {
        "tags": ["spacy", words.hub],
        "language": [meta["lang"] if meta["lang"] != "xx" else "multilingual"],
        **licence(meta["license"]),
        "library_name": "spacy",
        "model-index": [{"name": package, "results": results}],
    }
    return str(srsly.yaml_dumps(matter))


def _result(
    words: Words, which: str, comparison: Comparison, group: str, texts: str
) -> list[dict[str, Any]]:
    """The figures of a group of labels, none where it does not occur."""
    row = comparison.micro.get(group)
    if row is None or not row.support:
        return []
    # The hub asks for a dataset's name and type; it is one of its own where they name it.
    kind = texts.lower().replace(" ", "-")
    return [
        {
            "task": {"name": f"{words.task}{which}", "type": words.hub},
            "dataset": {"name": texts, "type": kind, "split": "test"},
            "metrics": _metrics(row.update, words.task),
        }
    ]


def _metrics(figures: Figures, task: str) -> list[dict[str, Any]]:
    """Precision, recall and F from 0 to 1, under the names that spacy-huggingface-hub gives."""
    named = (
        ("Precision", "precision", figures.precision),
        ("Recall", "recall", figures.recall),
        ("F Score", "f_score", figures.f),
    )
    return [
        {"name": f"{task} {name}", "type": kind, "value": round(value / 100, 4)}
        for name, kind, value in named
    ]


def licence(name: str) -> dict[str, str]:
    """How the front matter names a licence: a key of the hub's, or `other` with its name."""
    key = name.strip().lower().replace(" ", "-")
    if LICENCES.fullmatch(key):
        return {"license": key}
    return {"license": "other", "license_name": key or "unknown"}
