"""What a pipeline finds in a text, as results of Label Studio."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from spacy.tokens import Doc

from ..conversion.label_config import ConfiguredLabel, LabelConfig
from ..conversion.label_map import LabelMap
from ..conversion.label_studio_json import LabelledSpan, Tags, region
from ..project.errors import UserError


class Found(NamedTuple):
    """An entity: offsets in code points, the end excluded; the model's label.

    score: how sure the pipeline is, 0 to 1; None where nobody asked.
    """

    start: int
    end: int
    label: str
    score: float | None = None


class Labelling(NamedTuple):
    """Where a project wants its results.

    tags: names of the Labels tag, of the Text tag, and the field of the text in a task's data.
    labels: for each label of the model the configuration's label, where it has one.
    """

    tags: Tags
    labels: Mapping[str, str]


def find_labelling(
    config: LabelConfig, label_map: LabelMap, model_labels: Iterable[str]
) -> Labelling:
    """The way back through the label map, from the model's labels to the configuration's.

    label_map: made with the labels of this configuration.
    Raises UserError for a HyperText tag: its offsets are not those of the text that we read.
    """
    if config.html:
        raise UserError(
            f"{config.to_name} is a HyperText tag: its offsets do not count in the HTML.",
            "Use a Text tag, or another Labels tag (vars.control).",
        )
    found = labels_back(config.labels, label_map, model_labels)
    return Labelling(Tags(config.from_name, config.to_name, config.text_field), found)


def labels_back(
    annotators: Sequence[ConfiguredLabel], label_map: LabelMap, model_labels: Iterable[str]
) -> dict[str, str]:
    """For each of the model's labels the annotators' label, where it has one.

    Where the map leads from several labels to one of the model's, the lowest rank wins, then the
    first in the annotators' order. A label that the map does not lead to goes by its own name, or
    to the label that has it in `predicted_values`.
    """
    back: dict[str, str] = {}
    for label, name in _ways_back(annotators, label_map):
        back.setdefault(label, name)
    return {label: back[label] for label in model_labels if label in back}


def _ways_back(
    annotators: Sequence[ConfiguredLabel], label_map: LabelMap
) -> Iterator[tuple[str, str]]:
    """Model labels with the annotators' label for each, the best first."""
    mapped: list[tuple[float, str, str]] = []
    for configured in annotators:
        for name in (configured.name, *configured.others):
            target = label_map.target(name)
            if target is not None and target.label is not None:
                rank = math.inf if target.rank is None else target.rank
                mapped.append((rank, target.label, configured.name))
    yield from ((label, name) for _, label, name in sorted(mapped, key=lambda way: way[0]))
    # What the map ignores on purpose (null) is not shown either.
    open_ones = [one for one in annotators if label_map.target(one.name) is None]
    yield from ((one.name, one.name) for one in open_ones)
    for configured in annotators:
        yield from ((name, configured.name) for name in configured.others)


def entities(doc: Doc) -> list[Found]:
    """The entities of a Doc in their order, without scores."""
    return [Found(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


def write_regions(text: str, found: Iterable[Found], labelling: Labelling) -> list[dict[str, Any]]:
    """Results in the shape of Label Studio's predictions; labels that it has no name for are out.

    Offsets are code points, as Label Studio counts them (its editor does, too): an emoji is one.
    """
    return list(_regions(text, found, labelling))


def _regions(text: str, found: Iterable[Found], labelling: Labelling) -> Iterator[dict[str, Any]]:
    for number, (start, end, label, score) in enumerate(found):
        if (name := labelling.labels.get(label)) is None:
            continue
        span = LabelledSpan(start, end, (name,))
        # The editor makes CSS classes of the ids: no label in them, it may have spaces.
        one = region(f"{start}-{end}-{number}", text, span, labelling.tags, "prediction")
        yield one if score is None else one | {"score": round(score, 4)}


def task_text(task: Mapping[str, Any], field: str) -> str | None:
    """The text of a task, None where there is none; `a.b` is a field within a field."""
    value: Any = task.get("data")
    for key in (field,) if isinstance(value, dict) and field in value else field.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None
