"""The YAML at the head of a model card, which Hugging Face's hub reads.

After https://huggingface.co/docs/hub/model-cards; its `model-index` has what spacy-huggingface-hub
writes, for new, shared and retained labels, each with the texts that it was scored on.
"""

import re
from collections.abc import Sequence
from typing import Any

import srsly

from ..kinds.kind import Words
from .lineage import Lineage, Score

# What the hub calls them: https://huggingface.co/docs/hub/repositories-licenses
LICENCES = re.compile(
    r"apache-2\.0|mit|unlicense|cc0-1\.0|mpl-2\.0|bsd-[23]-clause|[al]?gpl-[23]\.0|"
    r"cc-by(-nc)?(-sa|-nd)?-[34]\.0"
)


GOLD, RETAINED = "Annotated texts of the export", "Retained gold"  # what scores are taken on


def front_matter(meta: dict[str, Any], updates: Sequence[Lineage]) -> str:
    """The YAML. meta: the package's `meta.json`. updates: all that made the pipeline, in order.

    Of several updates of a component the last one's figures hold.
    """
    package = f"{meta['lang']}_{meta['name']}"
    last = {one.kind.component: one for one in updates}.values()
    tasks = dict.fromkeys(one.kind.words.hub for one in last)
    matter = {
        "tags": ["spacy", *tasks],
        "language": [meta["lang"] if meta["lang"] != "xx" else "multilingual"],
        **licence(meta["license"]),
        "library_name": "spacy",
        "model-index": [
            {"name": package, "results": [found for one in last for found in results(one)]}
        ],
    }
    return str(srsly.yaml_dumps(matter))


def results(update: Lineage) -> list[dict[str, Any]]:
    """The figures of each group of labels; none of one that does not occur."""
    scores, words = update.scores, update.kind.words
    groups = (
        ("", scores.annotated, GOLD),
        (", new labels", scores.new, GOLD),
        (", shared labels", scores.shared, GOLD),
        (", retained labels", scores.retained, RETAINED),
    )
    return [_result(words, which, score, texts) for which, score, texts in groups if score]


def _result(words: Words, which: str, score: Score, texts: str) -> dict[str, Any]:
    # The hub asks for a dataset's name and type; it is one of its own where they name it.
    kind = texts.lower().replace(" ", "-")
    return {
        "task": {"name": f"{words.task}{which}", "type": words.hub},
        "dataset": {"name": texts, "type": kind, "split": "test"},
        "metrics": _metrics(score, words.task),
    }


def _metrics(score: Score, task: str) -> list[dict[str, Any]]:
    """Precision, recall and F from 0 to 1, under the names that spacy-huggingface-hub gives."""
    named = (
        ("Precision", "precision", score.precision),
        ("Recall", "recall", score.recall),
        ("F Score", "f_score", score.f.value),
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
