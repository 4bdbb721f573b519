"""What Label Studio takes: tasks to import, and predictions for tasks that are there.

A file to import has new tasks: for a project of its own, in which probable errors are looked at.
A file to push has predictions for the tasks of the project that the export comes from, which
`push` sends (vars.push_file).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from spacy.tokens import Doc

from ..conversion.exports import Source, find_sources
from ..conversion.fields import Field, Wanted, choose_fields
from ..conversion.label_config import ConfiguredLabel, read_label_config
from ..conversion.label_map import LabelMap, read_label_map
from ..conversion.label_studio import Control, read_tasks
from ..conversion.label_studio_json import LabelledSpan, Tags, region
from ..label_studio.prepared import Prepared, PreparedTask
from ..label_studio.regions import Found, Labelling, find_labelling, labels_back, write_regions
from ..project.errors import UserError
from ..project.files import write_json
from .disagreements import PROBABLE, by_text
from .records import Disagreement, Insight
from .records import Wanted as Next
from .summary import last_word
from .trainings import Outcome, Said


def find_tags(inputs: Mapping[str, Any], labels: Sequence[str], wanted: Wanted) -> Labelling:
    """Where the export's project wants results, and what it calls the model's labels.

    inputs: what the command `inputs` wrote about the export. Without a labelling configuration
    the tags are those of the export's first region.
    Raises UserError for a HyperText tag: its offsets are not those of the text that we read.
    """
    configuration, names = _path(inputs, "label_config"), _path(inputs, "label_map")
    targets = read_label_map(names) if names else None
    if configuration:
        config = read_label_config(
            configuration, control=wanted.control, text_field=wanted.text_field
        )
        return find_labelling(config, LabelMap(targets, config.labels), labels)
    sources = find_sources([Path(path) for path in inputs["export"]["paths"]])
    fields = choose_fields(sources, wanted)
    control, field = _first_control(fields)
    if field.html:
        raise UserError(
            "The export is of HyperText, whose offsets do not count in the HTML.",
            "Take a project with a Text tag.",
        )
    # What the map does not name, annotators call as the model does.
    annotators = [ConfiguredLabel(name, ()) for name in dict.fromkeys([*(targets or {}), *labels])]
    back = labels_back(annotators, LabelMap(targets), labels)
    tags = Tags(control.from_name or "label", control.to_name or "text", field.key)
    return Labelling(tags, back)


def _path(inputs: Mapping[str, Any], name: str) -> Path | None:
    return Path(inputs[name]["paths"][0]) if inputs.get(name) else None


def _first_control(fields: Mapping[Source, Field]) -> tuple[Control, Field]:
    """The tags of the first region in the annotated text."""
    for source, field in fields.items():
        for task in read_tasks(source):
            for annotation in task.annotations:
                for one in annotation.regions or ():
                    if field.labels(one):
                        return one.control, field
    return Control("", ""), next(iter(fields.values()))


def write_files(
    insight: Insight,
    docs: Mapping[str, Doc],
    outcomes: Sequence[Outcome],
    labelling: Labelling,
    folder: Path,
) -> None:
    """Write errors and texts to annotate next, each to import and to push.

    docs: the annotated texts by their hashes.
    """
    said, version = last_word(outcomes), insight.model_version
    ranked = [one for one in insight.disagreements if one.score >= PROBABLE]
    chosen, update = insight.proposal.chosen, insight.proposal.model_version
    tasks = {
        "errors": review_tasks(ranked, docs, said, labelling, version),
        "next": next_tasks(chosen, labelling, update),
    }
    predictions = {
        "errors": review_predictions(ranked, said, labelling, version),
        "next": next_predictions(chosen, labelling, update),
    }
    for name, some in tasks.items():
        write_json(folder / f"{name}_import.json", list(some))
    for name, prepared in predictions.items():
        write_json(folder / f"{name}_push.json", msgspec.to_builtins(prepared))


def review_tasks(
    ranked: Sequence[Disagreement],
    docs: Mapping[str, Doc],
    said: Mapping[str, Said],
    labelling: Labelling,
    model_version: str,
) -> Iterator[dict[str, Any]]:
    """Tasks to import: the person's annotation, and the specialist's version as a prediction.

    ranked: disagreements, the most probable error first; a text is one task. docs, said: by the
    hash of the text.
    """
    for group in by_text(ranked):
        first = group[0]
        text, tags = first.text, labelling.tags
        spans = person_spans(docs[first.hash], labelling)
        regions = [region(f"p{n}", text, span, tags) for n, span in enumerate(spans)]
        yield {
            "data": {tags.key: text},
            "meta": {"tasks": first.tasks, "doubt": first.score, "kinds": _kinds(group)},
            "annotations": [{"result": regions}],
            "predictions": [
                {
                    "model_version": model_version,
                    "score": first.score,
                    "result": write_regions(text, model_spans(said[first.hash]), labelling),
                }
            ],
        }


def review_predictions(
    ranked: Sequence[Disagreement],
    said: Mapping[str, Said],
    labelling: Labelling,
    model_version: str,
) -> Prepared:
    """The specialist's version of the same texts, for the tasks that they come from."""
    tasks = [
        PreparedTask(
            task, group[0].score, write_regions(group[0].text, model_spans(said[key]), labelling)
        )
        for group in by_text(ranked)
        for key in [group[0].hash]
        for task in _numbers(group[0].tasks)
    ]
    return Prepared(model_version, tasks)


def next_tasks(
    chosen: Iterable[Next], labelling: Labelling, model_version: str
) -> Iterator[dict[str, Any]]:
    """Tasks to import: texts to annotate next, with what the update finds as a prediction."""
    for one in chosen:
        prediction = {"model_version": model_version, "score": one.certainty}
        yield {
            "data": {labelling.tags.key: one.text},
            "meta": {"tasks": one.tasks},
            "predictions": [prediction | {"result": _next_regions(one, labelling)}],
        }


def next_predictions(chosen: Iterable[Next], labelling: Labelling, model_version: str) -> Prepared:
    """What the update finds in texts to annotate next, for the tasks that have these texts."""
    tasks = [
        PreparedTask(task, one.certainty, _next_regions(one, labelling))
        for one in chosen
        for task in _numbers(one.tasks)
    ]
    return Prepared(model_version, tasks)


def person_spans(doc: Doc, labelling: Labelling) -> list[LabelledSpan]:
    """All that was annotated in a text, overlapping spans too, in Label Studio's labels.

    Offsets are code points, as Label Studio counts; `convert` has mended those that were not.
    """
    spans = doc.spans.get("sc", doc.ents)
    return [
        LabelledSpan(span.start_char, span.end_char, (labelling.labels[span.label_],))
        for span in spans
        if span.label_ in labelling.labels
    ]


def model_spans(said: Said) -> list[Found]:
    """What a specialist finds, with how sure it is."""
    beliefs = {tuple(span[:3]): span[3] for span in said.believed}
    return [Found(*span, beliefs.get(span, 0.0)) for span in said.found]


def _next_regions(one: Next, labelling: Labelling) -> list[dict[str, Any]]:
    found = [Found(f.start, f.end, f.label, f.score) for f in one.found]
    return write_regions(one.text, found, labelling)


def _kinds(group: Collection[Disagreement]) -> list[str]:
    return list(dict.fromkeys(one.kind for one in group))


def _numbers(tasks: Iterable[int | str]) -> list[int]:
    """Ids of tasks as Label Studio gives them: an export that was made elsewhere may lack them."""
    return [task for task in tasks if isinstance(task, int)]
