"""Another component than ner: described, trained by config, put behind the frozen one."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import srsly
from spacy.language import FactoryMeta, Language
from spacy.tokens import Doc
from thinc.api import Config

from ..beside import read_labels, write_labels
from ..evaluation.comparison import sort_labels
from ..kinds.kind import Kind
from ..kinds.known import KINDS, find_kind
from ..kinds.ner import NER
from ..kinds.resuming import load_alone
from ..project.errors import UserError
from .merging import Scheme
from .pipelines import (
    BaseRecord,
    entity_components,
    find_recognizers,
    find_upstream,
    fingerprint,
    load_pipeline,
    unused_name,
)
from .recommended import recommend_tok2vec

TEMPLATE = Path("configs/component.cfg")
SPECIALIST_CORPORA, UPDATE_CORPORA = ("gold",), ("merged", "rehearsal")


def find_components(nlp: Language, kind: Kind) -> list[str]:
    """Names of the components that make a kind's answers, in the order of the pipeline."""
    return find_made_by(nlp, (*kind.factories, *kind.makers))


def find_made_by(nlp: Language, factories: Collection[str]) -> list[str]:
    """Names of the components of some factories, in the order of the pipeline."""
    return [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory in factories]


def find_mergers(nlp: Language, kind: Kind) -> list[str]:
    """Components of ours that put two components of a kind together, in order."""
    return [
        name
        for name in nlp.pipe_names
        if nlp.get_pipe_meta(name).factory in kind.companions
        and nlp.get_pipe_config(name)["group"] == second_name(kind)
    ]


def second_name(kind: Kind) -> str:
    """What a second component is called, and the group in which the first's answers are held."""
    return f"{kind.component}_update"


def taking_part(nlp: Language, kind: Kind) -> list[str]:
    """All that takes part in the answers of a kind, in the order of the pipeline."""
    if kind is NER:
        return entity_components(nlp, find_recognizers(nlp))
    found = find_components(nlp, kind)
    part = {*found, *find_upstream(nlp, found), *find_mergers(nlp, kind)}
    return [name for name in nlp.pipe_names if name in part]


def component_labels(nlp: Language, names: Sequence[str], kind: Kind) -> list[str]:
    """Labels of all components of a kind, in their order, each once."""
    return list(dict.fromkeys(label for name in names for label in kind.labels(nlp, name)))


def check_alone(nlp: Language, kind: Kind) -> None:
    """Raises UserError for a base in which another kind writes its answers into the same place."""
    for other in KINDS.values():
        if other is not kind and other.scores == kind.scores and find_components(nlp, other):
            raise UserError(
                f"The base has a {other.component}, which writes into the same place of a Doc as a "
                f"{kind.component}.",
                f"Update it (vars.component {other.component}), or take a base without it.",
            )


def describe_other(nlp: Language, folder: Path, source: str, component: str) -> BaseRecord:
    """The record of a base that was saved in `folder`, which may have no such component."""
    kind = find_kind(component)
    kind.refuse(nlp)
    check_alone(nlp, kind)
    found, mergers = find_components(nlp, kind), find_mergers(nlp, kind)
    return BaseRecord(
        name=nlp.meta["name"],
        version=nlp.meta["version"],
        lang=nlp.lang,
        spacy_version=nlp.meta["spacy_version"],
        source=source,
        labels=sorted(component_labels(nlp, found, kind)),
        recognizers=find_made_by(nlp, (*kind.factories, *kind.starts)),
        upstream=find_upstream(nlp, found),
        entity_components=taking_part(nlp, kind),
        fingerprint=fingerprint(folder),
        former=second_name(kind) if mergers else None,
        former_companions=mergers,
        component=component,
    )


def set_component(
    config: Config,
    base: BaseRecord,
    folder: Path,
    scheme: Scheme,
    corpora: Sequence[str],
    gold: Iterable[Doc],
    start: Path | None = None,
) -> None:
    """Complete a config with the base's component, all labels, and the corpora to train on.

    The base's labels come first. Where the base has no such component, it is spaCy's own, in a
    blank one with the network that spaCy recommends for it where that is another.
    gold: annotated Docs to train on, for what a kind must know of them. start: the specialist, from
    which a second component goes on that need not know the base's labels; where the base is an
    update itself, its second one knows labels that are to be kept, and goes on.
    """
    kind = find_kind(base.component)
    source = base.recognizers[-1] if base.recognizers else None
    name, known = base.component, list[str]()
    block: dict[str, Any] = {"factory": kind.factories[0]}
    if source:
        nlp = load_alone(folder, source)
        known, block = [*kind.labels(nlp, source)], dict(nlp.get_pipe_config(source))
    wanted = scheme.annotated | (scheme.base if kind.exclusive else frozenset())
    added = sorted(wanted - set(known))
    kind.fit(block, gold, known, added)
    vectors = bool(srsly.read_json(folder / "meta.json").get("vectors", {}).get("vectors"))
    if source is None and base.optimize and (vectors or base.optimize != "efficiency"):
        usual = spacy_s_own(kind).default_config
        tok2vec = recommend_tok2vec(base.lang, base.optimize, static=vectors)
        block["model"] = {**block.get("model", usual.get("model", {})), "tok2vec": tok2vec}
    labels = {"@readers": "update.Labels.v1", "labels": write_labels([*known, *added])}
    config["components"] = {name: block}
    config["nlp"]["pipeline"] = [name]
    config["initialize"]["components"] = {name: {"labels": labels}}
    config["initialize"]["after_init"].update(component=name, source=source)
    if start and not kind.exclusive and not base.former:
        (source,) = find_made_by(load_pipeline(start), kind.factories)
        config["initialize"]["after_init"].update(source=source, start=str(start))
    # What spaCy would score by beside ours, and the scorer in memory does not give.
    weights = spacy_s_own(kind).default_score_weights
    config["training"]["score_weights"].update(dict.fromkeys(weights))
    for split in ("train", "dev"):
        config["corpora"][split]["paths"] = [f"corpus/{corpus}/{split}" for corpus in corpora]


def spacy_s_own(kind: Kind) -> FactoryMeta:
    """What spaCy knows of a kind's factory.

    It knows its own factories from the first `Language` of a process on (spacy/language.py), and
    where the base has no such component none has been loaded.
    """
    return Language().get_factory_meta(kind.factories[0])


def replace_component(base: Path, trained: Path) -> Language:
    """The base with one trained component in the place of those of its kind: the naive update.

    Where others that stay make such answers too, it stands behind them and has the last word.
    """
    nlp, source = load_pipeline(base), load_pipeline(trained)
    (name,) = source.pipe_names
    kind = find_kind(name)
    found = find_made_by(nlp, kind.factories)
    position = nlp.component_names.index(found[0]) if found else len(nlp.component_names)
    for one in [*found, *find_mergers(nlp, kind)]:
        nlp.remove_pipe(one)
    place: dict[str, Any] = {"last": True}
    if staying := find_components(nlp, kind):
        place = {"after": staying[-1]}
    elif position < len(nlp.component_names):
        place = {"before": position}
    nlp.add_pipe(name, source=source, name=found[0] if found else name, **place)
    return nlp


def stand_behind(base: Path, trained: Path, scheme: Scheme) -> Language:
    """The base with a trained second component behind its frozen one.

    The second of a former update gives way: the new one has gone on from it, and takes over the
    labels that it had the say in.
    """
    nlp, source = load_pipeline(base), load_pipeline(trained)
    (trained_name,) = source.pipe_names
    kind, name = find_kind(trained_name), second_name(find_kind(trained_name))
    found, mergers = find_components(nlp, kind), find_mergers(nlp, kind)
    if not found:
        nlp.add_pipe(trained_name, source=source)
        return nlp
    labels = set(scheme.annotated)
    for one in mergers:
        labels |= set(read_labels(nlp.get_pipe_config(one).get("labels", ())))
    for one in [name, *mergers] if mergers else []:
        nlp.remove_pipe(one)
    own = [one for one in found if one != name or not mergers]
    known = component_labels(nlp, own, kind)
    kept = sort_labels(known, sorted(labels)).retained
    lists = {"labels": sorted(labels), "kept": kept, "late": sorted(labels - set(known))}
    settings = {key: write_labels(names) for key, names in lists.items()}
    add_behind(nlp, own[-1], source, name, settings | {"exclusive": kind.exclusive})
    return nlp


def add_behind(
    nlp: Language, first: str, source: Language, name: str, settings: dict[str, Any]
) -> None:
    """Put the one component of a pipeline behind `first`, between those of ours.

    settings: for the merging component, which takes those that it knows.
    """
    (trained,) = source.pipe_names
    kind, taken = find_kind(trained), nlp.component_names
    hold, merge, *late = kind.companions
    names = [unused_name(taken, f"{part}_{kind.component}") for part in ("hold", "merge", "late")]
    fitting = Language.get_factory_meta(merge).default_config.keys() & settings.keys()
    merging = {"group": name} | {key: settings[key] for key in sorted(fitting)}
    nlp.add_pipe(hold, name=names[0], config={"group": name}, after=first)
    nlp.add_pipe(trained, source=source, name=name, after=names[0])
    nlp.add_pipe(merge, name=names[1], config=merging, after=name)
    for factory in late:
        nlp.add_pipe(factory, name=names[2], config={"group": name})
