"""Actions of a transition-based ner (B-, I-, L-, U-LABEL, O), and the weights that each has."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

# Along which axis the parameters of a parser's output layer have a row for each action: `upper`, or
# `lower` where `upper` does nothing (use_upper = false, spacy/ml/models/parser.py).
ACTION_AXES = {"upper": {"W": 0, "b": 0}, "lower": {"W": 1, "b": 0, "pad": 2}}


def action_names(ner: Any) -> list[str]:
    """The names of an ner's actions, in the order of their rows."""
    return [ner.moves.get_class_name(row) for row in range(ner.moves.n_moves)]


def match_actions(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Rows of the new actions and of the old ones with the same name."""
    places = {name: row for row, name in enumerate(old)}
    return [(row, places[name]) for row, name in enumerate(new) if name in places]


def output_layer(ner: Any) -> str:
    """The layer of an ner's model that has a row for each action: upper or lower."""
    return "upper" if ner.model.attrs["has_upper"] else "lower"


def forget_labels(ner: Any, kept: Collection[str]) -> None:
    """Take the actions of all other labels out of a trained ner; the rest stays as it was.

    An ner spends up to half of its time on scoring its actions, and one that needs a few labels
    learns them better without the others in the way (docs/experiments.md).
    """
    left = {
        action: {label: number for label, number in labels.items() if not label or label in kept}
        for action, labels in ner.moves.labels.items()
    }
    set_actions(ner, left, action_names(ner))


def hold_back_outside(ner: Any, nats: float) -> None:
    """Lower the score of the action O by so many nats, everywhere."""
    node = ner.model.get_ref(output_layer(ner))
    bias = node.get_param("b").copy()
    bias[action_names(ner).index("O")] -= nats
    node.set_param("b", bias)


def rename_labels(ner: Any, names: Mapping[str, str]) -> None:
    """Give labels of a trained ner other names; it finds the same as before.

    names: new ones by old ones, none of them that of another label.
    """
    renamed = {
        action: {names.get(label, label): number for label, number in labels.items()}
        for action, labels in ner.moves.labels.items()
    }
    actions = [name.partition("-") for name in action_names(ner)]
    set_actions(
        ner, renamed, [f"{kind}{dash}{names.get(label, label)}" for kind, dash, label in actions]
    )


def set_actions(ner: Any, labels: Mapping[int, Mapping[str, int]], old: Sequence[str]) -> None:
    """Let an ner have the actions of these labels, each with the weights of its row.

    labels: as in `ner.moves.labels`. old: the names by which the rows that are there go from now
    on; those that are no action any more go. spaCy sorts actions by the names of their labels.
    """
    moves = ner.moves
    unseen = {old[row] for row in ner.model.attrs["unseen_classes"]}
    moves.initialize_actions(labels)
    new = action_names(ner)
    rows = [source for _, source in match_actions(old, new)]
    layer = output_layer(ner)
    node = ner.model.get_ref(layer)
    left = {
        name: node.get_param(name).take(rows, axis=axis)
        for name, axis in ACTION_AXES[layer].items()
    }
    for name in left:
        node.set_param(name, None)  # thinc changes no dimension of a layer that has parameters
    node.set_dim("nO", len(new), force=True)
    for name, values in left.items():
        node.set_param(name, values)
    ner.model.attrs["unseen_classes"] = {row for row, name in enumerate(new) if name in unseen}
