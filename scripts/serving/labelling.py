"""From a task of Label Studio to its text, and from entities to its results."""

import re
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..conversion.label_config import LabelConfig, parse_label_config
from ..conversion.label_map import LabelMap, Target
from ..label_studio.regions import Found, Labelling, find_labelling, task_text, write_regions
from ..project.files import hash_text
from .frames import Predicted
from .protocol import PredictRequest

_SURROGATES = re.compile("[\ud800-\udfff]")
KNOWN = 64  # labelling configurations that are kept parsed


class Choice(NamedTuple):
    """What a user has chosen in the vars, where the labelling configuration leaves a choice."""

    label_map: dict[str, Target] | None = None
    control: str | None = None
    text_field: str | None = None


class Configurations:
    """Labelling configurations, each parsed once: every request brings its own."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._known: dict[str, LabelConfig] = {}
        self._lock = threading.Lock()

    def labelling(self, xml: str, model_labels: Sequence[str]) -> Labelling:
        """Where the results go, and under which names. Raises UserError when nothing fits."""
        config = self._parse(xml)
        label_map = LabelMap(self._choice.label_map, config.labels)
        return find_labelling(config, label_map, model_labels)

    def _parse(self, xml: str) -> LabelConfig:
        key = hash_text(xml)
        with self._lock:  # the SDK's parser is not said to be safe in threads
            if key not in self._known:
                config = parse_label_config(
                    xml,
                    "The project's labelling configuration",
                    control=self._choice.control,
                    text_field=self._choice.text_field,
                )
                if len(self._known) >= KNOWN:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = config
            return self._known[key]


def request_texts(request: PredictRequest, field: str) -> list[str]:
    """The text of each task, empty where there is none; never read from elsewhere."""
    texts = (task_text({"data": task.data}, field) for task in request.tasks)
    return [make_valid(text) if text else "" for text in texts]


def make_valid(text: str) -> str:
    """The text with lone surrogates replaced, which no Doc can hold; offsets stay as they are."""
    return _SURROGATES.sub("\ufffd", text)


def write_results(
    texts: Sequence[str],
    found: Sequence[Predicted],
    labelling: Labelling,
    *,
    drawn: Sequence[tuple[int, int]],
    model_version: str,
) -> list[dict[str, Any]]:
    """A result for each text, in order.

    drawn: what a person has marked in the editor; what overlaps it is not proposed again.
    """
    results = []
    for text, (spans, certainty) in zip(texts, found, strict=True):
        free = [one for one in spans if not _overlaps(one, drawn)]
        regions = write_regions(text, free, labelling)
        results.append({"model_version": model_version, "score": certainty, "result": regions})
    return results


def drawn_spans(request: PredictRequest, labelling: Labelling) -> list[tuple[int, int]]:
    """What a person has marked in the text, when the request comes out of the editor."""
    context = request.params.context if request.params else None
    values = [
        region.get("value")
        for region in (context.result if context and context.result else [])
        if region.get("to_name") in (None, labelling.tags.to_name)
    ]
    return [
        (value["start"], value["end"])
        for value in values
        if isinstance(value, dict)
        and isinstance(value.get("start"), int)
        and isinstance(value.get("end"), int)
    ]


def _overlaps(one: Found, drawn: Sequence[tuple[int, int]]) -> bool:
    return any(one.start < end and start < one.end for start, end in drawn)
