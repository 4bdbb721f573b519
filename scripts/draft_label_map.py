"""Write a label map to start from: every label of an export or a labelling configuration."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

import srsly
import typer
from wasabi import msg

from .conversion.exports import find_sources
from .conversion.label_config import ConfiguredLabel, read_label_config
from .conversion.label_studio import read_tasks
from .project.errors import UserError, run
from .project.files import write_text
from .training.alike import similar_name

HEAD = """\
# From Label Studio labels to those of the model: several may become one, null ignores a label.
# Where the base calls the same otherwise, write its label, as PERSON: PER. What stays as it is
# becomes a new label beside that (or give the base's label a new name: vars.base_label_map).
# LABEL: {label: MODEL, rank: 1} says which wins where one span has two labels: the lowest rank.
"""


def main(
    inputs: Annotated[Path, typer.Option(help="what `inputs` resolved (export.json)")] = Path(
        "assets/inputs/export.json"
    ),
    base: Annotated[Path, typer.Option(help="the base's record, for its labels")] = Path(
        "training/base.json"
    ),
    output: Annotated[Path, typer.Option(help="the label map to write")] = Path("label_map.yml"),
) -> None:
    """Write a label map in which each label becomes itself, to be edited by hand."""
    if output.exists():
        raise UserError(f"{output} exists.", "Delete it, or give another name with --output.")
    if not inputs.is_file():
        raise UserError(
            f"There is no {inputs}.",
            "Run inputs first: python -m spacy project run inputs . --vars.export FILE.",
        )
    record = srsly.read_json(inputs)
    config = record.get("label_config")
    configured = read_label_config(Path(config["paths"][0])).labels if config else ()
    counts = count_labels(map(Path, record["export"]["paths"]))
    known = srsly.read_json(base)["labels"] if base.exists() else []
    write_text(output, draft_label_map(counts, configured, known))
    msg.good(f"{len({*counts, *(c.name for c in configured)})} labels", str(output))


def count_labels(paths: Iterable[Path]) -> Counter[str]:
    """Label Studio's labels in exports, with the number of regions."""
    return Counter(
        label
        for source in find_sources(paths)
        for task in read_tasks(source)
        for annotation in task.annotations
        if not annotation.cancelled
        for region in annotation.regions or ()
        for label in region.labels
    )


def draft_label_map(
    counts: Counter[str], configured: Collection[ConfiguredLabel], known: Collection[str]
) -> str:
    """The YAML of a map from each label to itself, with what the base knows that may be the same.

    counts: labels of the export. configured: labels of the labelling configuration.
    known: labels of the base.
    """
    lines = []
    for label in sorted({*counts, *(item.name for item in configured)}):
        alike = similar_name(label, known)
        hint = f"; the base has {alike}" if alike not in (None, label) else ""
        lines.append(f"{_quoted(label)}: {_quoted(label)}  # {counts[label]} spans{hint}\n")
    return HEAD + "".join(lines)


def _quoted(label: str) -> str:
    return json.dumps(label, ensure_ascii=False)  # a string of JSON is one of YAML


if __name__ == "__main__":
    run(main)
