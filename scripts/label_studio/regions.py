"""What a pipeline finds in a text, as results of Label Studio."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from spacy.tokens import Doc

from ..conversion.label_config import ConfiguredLabel, LabelConfig
from ..conversion.label_map import LabelMap, Target
from ..conversion.label_studio import Results
from ..conversion.label_studio_json import LabelledSpan, Tags, choice, region
from ..kinds.kind import Kind
from ..kinds.ner import NER
from ..project.errors import UserError

Labels = Mapping[Results, Sequence[str]]  # the labels of a model, by what becomes of its answers


class Found(NamedTuple):
    """An answer of a pipeline: offsets in code points, the end excluded; the model's label.

    score: how sure the pipeline is, 0 to 1; None where nobody asked. results: what it is in Label
    Studio; a choice is about the whole text. layered: whether other answers may lie on it.
    """

    start: int
    end: int
    label: str
    score: float | None = None
    results: Results = "labels"
    layered: bool = False


class Labelling(NamedTuple):
    """Where a project wants results of one kind.

    tags: names of the Labels or Choices tag, of the Text tag, and the field of the text in a task's
    data. labels: for each label of the model the configuration's label, where it has one.
    single: whether a text gets one choice at most.
    """

    tags: Tags
    labels: Mapping[str, str]
    results: Results = "labels"
    single: bool = False


def find_labelling(
    config: LabelConfig, label_map: LabelMap, model_labels: Iterable[str]
) -> Labelling:
    """The way back through the label map, from the model's labels to the configuration's.

    label_map: made with the labels of this configuration.
    Raises UserError for a HyperText tag: its text is not the one that we read.
    """
    if config.html:
        raise UserError(
            f"{config.to_name} is a HyperText tag: what it shows of the HTML is another text.",
            "Use a Text tag, or another tag with labels (vars.control).",
        )
    found = labels_back(config.labels, label_map, model_labels)
    tags = Tags(config.from_name, config.to_name, config.text_field)
    return Labelling(tags, found, config.results, config.single)


def kinds_of_results(labels: Labels) -> list[Results]:
    """The kinds of results that a model's labels can become; spans come first, and by default."""
    return [one for one in get_args(Results) if one in labels] or ["labels"]


def find_labellings(
    configs: Iterable[LabelConfig], targets: Mapping[str, Target] | None, labels: Labels
) -> list[Labelling]:
    """The way back for each tag. targets: of the label map, as `read_label_map` gives them."""
    return [
        find_labelling(one, LabelMap(targets, one.labels), labels.get(one.results, ()))
        for one in configs
    ]


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


def other_answers(doc: Doc, kinds: Iterable[Kind]) -> list[Found]:
    """What components of these kinds but ner say of a Doc, with scores."""
    return [
        Found(*one, kind.score(doc, one), kind.results, not kind.exclusive)
        for kind in kinds
        if kind is not NER
        for one in kind.read(doc)
    ]


def write_regions(text: str, found: Iterable[Found], labelling: Labelling) -> list[dict[str, Any]]:
    """Results in the shape of Label Studio's predictions; labels that it has no name for are out.

    Offsets are code points, as Label Studio counts them (its editor does, too): an emoji is one.
    All choices of a text are one result, whose score is that of the least sure; where a text gets
    one at most, the surest is taken.
    """
    mine = [one for one in found if one.results == labelling.results]
    if labelling.results == "choices":
        return list(_choices(mine, labelling))
    return list(_regions(text, mine, labelling))


def _choices(found: Iterable[Found], labelling: Labelling) -> Iterator[dict[str, Any]]:
    known = [one for one in found if one.label in labelling.labels]
    known.sort(key=lambda one: -(one.score or 0.0))
    if labelling.single:
        del known[1:]
    if not known:
        return
    # Several classes of the model may have one name.
    names = list(dict.fromkeys(labelling.labels[one.label] for one in known))
    one = choice(f"chosen-{labelling.tags.from_name}", names, labelling.tags, "prediction")
    score = known[-1].score
    yield one if score is None else one | {"score": round(score, 4)}


def _regions(text: str, found: Iterable[Found], labelling: Labelling) -> Iterator[dict[str, Any]]:
    for number, (start, end, label, score, *_) in enumerate(found):
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
