"""Tasks of Label Studio, written: for its import, or like an export of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

Kind = Literal["annotations", "predictions"]
Origin = Literal["manual", "prediction"]


class LabelledSpan(NamedTuple):
    """Labels on a part of a text: offsets in code points, the end excluded."""

    start: int
    end: int
    labels: tuple[str, ...]


class LabelledText(NamedTuple):
    """A text and its spans; `spans` is None where nobody has annotated the text."""

    text: str
    spans: tuple[LabelledSpan, ...] | None
    group: str | None = None


class Tags(NamedTuple):
    """Names of the Labels or Choices tag, of the Text tag and of the field of the text."""

    from_name: str = "label"
    to_name: str = "text"
    key: str = "text"


class Version(NamedTuple):
    """One of several opinions on a text, to import as a prediction."""

    name: str
    spans: tuple[LabelledSpan, ...]


PLAIN = Tags()


def export_tasks(
    texts: Iterable[LabelledText],
    *,
    kind: Kind = "annotations",
    tags: Tags = PLAIN,
    model_version: str = "corpus",
) -> Iterator[dict[str, Any]]:
    """Label Studio tasks, in the shape of its JSON export and import.

    texts: one task each, with ids from 1.
    kind: whether the spans stand in the tasks as a person's annotation or as predictions.
    """
    for number, text in enumerate(texts, 1):
        task: dict[str, Any] = {"id": number, "data": {tags.key: text.text}}
        if text.group is not None:
            task["meta"] = {"group": text.group}
        task |= {"annotations": [], "predictions": []}
        if text.spans is not None:
            regions = _regions(text.text, text.spans, str(number), tags)
            task[kind].append(
                _annotation(number, regions)
                if kind == "annotations"
                else {"model_version": model_version, "result": regions}
            )
        yield task


def review_task(
    text: str, versions: Sequence[Version], tasks: Sequence[int | str], tags: Tags = PLAIN
) -> dict[str, Any]:
    """A task to import for review: each version is a prediction that can be accepted.

    tasks: ids of the tasks that the text comes from; they go into the task's `meta`.
    """
    return {
        "data": {tags.key: text},
        "meta": {"tasks": list(tasks)},
        "predictions": [
            {
                "model_version": version.name,
                "result": _regions(text, version.spans, f"v{number}", tags),
            }
            for number, version in enumerate(versions, 1)
        ],
    }


def _annotation(number: int, regions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": number,
        "completed_by": 1,
        "was_cancelled": False,
        "ground_truth": False,
        "result": regions,
    }


def _regions(
    text: str, spans: Iterable[LabelledSpan], name: str, tags: Tags
) -> list[dict[str, Any]]:
    return [region(f"{name}-{index}", text, span, tags) for index, span in enumerate(spans)]


def region(
    name: str, text: str, span: LabelledSpan, tags: Tags, origin: Origin = "manual"
) -> dict[str, Any]:
    """A region as Label Studio's editor writes it. origin: who made it."""
    return {
        "id": name,
        "from_name": tags.from_name,
        "to_name": tags.to_name,
        "type": "labels",
        "origin": origin,
        "value": {
            "start": span.start,
            "end": span.end,
            "text": text[span.start : span.end],
            "labels": list(span.labels),
        },
    }


def choice(
    name: str, labels: Sequence[str], tags: Tags, origin: Origin = "manual"
) -> dict[str, Any]:
    """What was chosen for a text as a whole, as Label Studio's editor writes it."""
    return {
        "id": name,
        "from_name": tags.from_name,
        "to_name": tags.to_name,
        "type": "choices",
        "origin": origin,
        "value": {"choices": list(labels)},
    }
