"""Small exports of Label Studio, built by hand, for the tests of the conversion."""

from typing import Any


def region(
    start: Any, end: Any, text: Any, *labels: Any, name: str = "r", control: str = "label"
) -> dict[str, Any]:
    return {
        "id": name,
        "from_name": control,
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
        "value": {"start": start, "end": end, "text": text, "labels": list(labels)},
    }


def spanned(text: str, part: str, *labels: str, name: str = "r") -> dict[str, Any]:
    """A region on the first occurrence of a part of the text."""
    start = text.index(part)
    return region(start, start + len(part), part, *labels, name=name)


def annotation(*results: Any, by: Any = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": 10,
        "completed_by": by,
        "was_cancelled": False,
        "ground_truth": False,
        "result": list(results),
        **more,
    }


def task(number: Any, text: Any, *annotations: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "data": {"text": text},
        "annotations": list(annotations),
        "drafts": [],
        "predictions": [],
        **more,
    }
