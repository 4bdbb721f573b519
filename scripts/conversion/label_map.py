"""From Label Studio's labels to the model's."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import srsly

from ..project.errors import UserError
from ..project.units import make_key
from .label_config import ConfiguredLabel


class Target(NamedTuple):
    """What a label becomes.

    label: the model's label, None for a label that is ignored on purpose.
    rank: which label wins where one span has two, the lowest first; None where none does.
    """

    label: str | None
    rank: int | None = None


class LabelMap:
    """Label Studio's labels to the model's; without a map each label is the model's own.

    targets: as `read_label_map` gives them, or None for the identity.
    configured: the labels of the labelling configuration, or None without one. In a map a label
        may stand by its name there, by its alias or by one of its `predicted_values`; the
        identity uses none of them.
    """

    def __init__(
        self,
        targets: Mapping[str, Target] | None = None,
        configured: Collection[ConfiguredLabel] | None = None,
    ) -> None:
        self._targets = targets
        self._configured = None if configured is None else {c.name: c for c in configured}
        self._known: dict[str, Target | None] = {}
        ranked = [t for t in (targets or {}).values() if t.label and t.rank is not None]
        self._ranks = {t.label: t.rank for t in sorted(ranked, key=lambda t: -(t.rank or 0))}

    @property
    def key(self) -> str:
        """A key of all that it was made from."""
        targets = self._targets and list(self._targets.items())
        return make_key(targets, self._configured and list(self._configured.items()))

    def target(self, label: str) -> Target | None:
        """What a label becomes, None for a label outside the map."""
        if label not in self._known:
            self._known[label] = self._find(label)
        return self._known[label]

    def rank(self, label: str) -> int | None:
        """The least rank that the map gives a label of the model, None if it gives none."""
        return self._ranks.get(label)

    def _find(self, label: str) -> Target | None:
        if self._targets is None:
            return Target(label) if self._configured is None or label in self._configured else None
        names = [label]
        for configured in (self._configured or {}).values():
            if label in (configured.name, *configured.others):
                names += [configured.name, *configured.others]
        return next((self._targets[name] for name in names if name in self._targets), None)

    def scheme(self, seen: Iterable[str]) -> list[str]:
        """The model's labels that the annotators worked with, sorted.

        seen: Label Studio's labels in the export; they are the scheme where there is neither a
            map nor a configuration.
        """
        if self._targets is not None:
            labels = {target.label for target in self._targets.values()}
        else:
            labels = set(seen if self._configured is None else self._configured)
        return sorted(label for label in labels if label is not None)

    def check(self, seen: Collection[str]) -> None:
        """Raises UserError when the map names labels that neither export nor configuration has."""
        there = set(seen)
        for configured in (self._configured or {}).values():
            there |= {configured.name, *configured.others}
        unknown = sorted(set(self._targets or ()) - there)
        if unknown:
            raise UserError(
                f"The label map names labels that are not there: {', '.join(unknown)}.",
                f"There are: {', '.join(sorted(there)) or 'none'}. Correct the map"
                + (".", ", or give the labelling configuration (label_config).")[
                    not self._configured
                ],
            )

    def suggest(self, unmapped: Counter[str]) -> list[dict[str, Any]]:
        """Labels outside the map with their counts and the label they are spelt like, if any."""
        known = sorted(self._targets if self._targets is not None else self._configured or ())
        folded = {name.casefold(): name for name in known}
        rows = []
        for label, count in unmapped.most_common():
            near = get_close_matches(label.casefold(), folded, 1)
            rows.append(
                {"label": label, "count": count, "similar": folded[near[0]] if near else None}
            )
        return rows


def read_label_map(path: Path) -> dict[str, Target]:
    """The map of a YAML file: `LABEL: MODEL`, `LABEL: null` or `LABEL: {label: MODEL, rank: 1}`.

    Raises UserError for a file of another shape.
    """
    try:
        content = srsly.read_yaml(path)
    except (OSError, ValueError) as error:
        raise UserError(f"The label map {path} cannot be read ({error}).", _SHAPE) from error
    if not isinstance(content, dict) or not content:
        raise UserError(f"The label map {path} is no list of LABEL: MODEL lines.", _SHAPE)
    return {_name(key, path): _target(key, value, path) for key, value in content.items()}


_SHAPE = (
    "A line is `Label Studio label: model label`, or `label: null` to ignore it; quote labels that"
    " YAML reads as something else (numbers, true, null)."
)


def _name(key: Any, path: Path) -> str:
    if not isinstance(key, str) or not key:
        raise UserError(f"The label map {path} has a label that is no text: {key!r}.", _SHAPE)
    return str(key)


def _target(key: Any, value: Any, path: Path) -> Target:
    rank = None
    if isinstance(value, dict) and set(value) == {"label", "rank"} and type(value["rank"]) is int:
        value, rank = value["label"], value["rank"]
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise UserError(f"The label map {path} maps {key!r} to {value!r}.", _SHAPE)
    return Target(None if value is None else str(value), rank)
