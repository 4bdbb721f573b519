"""The first pass over an export: what it holds, what repeats in it, what its test sets are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .errors import UserError
from .examples import Repeats, TextTask, Unusable, reduce_task
from .exports import Source
from .fields import Field
from .label_studio import read_tasks
from .splits import HeldOut, assign_split


class Survey(NamedTuple):
    """What the second pass needs.

    fields: the field to convert of each source.
    held_out: the texts of dev and test, to keep texts near them out of training.
    labels: Label Studio's labels in the export, with the number of regions.
    """

    fields: dict[Source, Field]
    repeats: Repeats
    held_out: HeldOut
    labels: Counter[str]


def read_texts(fields: dict[Source, Field]) -> Iterator[TextTask | Unusable]:
    """The tasks of all sources, reduced to the field that is converted of each."""
    for source, field in fields.items():
        for task in read_tasks(source):
            yield reduce_task(task, field)


def survey(fields: dict[Source, Field]) -> Survey:
    """Read all sources once.

    Raises UserError when no task has labelled text: the message says what there is instead.
    """
    repeats = Repeats()
    labels: Counter[str] = Counter()
    others: Counter[str] = Counter()
    counts: Counter[str] = Counter()

    def held_out() -> Iterator[str]:
        for task in read_texts(fields):
            counts["tasks"] += 1
            if isinstance(task, Unusable):
                counts["unusable"] += 1
                continue
            repeats.add(task.text)
            counts["drafts"] += task.drafts
            counts["predictions"] += task.predictions
            counts["elsewhere"] += task.elsewhere
            for annotation in task.annotations:
                counts["cancelled" if annotation.cancelled else "annotations"] += 1
                others.update(annotation.others)
                for region in annotation.regions or ():
                    counts["regions"] += 1
                    labels.update(() if annotation.cancelled else region.labels)
            if assign_split(task.text, task.group) != "train":
                yield task.text

    found = Survey(fields, repeats, HeldOut(held_out()), labels)
    if not counts["regions"]:
        raise _nothing(list(fields), counts, others)
    return found


def _nothing(sources: Sequence[Source], counts: Counter[str], others: Counter[str]) -> UserError:
    names = ", ".join(map(str, sources[:3])) + (", ..." if len(sources) > 3 else "")
    if not counts["tasks"]:
        return UserError(f"There are no tasks in {names}.", "Export a project that has tasks.")
    kinds = {
        "annotations": counts["annotations"],
        "skipped": counts["cancelled"],
        "drafts": counts["drafts"],
        "predictions": counts["predictions"],
        "tasks without usable text": counts["unusable"],
        "regions of other tags": counts["elsewhere"],
        **others,
    }
    found = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    return UserError(
        f"There is no labelled text in {names}: {counts['tasks']} tasks with {found or 'nothing'}.",
        "Annotate texts with a Labels tag on a Text tag and export the project as JSON.",
    )
