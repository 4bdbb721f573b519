"""Labels of the annotators and of the base that may mean the same by different names.

Such a pair (PERSON and PER) would be learnt as a new label and remembered as an old one, so that
the update knows two labels for one thing. Only the user can tell; here is what it takes to see it.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.corpus import get_provenance, read_corpus
from .merging import BASE, Scheme

# Names of one thing in the label schemes of pipelines and corpora (OntoNotes, CoNLL 2003, WNUT
# 2017, NKJP for Polish, SUC for Swedish), and words that annotators use.
SAME = (
    {"per", "pers", "prs", "person", "people", "persname", "human"},
    {"org", "organization", "organisation", "company", "corporation", "orgname", "institution"},
    {"loc", "gpe", "location", "place", "placename", "geogname", "city", "country"},
    {"fac", "facility", "building"},
    {"misc", "miscellaneous"},
    {"norp", "nationality"},
    {"work_of_art", "creative-work", "wrk", "work"},
    {"product", "prod"},
    {"event", "evt", "evn"},
    {"lang", "language"},
    {"date", "dat"},
    {"time", "tme"},
    {"money", "mon"},
    {"percent", "percentage"},
)
READ = 2000  # annotated texts that are looked at
SHARE, LEAST = 0.5, 10  # of a new label's spans, and spans, that the base takes for one of its own


class Alike(NamedTuple):
    """Of `spans` spans of a new label the base takes `taken` for the label `old`."""

    new: str
    old: str
    taken: int
    spans: int


def same_name(label: str, known: Collection[str]) -> str | None:
    """The known label that is a name of the same, first of all itself; None if there is none."""
    folded = {one.casefold(): one for one in sorted(known)}
    name = label.casefold()
    same = [one for names in SAME if name in names for one in sorted(names) if one in folded]
    nearest = get_close_matches(name, same, 1, 0)  # LOCATION is LOC where there is GPE, too
    return label if label in known else folded.get(name, folded[nearest[0]] if same else None)


def similar_name(label: str, known: Collection[str]) -> str | None:
    """The same; where there is none, the label that is spelt most like it."""
    folded = {one.casefold(): one for one in sorted(known)}
    near = get_close_matches(label.casefold(), folded, 1)
    return same_name(label, known) or (folded[near[0]] if near else None)


def alike_by_name(annotated: Collection[str], base: Collection[str]) -> list[tuple[str, str]]:
    """Labels that annotators have and the base has not, each with one of the base's alone."""
    retained = set(base) - set(annotated)
    pairs = ((label, same_name(label, retained)) for label in sorted(set(annotated) - set(base)))
    return [(new, old) for new, old in pairs if old]


def one_name(new: str, old: str) -> str:
    """What to do if both mean the same."""
    return (
        f"If {new} and {old} mean the same, give them one name: {old}: {new} in "
        f"vars.base_label_map, or {old} for {new} in a vars.label_map that has all labels of the "
        "annotators (python -m scripts.draft_label_map writes one). As it is, the update has both."
    )


def teacher_s_name(taught: str, known: str) -> str:
    """What to do if a teacher's label and another one mean the same."""
    return (
        f"If both mean the same, give them one name: {taught}: {known} in vars.teacher_label_map. "
        "As it is, the student learns both."
    )


def find_alike(merged: Path, scheme: Scheme) -> list[Alike]:
    """Pairs of labels that annotators and base gave to the same words.

    merged: the folder of training texts with the words of gold and base.
    """
    docs = read_corpus(merged, Language().vocab)
    gold = (doc for doc in docs if get_provenance(doc).source == "gold")
    return count_alike(islice(gold, READ), scheme)


def count_alike(docs: Iterable[Doc], scheme: Scheme) -> list[Alike]:
    """The same of Docs with gold in `doc.ents` and the base's spans in the group "base"."""
    spans, taken = Counter[str](), Counter[tuple[str, str]]()
    for doc in docs:
        for ent in doc.ents:
            if ent.label_ in scheme.new:
                spans[ent.label_] += 1
                taken.update(
                    (ent.label_, old)
                    for old in {
                        span.label_
                        for span in doc.spans[BASE]
                        if span.start < ent.end and ent.start < span.end
                    }
                    & scheme.retained
                )
    return [
        Alike(new, old, count, spans[new])
        for (new, old), count in taken.most_common()
        if count >= max(LEAST, SHARE * spans[new])
    ]
