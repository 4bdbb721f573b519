"""Components by which a second classifier stands behind a frozen one. A package carries this file.

What the first says is held (`hold_cats_v1`), the second says what it says, and both are put
together (`merge_cats_v1`). It imports spaCy only.
"""

from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc


@dataclass(frozen=True)
class HoldCats:
    """Puts the scores of the classes so far aside, for `MergeCats` later in the pipeline."""

    group: str

    def __call__(self, doc: Doc) -> Doc:
        doc.user_data[self.group] = dict(doc.cats)
        doc.cats = {}
        return doc


@dataclass(frozen=True)
class MergeCats:
    """Puts the scores that were held together with those since.

    labels: the classes for which the second's word counts. kept: those of the first's others that
    its scores are about. exclusive: whether a text has one of these classes; then the first's share
    what the second leaves to them, so that all add up to 1, as those of each component do.
    """

    group: str
    labels: frozenset[str]
    kept: frozenset[str]
    exclusive: bool

    def __call__(self, doc: Doc) -> Doc:
        held = doc.user_data.pop(self.group)
        found = {label: score for label, score in doc.cats.items() if label in self.labels}
        kept = {label: score for label, score in held.items() if label in self.kept}
        if self.exclusive and kept:
            left, total = max(0.0, 1.0 - sum(found.values())), sum(kept.values())
            kept = {label: left * score / total if total else 0.0 for label, score in kept.items()}
        doc.cats = {**held, **kept, **found}
        return doc


# The versions in the names let pipelines of different ages be loaded side by side.
@Language.factory("hold_cats_v1", default_config={"group": "held_cats"})
def create_hold_cats(nlp: Language, name: str, group: str) -> HoldCats:
    """group: the name under which they are held."""
    return HoldCats(group)


@Language.factory(
    "merge_cats_v1",
    default_config={"group": "held_cats", "labels": [], "kept": [], "exclusive": False},
)
def create_merge_cats(
    nlp: Language, name: str, group: str, labels: list[str], kept: list[str], exclusive: bool
) -> MergeCats:
    """group: as `hold_cats_v1` before it has it. The rest: `MergeCats`."""
    return MergeCats(group, frozenset(labels), frozenset(kept), exclusive)
