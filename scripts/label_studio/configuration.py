"""A labelling configuration for labels: what Label Studio's editor shows."""

import colorsys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from ..conversion.label_config import parse_label_configs
from ..conversion.label_map import Target, read_label_map
from ..conversion.label_studio import Results
from ..conversion.label_studio_json import PLAIN, Tags
from ..kinds.known import kinds_in
from ..serving.loading import found_labels, load_for_prediction
from ..training.finding import pipeline_folder

CHOICES = "class"  # the name of the Choices tag
_GOLDEN = 0.618033988749895  # of a turn: neighbours in the list are far apart on the colour wheel
_START, _SATURATION = 0.58, 0.62
_LIGHTNESS = (0.40, 0.48, 0.32)  # dark enough to be told from the page


def configure_pipeline(where: str | None, name: str, version: str, label_map: Path | None) -> str:
    """The configuration for a pipeline's labels, by the names that the label map gives them.

    where, name, version: as `pipeline_folder` takes them.
    """
    with pipeline_folder(where, name=name, version=version) as folder:
        nlp = load_for_prediction(folder)
    targets = read_label_map(label_map) if label_map else None
    names = {results: name_labels(labels, targets) for results, labels in found_labels(nlp).items()}
    many = any(kind.results == "choices" and not kind.exclusive for kind in kinds_in(nlp))
    return write_label_config(names.get("labels", []), choices=names.get("choices", []), many=many)


def name_labels(model_labels: Iterable[str], label_map: Mapping[str, Target] | None) -> list[str]:
    """What annotators see for the labels of a model, each once, in the order of these.

    A label that the map leads to goes by what it is called there, others by their own name; where
    the map gives several names for one, all of them are there.
    """
    names: list[str] = []
    for label in model_labels:
        mapped = [name for name, target in (label_map or {}).items() if target.label == label]
        names += mapped or [label]
    return list(dict.fromkeys(names))


def write_label_config(
    labels: Collection[str],
    tags: Tags = PLAIN,
    *,
    choices: Collection[str] = (),
    many: bool = False,
) -> str:
    """The XML of a configuration in which labels mark spans of a text.

    choices: classes of the text as a whole; many: whether a text may have several.
    Raises UserError for labels that XML cannot hold.
    """
    text = f"  <Text name={quoteattr(tags.to_name)} value={quoteattr(f'${tags.key}')}/>"
    spans = _spans(labels, tags) if labels or not choices else []
    whole = _classes(choices, tags, many) if choices else []
    xml = "\n".join(["<View>", *spans, text, *whole, "</View>", ""])
    parts: dict[Results, list[str]] = {"labels": spans, "choices": whole}
    there = [results for results, lines in parts.items() if lines]
    parse_label_configs(xml, "A configuration with the labels of the pipeline", there)
    return xml


def _spans(labels: Collection[str], tags: Tags) -> list[str]:
    return [
        f"  <Labels name={quoteattr(tags.from_name)} toName={quoteattr(tags.to_name)}>",
        *(
            f"    <Label value={quoteattr(label)} background={quoteattr(colour(number))}/>"
            for number, label in enumerate(labels)
        ),
        "  </Labels>",
    ]


def _classes(choices: Collection[str], tags: Tags, many: bool) -> list[str]:
    how = "multiple" if many else "single"
    return [
        f'  <Choices name={quoteattr(CHOICES)} toName={quoteattr(tags.to_name)} choice="{how}">',
        *(f"    <Choice value={quoteattr(label)}/>" for label in choices),
        "  </Choices>",
    ]


def colour(number: int) -> str:
    """A colour for the label with this number, as #rrggbb; always the same."""
    hue = (_START + number * _GOLDEN) % 1.0
    lightness = _LIGHTNESS[number % len(_LIGHTNESS)]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, _SATURATION)
    return "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))
