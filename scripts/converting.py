"""The second pass over an export: every example becomes a Doc in one of the corpora."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from spacy.tokens import Doc

from .conversion import Conversion
from .corpus import Provenance, Source, set_provenance
from .examples import Example, TextTask, Unusable, merge_tasks
from .files import hash_text
from .gold import annotate, usable_annotations
from .label_map import LabelMap
from .splits import Split, assign_split
from .survey import Survey, read_texts

_BATCH = 512  # examples whose near-duplicates are looked up together


class Converted(NamedTuple):
    """A Doc and the corpus it belongs to."""

    source: Source
    split: Split
    doc: Doc


def convert_examples(
    survey: Survey,
    tokenizer: Callable[[str], Doc],
    label_map: LabelMap,
    record: Conversion,
) -> Iterator[Converted]:
    """The Docs of an export; what becomes of each task and region goes into the record."""
    examples = merge_tasks(_usable(read_texts(survey.fields), record), survey.repeats)
    while batch := list(islice(examples, _BATCH)):
        splits = [assign_split(example[0].text, example[0].group) for example in batch]
        near = _near_held_out(batch, splits, survey)
        for example, split in zip(batch, splits, strict=True):
            converted = convert_example(example, tokenizer, label_map, record)
            if converted is None:
                continue
            source, doc = converted
            if split == "train" and example[0].text in near:
                record.leave_out(example[0].id, "near_duplicate", text=example[0].text)
                record.examples[f"{source} near_duplicates"] += 1
            else:
                record.examples[f"{source} {split}"] += 1
                record.entities.update(entity.label_ for entity in doc.ents)
                yield Converted(source, split, doc)


def convert_example(
    example: Example, tokenizer: Callable[[str], Doc], label_map: LabelMap, record: Conversion
) -> tuple[Source, Doc] | None:
    """Gold if somebody has annotated the text, else project text.

    None for a text that was only skipped, or whose only annotations are damaged.
    """
    record.tasks["merged_into_others"] += len(example) - 1
    for task in example:
        for annotation in task.annotations:
            record.results.update(annotation.others)
            if annotation.regions is None and not annotation.cancelled:
                record.tasks["damaged_annotations"] += 1
                record.leave_out(task.id, "damaged_annotation", annotation=annotation.id)
    usable = usable_annotations(example)
    if not usable and all(task.annotations for task in example):
        return None
    text = example[0].text
    doc = tokenizer(text)
    source: Source = "gold" if usable else "project"
    set_provenance(doc, Provenance(source, tuple(task.id for task in example), hash_text(text)))
    if usable:
        annotate(doc, usable, label_map, record)
    return source, doc


def _near_held_out(batch: list[Example], splits: list[Split], survey: Survey) -> set[str]:
    """The texts of a batch that belong to training but are nearly texts of dev or test."""
    texts = [e[0].text for e, split in zip(batch, splits, strict=True) if split == "train"]
    return {
        text for text, near in zip(texts, survey.held_out.near_many(texts), strict=True) if near
    }


def _usable(tasks: Iterable[TextTask | Unusable], record: Conversion) -> Iterator[TextTask]:
    """The tasks that have a text; each task is counted under what it is."""
    counts = record.tasks
    for task in tasks:
        counts["tasks"] += 1
        if isinstance(task, TextTask):
            counts[_kind(task)] += 1
            if task.elsewhere:
                record.spans["in_other_fields"] += task.elsewhere
            yield task
            continue
        counts["unusable_text"] += 1
        record.leave_out(task.id, task.reason)
        record.spans["regions"] += len(task.regions)
        record.spans["rejected"] += len(task.regions)
        record.spans["text_rejected"] += len(task.regions)
        for region in task.regions:
            record.note(task.id, region, "text_rejected", "rejected")


def _kind(task: TextTask) -> str:
    if not task.annotations:
        if task.drafts:
            return "only_drafts"
        return "only_predictions" if task.predictions else "unannotated"
    if all(annotation.cancelled for annotation in task.annotations):
        return "skipped"
    if any(annotation.regions for annotation in task.annotations if not annotation.cancelled):
        return "annotated"
    return "annotated_empty"
