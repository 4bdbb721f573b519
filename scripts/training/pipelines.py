"""Pipelines: loading them, what their recognizers are, and putting trained recognizers in."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import spacy
import srsly
from spacy.language import Language
from spacy.util import walk_dict

from .. import beside, components  # noqa: F401  (registers what a pipeline of ours may need)
from ..beside import read_labels
from ..project.errors import UserError
from ..project.files import hash_file, new_directory
from .standing_in import FACTORY as TEACHER

# Factories that write doc.ents by a trained model.
RECOGNIZERS = ("ner", "beam_ner", TEACHER)
HOLD, MERGE = "hold_entities_v1", "merge_entities_v1"
COMPANIONS = (HOLD, MERGE)  # factories of ours that stand beside them
IN_NER = "spacy-transformers.Tok2VecTransformer."  # the architecture of a transformer inside an ner
UPDATE_NER = "ner_update"  # the second ner, as configs/update.cfg calls it


class BaseRecord(NamedTuple):
    """What later commands need to know about the base (`training/base.json`).

    recognizers: the names of its ner components, in the order of the pipeline.
    upstream: the components that these listen to (a shared tok2vec or transformer).
    entity_components: all that takes part in finding entities, in the order of the pipeline.
    fingerprint: SHA-256 over the pipeline's files.
    original: the same over those that it was made from: the base's own before its labels had other
        names, those of the pipeline whose word vectors a blank one sees, or those of the teacher
        in its place, if that is a pipeline. None without any.
    former: the second ner of a base that is itself an update, which the next update continues, so
        that rounds of updates do not pile up recognizers. None in any other base.
    former_companions: the components of ours that stand beside the former.
    shared: the labels that the former has in common with the recognizers before it.
    dropped: those of them that are the former's alone.
    former_encoder: the former's transformer, by the last part of its name; None when it has none.
    component: the kind of its recognizers; those of another than ner are described by
        `training.beside`, and there may be none.
    taught: the labels that a teacher in its place speaks for.
    optimize: of a blank one, what `spacy init config` offers; None for any other.
    """

    name: str
    version: str
    lang: str
    spacy_version: str
    source: str
    labels: list[str]
    recognizers: list[str]
    upstream: list[str]
    entity_components: list[str]
    fingerprint: str
    former: str | None = None
    former_companions: Sequence[str] = ()
    shared: Sequence[str] = ()
    dropped: Sequence[str] = ()
    former_encoder: str | None = None
    component: str = "ner"
    original: str | None = None
    taught: Sequence[str] = ()
    optimize: str | None = None

    @classmethod
    def read(cls, path: Path) -> "BaseRecord":
        """Read what `base` wrote."""
        return cls(**srsly.read_json(path))

    @property
    def start(self) -> str:
        """The recognizer that a training starts from: the base's own, never the former update's.

        The second ner may be a small one, which would make a poor teacher.
        """
        return [name for name in self.recognizers if name != self.former][-1]

    @property
    def frozen(self) -> list[str]:
        """What finds entities and stays as it is beside a second ner."""
        own = {self.former, *self.former_companions}
        return [name for name in self.entity_components if name not in own]


def refuse_others(base: BaseRecord, command: str) -> None:
    """Raises UserError for a command that another component than ner has no use for."""
    if base.component != "ner":
        raise UserError(
            f"{command} is for ner, and this update is one of a {base.component}.",
            f"Run {command} after an update with vars.component ner.",
        )


def find_speaker(base: Path, teacher: Path) -> Path:
    """Who speaks for the base: a teacher in its place, or without one the base itself.

    teacher: its folder, as `has_teacher`.
    """
    return teacher if has_teacher(teacher) else base


def has_teacher(teacher: Path) -> bool:
    """Whether there is a teacher: beside its folder stands its record, `null` without one."""
    return srsly.read_json(teacher.with_suffix(".json")) is not None


def load_pipeline(path: Path, *, place: str | None = None, **options: Any) -> Language:
    """`spacy.load` of a folder. Raises UserError when it cannot be loaded.

    place: where the user knows it from, if that is not the folder.
    """
    try:
        return spacy.load(path, **options)
    except Exception as error:  # registry, config, pickle and OS errors, each of its own class
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"The pipeline {place or path} cannot be loaded: {reason}",
            "If a file of it is damaged, make or fetch it again. If it needs code or packages of "
            "its own, install them (for a wheel of your own: pip install it, and give its name). "
            f"It must be a pipeline for spaCy {spacy.__version__}.",
        ) from error


def use_gpu(gpu_id: int) -> None:
    """Run models on a GPU from now on, on the CPU for -1. Raises UserError when there is none."""
    if gpu_id < 0:
        return
    try:
        spacy.require_gpu(gpu_id)
    except ValueError as error:
        raise UserError(
            f"There is no GPU {gpu_id}: {error}",
            "Use the CPU (--vars.gpu_id -1), or install cupy for your CUDA version.",
        ) from error


def find_recognizers(nlp: Language) -> list[str]:
    """Names of the ner components. Raises UserError when there are none."""
    found = [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory in RECOGNIZERS]
    if not found:
        raise UserError(
            f"The base has no ner, only: {', '.join(nlp.pipe_names) or 'no component at all'}.",
            "Give vars.base_model a pipeline that recognizes entities with an ner component.",
        )
    return found


def find_upstream(nlp: Language, recognizers: list[str]) -> list[str]:
    """Components whose output the recognizers listen to, in the order of the pipeline."""
    return [
        name
        for name in nlp.pipe_names
        if set(getattr(nlp.get_pipe(name), "listening_components", ())) & set(recognizers)
    ]


def find_former(nlp: Language, recognizers: list[str]) -> str | None:
    """The second ner of a former update, if there is one beside another recognizer.

    One that listens to a shared tok2vec is not ours.
    """
    upstream = find_upstream(nlp, [UPDATE_NER])
    return UPDATE_NER if {UPDATE_NER} < set(recognizers) and not upstream else None


def find_companions(nlp: Language, group: str | None = None) -> list[str]:
    """Components of ours that choose among the entities of several recognizers.

    group: only those of this second ner.
    """
    return [
        name
        for name in nlp.pipe_names
        if nlp.get_pipe_meta(name).factory in COMPANIONS
        and group in (None, nlp.get_pipe_config(name)["group"])
    ]


def companion_labels(nlp: Language, companions: list[str], setting: str) -> list[str]:
    """The labels that stand under a setting of the components of ours, sorted."""
    written = [nlp.get_pipe_config(one).get(setting, ()) for one in companions]
    return sorted({label for labels in written for label in read_labels(labels)})


def entity_components(nlp: Language, recognizers: list[str]) -> list[str]:
    """All that takes part in finding entities, in the order of the pipeline."""
    taking_part = {*recognizers, *find_upstream(nlp, recognizers), *find_companions(nlp)}
    return [name for name in nlp.pipe_names if name in taking_part]


def entity_labels(nlp: Language, recognizers: list[str]) -> list[str]:
    """Labels of all recognizers, sorted, each once."""
    return sorted({label for name in recognizers for label in nlp.get_pipe(name).labels})


def describe_base(nlp: Language, folder: Path, source: str) -> BaseRecord:
    """The record of a base that was saved in `folder`."""
    recognizers = find_recognizers(nlp)
    former = find_former(nlp, recognizers)
    companions = find_companions(nlp, former) if former else []
    return BaseRecord(
        name=nlp.meta["name"],
        version=nlp.meta["version"],
        lang=nlp.lang,
        spacy_version=nlp.meta["spacy_version"],
        source=source,
        labels=entity_labels(nlp, recognizers),
        recognizers=recognizers,
        upstream=find_upstream(nlp, recognizers),
        entity_components=entity_components(nlp, recognizers),
        fingerprint=fingerprint(folder),
        former=former,
        former_companions=companions,
        shared=companion_labels(nlp, companions, "labels"),
        dropped=companion_labels(nlp, companions, "dropped"),
        former_encoder=find_encoder_name(nlp, former) if former else None,
        taught=taught_labels(nlp),
    )


def taught_labels(nlp: Language) -> list[str]:
    """The labels that a teacher in a base's place speaks for, sorted; none in other pipelines."""
    teachers = [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory == TEACHER]
    return entity_labels(nlp, teachers)


def find_encoder_name(nlp: Language, ner: str) -> str | None:
    """The last part of the name of the transformer inside an ner; None when there is none."""
    config = nlp.get_pipe_config(ner)
    for path, value in walk_dict(config):
        if path[-1] == "@architectures" and str(value).startswith(IN_NER):
            block = config
            for key in path[:-1]:
                block = block[key]
            return Path(block["name"]).name
    return None


def fingerprint(folder: Path) -> str:
    """SHA-256 over the paths and contents of all files of a folder, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{hash_file(path)}\n".encode())
    return digest.hexdigest()


def copy_pipeline(pipeline: Path, output: Path) -> None:
    """Copy a pipeline's folder, whole or not at all."""
    with new_directory(output) as folder:
        shutil.copytree(pipeline, folder, dirs_exist_ok=True)


def unused_name(names: Iterable[str], name: str) -> str:
    """`name`, or `name_2`, `name_3`, ...: the first that is not among the names."""
    taken, candidate, count = set(names), name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}_{count}"
    return candidate


def replace_recognizers(base: Path, trained: Path, component: str) -> Language:
    """The base with one trained ner in the place of its last recognizer, the others removed."""
    nlp, source = load_pipeline(base), load_pipeline(trained)
    *others, last = find_recognizers(nlp)
    for name in others + find_companions(nlp):
        nlp.remove_pipe(name)
    position = nlp.component_names.index(last)
    nlp.remove_pipe(last)
    nlp.add_pipe(component, source=source, name=last, **_at(nlp, position))
    return nlp


def add_recognizer(base: Path, trained: Path) -> Language:
    """The base with what a trained pipeline has beside the base's frozen recognizers.

    The second ner of a former update, which was trained further, goes with its companions. What
    stands before the frozen ones in the trained pipeline (a second ner) comes before the base's
    first recognizer, the rest after its last component that finds entities. The earlier ner wins:
    a later one leaves entities that are there alone and fills the rest.
    """
    nlp, source = load_pipeline(base), load_pipeline(trained)
    if former := find_former(nlp, find_recognizers(nlp)):
        for name in [former, *find_companions(nlp, former)]:
            nlp.remove_pipe(name)
    frozen = [name for name in source.pipe_names if name in nlp.component_names]
    before = source.pipe_names[: source.pipe_names.index(frozen[0])]
    first, last = find_recognizers(nlp)[0], frozen[-1]
    for name in before:
        nlp.add_pipe(name, source=source, before=first)
    for name in reversed(source.pipe_names):
        if name not in frozen and name not in before:
            nlp.add_pipe(name, source=source, after=last)
    return nlp


def _at(nlp: Language, position: int) -> dict[str, Any]:
    return {"before": position} if position < len(nlp.component_names) else {"last": True}
