"""Weights between base and update: a dial between what was known and what was learnt.

Stojanovski, Roth and Akata, "Momentum-based Weight Interpolation of Strong Zero-Shot Models for
Continual Learning" (arXiv 2211.03186); for entities, Cong et al. merge old and new weights (arXiv
2508.03259). How far to go back is chosen on dev, so nothing is saved that was not scored.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spacy.language import Language
from thinc.api import Model

from ..project.errors import UserError
from .actions import ACTION_AXES, action_names, match_actions, output_layer
from .dev import DevSet, find_spans, load_entities_only, score_examples
from .pipelines import BaseRecord, load_pipeline
from .records import Scored

ALPHAS = tuple(step / 10 for step in range(10))  # shares of the base; at 1 nothing were learnt


class Pair(NamedTuple):
    """A parameter of the update's ner, and the base's in the same shape."""

    node: Model[Any, Any]
    name: str
    base: Any
    update: Any


def interpolate(
    base: Path, record: BaseRecord, update: Path, dev: DevSet, alphas: Sequence[float] = ALPHAS
) -> tuple[Language, list[Scored]]:
    """The update's pipeline with the share of the base's weights that is best on dev.

    update: a pipeline with one ner, in the place of the base's last recognizer. Returns it with
    all shares that were tried. Raises UserError when its ner is built otherwise than the base's.
    """
    nlp = load_entities_only(update)
    pairs = pair_parameters(load_own_ner(base, record), nlp.get_pipe(record.recognizers[-1]))
    tried = []
    for alpha in alphas:
        set_share(pairs, alpha)
        scores = score_examples(dev, find_spans(nlp, dev))
        tried.append(Scored(alpha, **{name: 100 * score for name, score in scores.items()}))
    # Loaded anew: what has met Docs may have grown rows (Parser._ensure_labels_are_added).
    whole = load_pipeline(update)
    pairs = pair_parameters(load_own_ner(base, record), whole.get_pipe(record.recognizers[-1]))
    set_share(pairs, best_share(tried).alpha)
    return whole, tried


def best_share(tried: Sequence[Scored]) -> Scored:
    """The one with the best score, of equal ones that nearest to the update."""
    return max(tried, key=lambda one: (one.update_score, -one.alpha))


def load_own_ner(base: Path, record: BaseRecord) -> Any:
    """The base's ner from which trainings start, with a tok2vec of its own."""
    nlp = load_pipeline(base)
    for upstream in record.upstream:
        nlp.replace_listeners(upstream, record.start, ["model.tok2vec"])
    return nlp.get_pipe(record.start)


def pair_parameters(base: Any, update: Any) -> list[Pair]:
    """The parameters of two ner components, node by node, where their shapes agree.

    In the output layer, rows are matched by the name of their action; a row that the base has not
    is the update's own. Raises UserError when the two are built otherwise.
    """
    ours, theirs = list(update.model.walk()), list(base.model.walk())
    if [node.name for node in ours] != [node.name for node in theirs]:
        raise UserError(
            "The update's ner is built otherwise than the base's: no weights lie between them.",
            "Interpolate an update with one ner that was trained from the base (two-teacher).",
        )
    output = output_layer(update)
    last = update.model.get_ref(output)
    rows = match_actions(action_names(base), action_names(update))
    pairs = []
    for node, other in zip(ours, theirs, strict=True):
        for name in node.param_names:
            own, old = node.get_param(name).copy(), other.get_param(name)
            if node is last:
                old = place_rows(own, old, rows, axis=ACTION_AXES[output][name])
            if own.shape == old.shape:
                pairs.append(Pair(node, name, old.copy(), own))
    return pairs


def place_rows(own: Any, old: Any, rows: Sequence[tuple[int, int]], *, axis: int) -> Any:
    """The base's rows where the update has them, the update's own in all other places."""
    placed = own.copy()
    for to, source in rows:
        index = (slice(None),) * axis
        placed[(*index, to)] = old[(*index, source)]
    return placed


def set_share(pairs: Sequence[Pair], alpha: float) -> None:
    """Put `alpha` of the base and the rest of the update into the update's model."""
    for pair in pairs:
        pair.node.set_param(pair.name, (1 - alpha) * pair.update + alpha * pair.base)
