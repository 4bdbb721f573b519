"""Other names for labels of the base, where it and the annotators mean the same by two names."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import srsly
from spacy.language import Language

from ..beside import read_labels, write_labels
from ..project.errors import UserError
from .actions import rename_labels
from .pipelines import COMPANIONS, entity_labels, find_recognizers

_SHAPE = "A line is `label of the base: its new name`, as PER: PERSON."


def read_names(path: Path) -> dict[str, str]:
    """A YAML of the base's labels and their new names. Raises UserError for anything else."""
    try:
        content = srsly.read_yaml(path)
    except ValueError as error:
        raise UserError(f"The map {path} cannot be read ({error}).", _SHAPE) from error
    pairs = content.items() if isinstance(content, dict) else [(None, None)]
    if not all(isinstance(name, str) and name.strip() for pair in pairs for name in pair):
        raise UserError(f"The map {path} is no list of LABEL: NAME lines.", _SHAPE)
    return {str(label): str(name) for label, name in pairs}


def rename_base(nlp: Language, names: Mapping[str, str]) -> None:
    """Rename labels of all recognizers of a pipeline; it finds the same as before.

    Raises UserError for labels that it has not, where two labels would have one name, and where
    another component would go on to use an old name.
    """
    recognizers = find_recognizers(nlp)
    check_names(names, entity_labels(nlp, recognizers))
    check_others(nlp, names, recognizers)
    for recognizer in recognizers:
        rename_labels(nlp.get_pipe(recognizer), names)
    for component in nlp.pipe_names:
        if nlp.get_pipe_meta(component).factory in COMPANIONS:
            settings = nlp.get_pipe_config(component)
            for setting in {"labels", "dropped"} & {*settings}:
                old = read_labels(settings[setting])
                settings[setting] = write_labels(names.get(label, label) for label in old)


def check_others(nlp: Language, names: Mapping[str, str], recognizers: Sequence[str]) -> None:
    """Raises UserError for components that set entities of their own with the old names."""
    for name in nlp.pipe_names:
        others = name not in recognizers and "doc.ents" in nlp.get_pipe_meta(name).assigns
        old = sorted({*names} & {*getattr(nlp.get_pipe(name), "labels", ())}) if others else []
        if old:
            raise UserError(
                f"The base's {name} finds {', '.join(old)}, too, which vars.base_label_map renames "
                "for its ner alone.",
                f"Rename it in the {name} of the base first, or leave these labels as they are.",
            )


def check_names(names: Mapping[str, str], labels: Sequence[str]) -> None:
    """Raises UserError for labels that the base has not, and for two labels with one name."""
    unknown = sorted(set(names) - set(labels))
    if unknown:
        raise UserError(
            f"vars.base_label_map renames labels that the base has not: {', '.join(unknown)}.",
            f"It has: {', '.join(labels)}.",
        )
    renamed = [names.get(label, label) for label in labels]
    twice = sorted({name for name in renamed if renamed.count(name) > 1})
    if twice:
        raise UserError(
            f"With vars.base_label_map several labels of the base are called {', '.join(twice)}.",
            "One ner cannot take two labels for one. Let the annotators' labels have the names of "
            "the base (vars.label_map), or leave all of these labels but one as they are.",
        )
