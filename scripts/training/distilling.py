"""Distillation: a teacher put in the base's place, so that a student learns what it finds.

After Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (arXiv:1503.02531),
with the teacher's decisions for targets, which a transition-based ner can learn from.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from spacy.language import Language

from ..conversion.label_map import read_label_map
from ..project.encoder import find_transformer
from ..project.errors import UserError
from ..project.files import new_directory, remove, write_json
from ..project.teacher import TRANSFORMERS
from .finding import pipeline_folder
from .pipelines import BaseRecord, describe_base, fingerprint, load_pipeline, unused_name
from .standing_in import FACTORY, Names, Teacher, own_labels

OF_A_TEACHER = ("author", "url", "license")  # in the meta of its pipeline


def write_speaker(record: Mapping[str, Any], base: Path, output: Path) -> BaseRecord | None:
    """Write who speaks for the base: the base with a teacher that stands in for its word.

    record: what `inputs` wrote about the teacher; empty without one, when only `null` is written.
    output: the folder; beside it stands the record. Raises UserError for a teacher that cannot be
    loaded, and for a label map that does not fit it.
    """
    if not record:
        remove(output)
        write_json(output.with_suffix(".json"), None)
        return None
    found, label_map = record["teacher"], record["teacher_label_map"]
    names = read_teacher_map(Path(label_map["paths"][0])) if label_map else {}
    source = str(found.get("name") or Path(found["place"]).name)
    with ExitStack() as stack:
        place = Path(found["place"])
        if found["kind"] != TRANSFORMERS:
            place = stack.enter_context(pipeline_folder(str(place), name="", version=""))
        folder = stack.enter_context(new_directory(output))
        nlp = load_pipeline(base)
        taught = add_teacher(nlp, place, names, source)
        nlp.meta.update(describe_teacher(taught, place, source, found["kind"]))
        nlp.to_disk(folder)
        speaker = describe_base(nlp, folder, source)
        if found["kind"] != TRANSFORMERS:
            speaker = speaker._replace(original=fingerprint(place))
    write_json(output.with_suffix(".json"), speaker._asdict())
    return speaker


def read_teacher_map(path: Path) -> Names:
    """The student's names for labels of the teacher. Raises UserError as `read_label_map`."""
    return {label: target.label for label, target in read_label_map(path).items()}


def add_teacher(nlp: Language, folder: Path, names: Names, source: str) -> Language:
    """Let a teacher have the last word in a pipeline; returns the teacher.

    source: what the user calls it. Raises UserError for one that cannot be loaded, and for names
    that do not fit it.
    """
    teacher = cast(Teacher, nlp.add_pipe(FACTORY, name=unused_name(nlp.component_names, "teacher")))
    try:
        teacher.take(folder, names)
    except Exception as error:  # of spaCy, of transformers: each of its own class
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"The teacher {source} cannot be loaded: {reason}",
            "If a file of it is damaged, make or fetch it again. If it needs code or packages of "
            "its own, install them; a transformer needs requirements-transformers.txt.",
        ) from error
    check_names(names, own_labels(teacher.nlp), source)
    return teacher.nlp


def check_names(names: Names, own: Sequence[str], source: str) -> None:
    """Raises UserError for names of labels that a teacher has not, and where nothing is taught.

    own: the labels that it says it has; some components do not say.
    """
    unknown = sorted(set(names) - set(own))
    if own and unknown:
        raise UserError(
            f"vars.teacher_label_map names labels that the teacher has not: {', '.join(unknown)}.",
            f"It has: {', '.join(own)}.",
        )
    if not own and not names:
        raise UserError(
            f"No component of the teacher {source} says which labels it gives to entities.",
            "Name them in vars.teacher_label_map, as PERSON: PERSON.",
        )
    if not {names.get(label, label) for label in {*own, *names}} - {None}:
        raise UserError(
            f"vars.teacher_label_map ignores all labels of the teacher {source}.",
            "Leave those that it shall teach out of the map, or give them a name.",
        )


def describe_teacher(nlp: Language, folder: Path, source: str, kind: str) -> dict[str, Any]:
    """What the meta of a pipeline says of the teacher inside."""
    if kind == TRANSFORMERS:
        name = Path(source).name.replace("-", "_").replace(".", "_").lower()
        found = {"author": "", "url": "", "license": find_transformer(str(folder)).license or ""}
        return {"name": name, "version": "0.0.0", **found}
    return {key: nlp.meta.get(key, "") for key in ("name", "version", *OF_A_TEACHER)}
