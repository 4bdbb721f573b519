"""A component with more labels that goes on from another's weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spacy.language import Language
from thinc.api import Model

from ..project.errors import UserError
from ..training.pipelines import load_pipeline

OLD_SPARSE = "v1_indexing"  # attribute of thinc's SparseLinear whose labels share their weights


def load_alone(folder: Path, name: str) -> Language:
    """A pipeline whose component has a tok2vec of its own, where others share one.

    Raises UserError for one that shares a transformer.
    """
    nlp = load_pipeline(folder)
    for shared in nlp.pipe_names:
        if name not in getattr(nlp.get_pipe(shared), "listening_components", ()):
            continue
        if nlp.get_pipe_meta(shared).factory != "tok2vec":
            raise UserError(
                f"The base's {name} shares the {shared} with other components.",
                "Take a base whose component has a tok2vec of its own or a shared tok2vec.",
            )
        nlp.replace_listeners(shared, name, ["model.tok2vec"])
    return nlp


def take_weights(new: Model[Any, Any], old: Model[Any, Any]) -> None:
    """Copy weights into a model of the same layers that has some more outputs, the last ones.

    The old outputs are what they were; the weights of the added ones stay as they are. Raises
    ValueError for models of different layers.
    """
    if not built_alike(new, old):
        raise ValueError("the models differ in their layers")
    for node, other in zip(new.walk(), old.walk(), strict=True):
        for name in node.param_names:
            if other.has_param(name) and not node.attrs.get(OLD_SPARSE):
                node.set_param(name, grow(node.get_param(name), other.get_param(name)))


def built_alike(one: Model[Any, Any], other: Model[Any, Any]) -> bool:
    """Whether two models have the same layers, whatever their weights.

    A layer that is made of others has a name of theirs, from when it was made: after
    `replace_listeners` it still names the listener. Of such a layer the number of its parts counts.
    """
    ours, theirs = ([len(node.layers) or node.name for node in m.walk()] for m in (one, other))
    return ours == theirs


def grow(new: Any, old: Any) -> Any:
    """Initial weights or biases of more outputs with the old ones in their places.

    new, old: [outputs], [outputs, inputs], or one row after another. Where there are more inputs,
    as in TextCatEnsemble.v2, they begin with those of the outputs: old ones, added ones, others.
    """
    grown = new.copy()
    if len(old.shape) == 1:
        grown[: len(old)] = old
        return grown
    outputs, more = len(old), new.shape[1] - old.shape[1]
    grown[:outputs] = 0  # what is added has no say in the old outputs at first
    grown[:outputs, :outputs] = old[:, :outputs]
    grown[:outputs, outputs + more :] = old[:, outputs:]
    return grown


def resume(component: str, base: Path, source: str | None) -> Callable[[Language], None]:
    """What lets a component of a pipeline go on from the base's, `source`, which has fewer labels.

    The labels of the base come first. From a component of another kind all layers but the last are
    taken. Nothing is done where the base has neither.
    """

    def go_on(nlp: Language) -> None:
        if source is None:
            return
        other = load_alone(base, source)
        ours, theirs = nlp.get_pipe(component), other.get_pipe(source)
        if nlp.get_pipe_meta(component).factory != other.get_pipe_meta(source).factory:
            take_weights(ours.model.get_ref("tok2vec"), theirs.model.get_ref("tok2vec"))
            return
        if ours.labels[: len(theirs.labels)] != theirs.labels:
            raise ValueError(f"the labels of {component} do not begin with those of {source}")
        take_weights(ours.model, theirs.model)

    return go_on
