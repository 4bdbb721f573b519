"""From a task of Label Studio to its text, and from a pipeline's answers to its results."""

import re
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..conversion.label_config import LabelConfig, parse_label_configs
from ..conversion.label_map import Target
from ..conversion.label_studio import Results
from ..conversion.label_studio_json import LabelledSpan
from ..label_studio.regions import (
    Found,
    Labelling,
    Labels,
    find_labellings,
    kinds_of_results,
    task_text,
    write_regions,
)
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


class Drawn(NamedTuple):
    """What a person has in the editor: marked parts, and whether classes are chosen."""

    spans: Sequence[LabelledSpan] = ()
    chosen: bool = False


class Configurations:
    """Labelling configurations, each parsed once: every request brings its own."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._known: dict[str, list[LabelConfig]] = {}
        self._lock = threading.Lock()

    def labellings(self, xml: str, labels: Labels) -> list[Labelling]:
        """Where the results go, and under which names. Raises UserError when nothing fits.

        labels: the model's. There is one labelling for each kind of results, all for one text.
        """
        configs = self._parse(xml, kinds_of_results(labels))
        return find_labellings(configs, self._choice.label_map, labels)

    def _parse(self, xml: str, results: Sequence[Results]) -> list[LabelConfig]:
        key = hash_text(f"{results} {xml}")
        with self._lock:  # the SDK's parser is not said to be safe in threads
            if key not in self._known:
                configs = parse_label_configs(
                    xml,
                    "The project's labelling configuration",
                    results,
                    control=self._choice.control,
                    text_field=self._choice.text_field,
                )
                if len(self._known) >= KNOWN:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = configs
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
    labellings: Sequence[Labelling],
    *,
    drawn: Drawn,
    model_version: str,
) -> list[dict[str, Any]]:
    """A result for each text, in order.

    drawn: by a person in the editor. What overlaps it is not proposed again, nor another choice;
    where answers may lie on others, what overlaps a part with the same label.
    """
    results = []
    for text, (answers, certainty) in zip(texts, found, strict=True):
        regions = []
        for place in labellings:
            free = [one for one in answers if not _is_taken(one, drawn, place)]
            regions += write_regions(text, free, place)
        results.append({"model_version": model_version, "score": certainty, "result": regions})
    return results


def read_drawn(request: PredictRequest, labellings: Sequence[Labelling]) -> Drawn:
    """What a person has said of the text, when the request comes out of the editor."""
    context = request.params.context if request.params else None
    texts = {one.tags.to_name for one in labellings}
    regions = [
        (region.get("from_name"), value)
        for region in (context.result if context and context.result else [])
        if region.get("to_name") in (None, *texts)
        and isinstance(value := region.get("value"), dict)
    ]
    spans = [
        LabelledSpan(value["start"], value["end"], _labels(value))
        for _, value in regions
        if isinstance(value.get("start"), int) and isinstance(value.get("end"), int)
    ]
    chosen = {one.tags.from_name for one in labellings if one.results == "choices"}
    return Drawn(spans, any(name in chosen and value.get("choices") for name, value in regions))


def _labels(value: dict[str, Any]) -> tuple[Any, ...]:
    labels = value.get("labels")
    return tuple(labels) if isinstance(labels, list) else ()


def _is_taken(one: Found, drawn: Drawn, place: Labelling) -> bool:
    if one.results == "choices":
        return drawn.chosen
    under = [part for part in drawn.spans if one.start < part.end and part.start < one.end]
    return any(not one.layered or place.labels.get(one.label) in part.labels for part in under)
