"""Small gold with what specialists might say of it, for tests of insight."""

from collections.abc import Sequence
from pathlib import Path

import spacy
from spacy.tokens import Doc

from scripts.corpora.corpus import Provenance, set_provenance, write_corpus
from scripts.corpora.splits import assign_split
from scripts.evaluation.bootstrap import Interval
from scripts.insights.folds import SHARES, GoldText, fold_of
from scripts.insights.records import (
    Disagreement,
    Insight,
    LabelUse,
    LearningCurve,
    Marked,
    Point,
    Proposal,
    Wanted,
)
from scripts.insights.trainings import Outcome, Said
from scripts.project.files import hash_text, write_json

BLANK = spacy.blank("en")
Spans = Sequence[tuple[int, int, str]]


def gold_doc(text: str, spans: Spans, task: int = 1, group: str | None = None) -> Doc:
    """A text with these entities. group: hash of what it belongs to."""
    doc = BLANK.make_doc(text)
    ents = [doc.char_span(start, end, label=label) for start, end, label in spans]
    assert None not in ents
    doc.ents = ents
    doc.spans["sc"] = ents
    set_provenance(doc, Provenance("gold", (task,), hash_text(text), group))
    return doc


def oak_doc(number: int, group: str | None = None) -> Doc:
    """A text with an oak, unlike the others."""
    text = f"Note {' '.join(hash_text(str(number))[:6])} has an oak"
    return gold_doc(text, [(len(text) - 3, len(text), "PLANT")], number, group)


def write_gold(corpus: Path, docs: Sequence[Doc]) -> None:
    """Corpora as `convert` writes them."""
    for split in ("train", "dev", "test"):
        write_corpus([d for d in docs if assign_split(d.text) == split], corpus / "gold" / split)
    labels = sorted({ent.label_ for doc in docs for ent in doc.ents})
    write_json(corpus / "conversion.json", {"labels": {"annotated": labels}})


def said(doc: Doc, *found: tuple[int, int, str, float]) -> Said:
    """What a specialist says of a text. found: with how sure it is, under 0.5 as no entity."""
    sure = [span[:3] for span in found if span[3] >= 0.5]
    return Said(doc.user_data["hash"], sure, list(found))


def outcomes(docs: Sequence[Doc], right: Sequence[float]) -> tuple[list[GoldText], list[Outcome]]:
    """Gold, and outcomes of all trainings, whose specialists find this part of the texts' entities.

    right: for each share.
    """
    gold = [GoldText(doc, "train", fold_of(doc)) for doc in docs]
    found = []
    for share, part in zip(SHARES, right, strict=True):
        for fold in sorted({text.fold for text in gold}):
            mine = [text.doc for text in gold if text.fold == fold]
            known = mine[: round(part * len(mine))]
            answers = [
                Said(
                    doc.user_data["hash"],
                    [(e.start_char, e.end_char, e.label_) for e in doc.ents if doc in known],
                    [],
                )
                for doc in mine
            ]
            texts = round(share * 0.75 * len(gold))
            found.append(Outcome(f"{fold}-{share}", fold, share, texts, texts, 0, 1.0, answers))
    return gold, found


def insight(text: str = "Röst <3 on basil near Rome") -> Insight:
    """A finding in which all texts and labels are this text."""
    person, model = [Marked(0, 4, text, 0.1)], [Marked(0, len(text), text, 0.9)]
    points = [Point(n, 2 * n, Interval(f, f - 3, f + 3)) for n, f in ((94, 50.0), (188, 58.0))]
    sentence = "Half as many annotated texts again (94 more) would bring about 3.0 points of F."
    curve = LearningCurve(
        *(points, 0.1, 0.32, 0.3, 188, 282, Interval(61, 57, 65), Interval(3, 1, 5)),
        *("yes", sentence),
    )
    use = LabelUse(text, 12, 11, 5, points[0].f, Interval(8, 4, 12), "under 50 spans")
    one = Disagreement([7], hash_text(text), text, "borders", 0.9, person, model)
    wanted = Wanted([8, "x"], hash_text(text), text, 0.31, model)
    proposal = Proposal("up-1.0.0-abc", "project", 40, [wanted])
    return Insight(251, 4, 0, "insight-abc", 61.0, [text], curve, [use], 1, [one], proposal)
