"""The labelling configuration of a Label Studio project: its labels and what they label."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..project.errors import UserError
from .label_studio import Results

_TAGS = {"labels": ("Labels", "HyperTextLabels"), "choices": ("Choices",)}
_OBJECTS = ("Text", "HyperText")


class ConfiguredLabel(NamedTuple):
    """A label of the configuration.

    name: as it stands in exports.
    others: its further names there: value or alias, and `predicted_values`.
    """

    name: str
    others: tuple[str, ...]


class LabelConfig(NamedTuple):
    """A Labels or Choices tag, the tag of the text that it labels, and the field of the text.

    single: whether a text gets one of the choices at most.
    fetched: whether the field holds the address of the text, which the editor fetches.
    """

    from_name: str
    to_name: str
    text_field: str
    html: bool
    labels: tuple[ConfiguredLabel, ...]
    results: Results = "labels"
    single: bool = False
    fetched: bool = False


def read_label_config(
    path: Path,
    *,
    control: str | None = None,
    text_field: str | None = None,
    results: Results = "labels",
) -> LabelConfig:
    """The Labels tag of a configuration (an XML file), as `parse_label_config` chooses it."""
    try:
        xml = path.read_text(encoding="utf8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}).", "Give a file with the XML.") from error
    return parse_label_config(
        xml, str(path), control=control, text_field=text_field, results=results
    )


def parse_label_config(
    xml: str,
    place: str,
    *,
    control: str | None = None,
    text_field: str | None = None,
    results: Results = "labels",
) -> LabelConfig:
    """The Labels tag of a configuration, chosen by its name or field if there are several.

    place: where the XML comes from, for errors. results: "choices" for a Choices tag.
    Raises UserError, with the candidates, when none or several fit, and for a text that the tasks
    do not hold themselves (`valueType="url"`, https://labelstud.io/tags/text).
    """
    found = _text_labels(xml, place, results)
    fit = _fit(found, control, text_field)
    if len(fit) == 1:
        if fit[0].fetched:
            raise UserError(
                f"The tasks hold addresses of texts: the tag {fit[0].to_name} of {place} has "
                'valueType="url".',
                "Import tasks that hold the texts themselves, and a Text tag without valueType.",
            )
        return fit[0]
    tag = _TAGS[results][0]
    raise UserError(
        f"{place} has {len(fit)} {tag} tags on text that fit"
        + (f": {_names(found)}." if found else "."),
        "Choose one with --control and --text-field (vars.control, vars.text_field)."
        if found
        else f"Conversion needs a {tag} tag on a Text tag.",
    )


def parse_label_configs(
    xml: str,
    place: str,
    results: Sequence[Results],
    *,
    control: str | None = None,
    text_field: str | None = None,
) -> list[LabelConfig]:
    """The tags of a configuration for several kinds of results: of each kind one, if there is any.

    results: at least one. All tags are about the same text. Raises UserError as
    `parse_label_config` does where there is none at all or several of a kind fit, and when they
    are about several texts.
    """
    there = [
        one for one in results if _fit(_text_labels(xml, place, one), control, text_field)
    ] or results[:1]
    found = [
        parse_label_config(xml, place, control=control, text_field=text_field, results=one)
        for one in there
    ]
    if len({one.text_field for one in found}) > 1:
        raise UserError(
            f"{place} has tags on several texts: {_names(found)}.",
            "Choose one with --text-field (vars.text_field).",
        )
    return found


def _fit(
    found: Sequence[LabelConfig], control: str | None, text_field: str | None
) -> list[LabelConfig]:
    return [
        one
        for one in found
        if control in (None, one.from_name) and text_field in (None, one.text_field)
    ]


def _names(found: Sequence[LabelConfig]) -> str:
    return ", ".join(f"{one.from_name} (field {one.text_field})" for one in found)


def _text_labels(xml: str, place: str, results: Results) -> list[LabelConfig]:
    """All tags for such results that label a Text or HyperText tag."""
    # Imported here: the import takes over a second, and most runs have no configuration.
    from label_studio_sdk.label_interface import LabelInterface  # noqa: PLC0415

    try:
        interface = LabelInterface(xml)
        controls = [tag for tag in interface.controls if tag.tag in _TAGS[results]]
        texts = {item.name: item for item in interface.objects if item.tag in _OBJECTS}
    except Exception as error:  # the SDK raises its own, lxml's and KeyError
        raise UserError(
            f"{place} is no labelling configuration ({error}).",
            "Copy the XML from the project's settings, Labeling Interface, Code.",
        ) from error
    return [
        LabelConfig(
            tag.name,
            name,
            str(texts[name].value or "").removeprefix("$"),
            texts[name].tag == "HyperText",
            tuple(_label(label, found.attr) for label, found in tag.labels_attrs.items()),
            results,
            results == "choices" and tag.attr.get("choice") != "multiple",
            _attribute(texts[name].attr, "valueType") == "url",
        )
        for tag in controls
        for name in tag.to_name
        if name in texts
    ]


def _attribute(attributes: dict[str, str], name: str) -> str:
    """An attribute, however its name is written: older configurations have it in small letters."""
    found = {key.lower(): value for key, value in attributes.items()}
    return found.get(name.lower(), "").strip().lower()


def _label(name: str, attributes: dict[str, str]) -> ConfiguredLabel:
    predicted = [p.strip() for p in attributes.get("predicted_values", "").split(",")]
    others = [attributes.get("value", ""), attributes.get("alias", ""), *predicted]
    return ConfiguredLabel(name, tuple(dict.fromkeys(o for o in others if o and o != name)))
