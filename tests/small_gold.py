"""Annotations of one text, for the tests of what becomes gold of it."""

from typing import Any

import msgspec
import spacy
from spacy.tokens import Doc

from scripts.conversion.gold import ENTITIES, Scheme, annotate
from scripts.conversion.label_map import LabelMap
from scripts.conversion.label_studio import Annotation, Control, Region
from scripts.conversion.record import Conversion
from scripts.conversion.spill import TextTask

NLP = spacy.blank("en")
IDENTITY = LabelMap()


def on(text: str, part: str, *labels: str, start: int | None = None) -> Region:
    """A region on the first occurrence of a part of the text, or where it says that it starts."""
    start = text.index(part) if start is None else start
    return Region("r", Control("ner", "body"), start, start + len(part), part, labels)


def by(name: str, *regions: Region, truth: bool = False) -> tuple[int | str, Annotation]:
    """What one annotator says of the text of task 7."""
    return 7, Annotation("a", name, truth, False, regions, ())


def make_gold(
    text: str,
    *said: tuple[int | str, Annotation],
    label_map: LabelMap = IDENTITY,
    scheme: Scheme = ENTITIES,
    record: Conversion | None = None,
) -> tuple[Doc, Conversion]:
    """The Doc that a text's annotations come to, and the record, a new one unless it is given."""
    doc, record = NLP.make_doc(text), record or Conversion()
    annotate(doc, TextTask(7, text, (), "", "train", "body"), said, label_map, record, scheme)
    return doc, record


def counted(record: Conversion) -> dict[str, int]:
    """The counters of spans that are not 0."""
    return {name: count for name, count in record.spans.items() if count}


def listed(record: Conversion) -> list[dict[str, Any]]:
    """The lines of the regions."""
    return [msgspec.json.decode(line) for line in record.regions]


def noted(record: Conversion) -> list[tuple[str, str, str]]:
    """Of each line what it is about, why, and what was done."""
    return [(line["label"], line["reason"], line["done"]) for line in listed(record)]
