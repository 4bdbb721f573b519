"""The tasks of the demonstration's Label Studio project, and what its annotators do with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import srsly

from scripts.conversion.label_studio_json import LabelledSpan, Tags, region
from scripts.demo import SEED, read_grammars, write_groups
from scripts.demonstration.grammar import AnnotatedSpan, AnnotatedText, read_patterns, seeded

LABELS = ("PERSON", "PEST", "PLANT")  # the label scheme: what the annotators mark
ANNOTATED = 640
# What else happens to tasks in a project, and to how many.
KINDS = {
    "unannotated": 50,
    "skipped": 5,
    "draft": 4,
    "prediction": 5,
    "agreement": 5,
    "disagreement": 6,
    "ground_truth": 3,
}
Annotator = Literal["first", "second"]


class PlannedAnnotation(NamedTuple):
    """What one annotator submits for a task; skipped: "Skip" in place of "Submit"."""

    annotator: Annotator
    spans: tuple[AnnotatedSpan, ...]
    skipped: bool = False
    ground_truth: bool = False


class PlannedTask(NamedTuple):
    """A task, what the annotators submit, and what is only a draft or a prediction."""

    text: str
    group: str
    annotations: tuple[PlannedAnnotation, ...] = ()
    draft: tuple[AnnotatedSpan, ...] | None = None
    prediction: tuple[AnnotatedSpan, ...] | None = None


def plan_tasks(folder: Path) -> list[PlannedTask]:
    """All tasks in the order of their import, from the grammar in a folder."""
    odd = list(read_odd_tasks(folder / "odd_tasks.yml"))
    patterns = read_patterns(folder / "garden.yml")
    total = ANNOTATED + sum(KINDS.values())
    known = {task.text for task in odd}
    examples = write_groups(patterns, read_grammars(folder), total, lengths=(2, 4, 3), known=known)
    rng = seeded(SEED)
    rng.shuffle(examples)
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    kinds += ["annotated"] * ANNOTATED
    planned = [plan_task(*pair) for pair in zip(examples, kinds, strict=True)] + odd
    rng.shuffle(planned)
    return planned


def plan_task(example: AnnotatedText, kind: str) -> PlannedTask:
    """What the annotators do with a text, by the kind of case it is to be."""
    spans = tuple(span for span in example.spans if span.label in LABELS)
    # A second reader's slips: one entity is overlooked, another one cut short.
    slips = spans[1:-1] + tuple(span._replace(start=span.end - 3) for span in spans[-1:])
    task = PlannedTask(example.text, example.group)
    if kind == "unannotated":
        return task
    if kind == "draft":
        return task._replace(draft=spans)
    if kind == "prediction":
        return task._replace(prediction=slips)
    first = PlannedAnnotation("first", spans)
    second = PlannedAnnotation("second", spans)
    return task._replace(
        annotations={
            "annotated": (first,),
            "skipped": (first._replace(spans=(), skipped=True),),
            "agreement": (first, second),
            "disagreement": (first, second._replace(spans=slips)),
            "ground_truth": (first._replace(spans=slips), second._replace(ground_truth=True)),
        }[kind]
    )


def read_odd_tasks(path: Path) -> Iterator[PlannedTask]:
    """The tasks that are written out one by one."""
    for task in srsly.read_yaml(path):
        text, marks = task["text"], task["marks"]
        spans = tuple(find_mark(text, piece, label) for piece, label in marks)
        yield PlannedTask(text, task["group"], (PlannedAnnotation("first", spans),))


def find_mark(text: str, piece: str, label: str) -> AnnotatedSpan:
    """The span of a piece of text. Raises ValueError when it does not occur."""
    start = text.index(piece)
    return AnnotatedSpan(start, start + len(piece), label)


def to_result(text: str, spans: tuple[AnnotatedSpan, ...]) -> list[dict[str, Any]]:
    """Regions as Label Studio's editor writes them."""
    return [
        region(f"r{number}", text, LabelledSpan(span.start, span.end, (span.label,)), Tags())
        for number, span in enumerate(spans)
    ]
