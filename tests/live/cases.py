"""What annotators do with tasks of a real project, and what each export of it comes to.

The table CASES drives the whole test of the conversion: a line is a task, what is submitted for
it, and what was meant, in JSON and, where a format cannot carry the case, in that format.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from scripts.corpus import Source

LABEL_CONFIG = """
<View>
  <Labels name="label" toName="text">
    <Label value="PERSON"/><Label value="PLACE"/><Label value="ORG"/>
  </Labels>
  <Text name="text" value="$text"/>
  <Choices name="tone" toName="text"><Choice value="warm"/><Choice value="cold"/></Choices>
</View>
"""
LABELS = ["ORG", "PERSON", "PLACE"]
Result = Mapping[str, Any]
Annotator = Literal["first", "second", "third"]
Counts = Mapping[str, int]
NONE: Counts = MappingProxyType({})
ANNOTATED: Counts = MappingProxyType({"annotated": 1})


class Submission(NamedTuple):
    """What one annotator submits; accepted: as their word on the task's prediction."""

    annotator: Annotator
    results: tuple[Result, ...] = ()
    skipped: bool = False
    ground_truth: bool = False
    accepted: bool = False


class Meant(NamedTuple):
    """What a case comes to.

    source: of the Doc with its text, None where there is none.
    entities: (text, label) in their order. missing: tokens nobody can vouch for.
    all_spans: what stands in `doc.spans["sc"]`, None for the entities.
    listed: (label, quoted text, reason, done) of each region in the record.
    tasks, spans: what the case adds to these counters.
    """

    source: Source | None
    entities: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    all_spans: tuple[tuple[str, str], ...] | None = None
    listed: tuple[tuple[str, str | None, str, str], ...] = ()
    tasks: Counts = ANNOTATED
    spans: Counts = NONE


class Case(NamedTuple):
    """A task, and what was meant.

    again: what is submitted for a second task of the same text.
    json: what an export with all tasks as JSON comes to.
    annotated_only: the same for the exports of the UI, which have only tasks with annotations.
    rows: the same for JSON_MIN, CSV and TSV; rows_all where these have all tasks. None: no other.
    """

    name: str
    text: str
    json: Meant
    submissions: tuple[Submission, ...] = ()
    again: tuple[Submission, ...] | None = None
    draft: tuple[Result, ...] | None = None
    prediction: tuple[Result, ...] | None = None
    annotated_only: Meant | None = None
    rows: Meant | None = None
    rows_all: Meant | None = None


class Format(NamedTuple):
    """A way to export; rows: a row an annotation; all_tasks: those without annotations too."""

    name: str
    rows: bool
    all_tasks: bool

    def meant(self, case: Case) -> Meant:
        """What the case comes to in this format."""
        if self.rows:
            rows = case.rows or (None if self.all_tasks else case.annotated_only) or case.json
            return (case.rows_all or rows) if self.all_tasks else rows
        return case.json if self.all_tasks else case.annotated_only or case.json


def mark(text: str, part: str, *labels: str, shift: int = 0, quote: str | None = "") -> Result:
    """A region on a part of the text, as the editor writes it.

    shift: what its offsets are off by. quote: what it quotes, None for nothing, "" for the part.
    """
    start = text.index(part) + shift
    value: dict[str, Any] = {"start": start, "end": start + len(part), "labels": list(labels)}
    if quote is not None:
        value["text"] = quote or part
    return {
        "id": f"{'-'.join(labels)}-{start}",
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
        "value": value,
    }


def predicted(region: Result) -> Result:
    """The region as it stands in an accepted prediction."""
    return {**region, "origin": "prediction"}


def by(annotator: Annotator, *results: Result) -> Submission:
    """What somebody submits."""
    return Submission(annotator, results)


def gold(*entities: tuple[str, str], **more: Any) -> Meant:
    """Gold in which each region has become an entity; fields that differ are given."""
    count = len(entities)
    plain = {"regions": count, "code_points": count, "agreed": count, "entities": count}
    return Meant("gold", entities, **{"spans": plain, **more})


ABSENT = Meant(None, tasks=NONE)
TWO_ROWS = {"annotated": 2, "merged_into_others": 1}
MISSING = "tokens missing"

EMOJI = "\U0001f33b\U0001f469\u200d\U0001f33e Rosa Mendes planted beans near Lima."
OLD_EMOJI = "\U0001f600\U0001f600 Yesterday Ingrid Dahl sold the tractor."
LINES = "Sender: the office\r\nTo Omar Said,\r\nabout the boat from Saint\r\nLouis."
AGREED = "Both readers saw Amina Diallo at the market."
DISPUTED = "We camped beside Lake Victoria, not far from Kisumu."
SKIPPED = "Lorem ipsum dolor sit amet."
EMPTY = "It rained for the whole afternoon."
DRAFT = "Somebody began with Helsinki and went to lunch."
PREDICTED = "A model alone has read about Tokyo here."
ACCEPTED = "The model was right about Nairobi this time."
OVERRULED = "The model saw a town called Reading in this sentence, wrongly."
NESTED = "She studied at the University of Porto for years."
CROSSING = "Money came through Bank of North Korea yesterday."
TWICE = "Pedro Alves was marked by one person with two clicks."
TWO_REGIONS = "The river Jordan or a man of that name?"
BLOCKED = "Some say Michael Jordan flew over it."
TWO_LABELS = "Washington decided that on Friday."
PART = "The rally of anti-Trumpism voters ended at noon."
OUTSIDE = "Nothing drowned, and Plato is cited."
OUTSIDE_BARE = "Here offsets are all that a script has written."
MOVED = "A script has moved the region on Valparaiso by many characters."
UNKNOWN = "An old label stands on Smaug among these hills."
MARKS = "Mu\u0308ller paid 5\u00a0\u20ac to Zoe\u0308\u00a0Kravitz in Ko\u0308ln."
EDGES = "The mouse slipped beyond Quito  and took the space along."
COPIES = "The same sentence on Ottawa was imported a second time."
RELATED = "Maria Silva works for Banco Azul now."
THREE = "Three people read that Mount Kenya Academy opened."
ONE_SKIPS = "One of two readers skipped Jakarta."

CASES = [
    Case(
        "emoji before an entity",
        EMOJI,
        gold(("Rosa Mendes", "PERSON"), ("Lima", "PLACE")),
        (by("first", mark(EMOJI, "Rosa Mendes", "PERSON"), mark(EMOJI, "Lima", "PLACE")),),
    ),
    Case(
        "offsets in UTF-16 units after emoji",
        OLD_EMOJI,
        gold(
            ("Ingrid Dahl", "PERSON"),
            listed=(("PERSON", "Ingrid Dahl", "utf16", "repaired"),),
            spans={"regions": 1, "utf16": 1, "agreed": 1, "entities": 1},
        ),
        (by("first", mark(OLD_EMOJI, "Ingrid Dahl", "PERSON", shift=2)),),
    ),
    Case(
        "CRLF in the text",
        LINES,
        gold(("Omar Said", "PERSON"), ("Saint\r\nLouis", "PLACE")),
        (
            by(
                "first",
                mark(LINES, "Omar Said", "PERSON"),
                mark(LINES, "Saint\r\nLouis", "PLACE", quote="Saint\\nLouis"),
            ),
        ),
    ),
    Case(
        "two annotators agree",
        AGREED,
        gold(
            ("Amina Diallo", "PERSON"),
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
        (
            by("first", mark(AGREED, "Amina Diallo", "PERSON")),
            by("second", mark(AGREED, "Amina Diallo", "PERSON")),
        ),
        rows=gold(
            ("Amina Diallo", "PERSON"),
            tasks=TWO_ROWS,
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
    ),
    Case(
        "two annotators disagree",
        DISPUTED,
        disputed := gold(
            ("Kisumu", "PLACE"),
            missing=("Lake", "Victoria"),
            listed=(
                ("PLACE", "Lake Victoria", "no_majority", MISSING),
                ("PERSON", "Victoria", "no_majority", MISSING),
            ),
            spans={"regions": 4, "code_points": 4, "agreed": 1, "entities": 1, "no_majority": 2},
        ),
        (
            by(
                "first", mark(DISPUTED, "Lake Victoria", "PLACE"), mark(DISPUTED, "Kisumu", "PLACE")
            ),
            by("second", mark(DISPUTED, "Victoria", "PERSON"), mark(DISPUTED, "Kisumu", "PLACE")),
        ),
        rows=disputed._replace(tasks=TWO_ROWS),
    ),
    Case(
        "skip",
        SKIPPED,
        ABSENT._replace(tasks={"skipped": 1}),
        (Submission("first", skipped=True),),
        rows=ABSENT,  # no row at all, whichever tasks are asked for
    ),
    Case("empty result", EMPTY, gold(tasks={"annotated_empty": 1}), (by("first"),)),
    Case(
        "draft only",
        DRAFT,
        Meant("project", tasks={"only_drafts": 1}),
        draft=(mark(DRAFT, "Helsinki", "PLACE"),),
        annotated_only=ABSENT,
        rows_all=Meant("project", tasks={"unannotated": 1}),
    ),
    Case(
        "prediction only",
        PREDICTED,
        Meant("project", tasks={"only_predictions": 1}),
        prediction=(mark(PREDICTED, "Tokyo", "PLACE"),),
        annotated_only=ABSENT,
        rows_all=Meant("project", tasks={"unannotated": 1}),
    ),
    Case(
        "nothing at all",
        "Nobody has opened this task so far.",
        Meant("project", tasks={"unannotated": 1}),
        annotated_only=ABSENT,
    ),
    Case(
        "accepted prediction",
        ACCEPTED,
        gold(("Nairobi", "PLACE")),
        (Submission("first", (predicted(mark(ACCEPTED, "Nairobi", "PLACE")),), accepted=True),),
        prediction=(mark(ACCEPTED, "Nairobi", "PLACE"),),
    ),
    Case(
        "prediction, and an annotation that says there is nothing",
        OVERRULED,
        gold(tasks={"annotated_empty": 1}),
        (by("first"),),
        prediction=(mark(OVERRULED, "Reading", "PLACE"),),
    ),
    Case(
        "nested spans",
        NESTED,
        gold(
            ("University of Porto", "ORG"),
            all_spans=(("University of Porto", "ORG"), ("Porto", "PLACE")),
            listed=(("PLACE", "Porto", "overlap", MISSING),),
            spans={"regions": 2, "code_points": 2, "agreed": 2, "entities": 1, "overlap": 1},
        ),
        (by("first", mark(NESTED, "University of Porto", "ORG"), mark(NESTED, "Porto", "PLACE")),),
    ),
    Case(
        "crossing spans",
        CROSSING,
        gold(
            ("Bank of North", "ORG"),
            missing=("Korea",),
            all_spans=(("Bank of North", "ORG"), ("North Korea", "PLACE")),
            listed=(("PLACE", "North Korea", "overlap", MISSING),),
            spans={"regions": 2, "code_points": 2, "agreed": 2, "entities": 1, "overlap": 1},
        ),
        (
            by(
                "first",
                mark(CROSSING, "North Korea", "PLACE"),
                mark(CROSSING, "Bank of North", "ORG"),
            ),
        ),
    ),
    Case(
        "same span twice, same label",
        TWICE,
        gold(
            ("Pedro Alves", "PERSON"),
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
        (
            by(
                "first",
                mark(TWICE, "Pedro Alves", "PERSON"),
                {**mark(TWICE, "Pedro Alves", "PERSON"), "id": "again"},
            ),
        ),
    ),
    Case(
        "two regions with two labels on one span",
        TWO_REGIONS,
        gold(
            missing=("Jordan",),
            all_spans=(("Jordan", "PERSON"), ("Jordan", "PLACE")),
            listed=(
                ("PLACE", "Jordan", "two_labels", MISSING),
                ("PERSON", "Jordan", "two_labels", MISSING),
            ),
            spans={"regions": 2, "code_points": 2, "agreed": 2, "two_labels": 2},
        ),
        (by("first", mark(TWO_REGIONS, "Jordan", "PLACE"), mark(TWO_REGIONS, "Jordan", "PERSON")),),
    ),
    Case(
        "two labels on a span within a longer one",
        BLOCKED,
        gold(
            missing=("Michael", "Jordan"),
            all_spans=(("Michael Jordan", "PERSON"), ("Jordan", "PERSON"), ("Jordan", "PLACE")),
            listed=(
                ("PERSON", "Michael Jordan", "overlap", MISSING),
                ("PLACE", "Jordan", "two_labels", MISSING),
                ("PERSON", "Jordan", "two_labels", MISSING),
            ),
            spans={"regions": 3, "code_points": 3, "agreed": 3, "two_labels": 2, "overlap": 1},
        ),
        (
            by(
                "first",
                mark(BLOCKED, "Michael Jordan", "PERSON"),
                mark(BLOCKED, "Jordan", "PLACE"),
                mark(BLOCKED, "Jordan", "PERSON"),
            ),
        ),
    ),
    Case(
        "one region with two labels",
        TWO_LABELS,
        gold(
            missing=("Washington",),
            all_spans=(("Washington", "PERSON"), ("Washington", "PLACE")),
            listed=(
                ("PLACE, PERSON", "Washington", "two_labels", MISSING),
                ("PLACE, PERSON", "Washington", "two_labels", MISSING),
            ),
            spans={"regions": 1, "code_points": 1, "agreed": 2, "two_labels": 2},
        ),
        (by("first", mark(TWO_LABELS, "Washington", "PLACE", "PERSON")),),
    ),
    Case(
        "a token's part",
        PART,
        gold(
            missing=("Trumpism",),
            listed=(("PERSON", "Trump", "token_boundaries", MISSING),),
            spans={"regions": 1, "code_points": 1, "agreed": 1, "token_boundaries": 1},
        ),
        (by("first", mark(PART, "Trump", "PERSON")),),
    ),
    Case(
        "offsets out of bounds, the text not there",
        OUTSIDE,
        gold(
            ("Plato", "PERSON"),
            missing=("Nothing", "drowned", ",", "and", "is", "cited", "."),
            listed=(("PLACE", "Atlantis", "text_not_found", "rejected"),),
            spans={
                "regions": 2,
                "code_points": 1,
                "rejected": 1,
                "text_not_found": 1,
                "agreed": 1,
                "entities": 1,
            },
        ),
        (
            by(
                "first",
                mark(OUTSIDE, "drowned,", "PLACE", shift=500, quote="Atlantis"),
                mark(OUTSIDE, "Plato", "PERSON"),
            ),
        ),
    ),
    Case(
        "offsets out of bounds, no text quoted",
        OUTSIDE_BARE,
        gold(
            missing=("Here", "offsets", "are", "all", "that", "a", "script", "has", "written", "."),
            listed=(("PLACE", None, "out_of_bounds", "rejected"),),
            spans={"regions": 1, "rejected": 1, "out_of_bounds": 1},
        ),
        (by("first", mark(OUTSIDE_BARE, "script", "PLACE", shift=90, quote=None)),),
    ),
    Case(
        "offsets out of bounds, the text there once",
        MOVED,
        gold(
            ("Valparaiso", "PLACE"),
            listed=(("PLACE", "Valparaiso", "occurrence", "repaired"),),
            spans={"regions": 1, "occurrence": 1, "agreed": 1, "entities": 1},
        ),
        (by("first", mark(MOVED, "Valparaiso", "PLACE", shift=400)),),
    ),
    Case(
        "a label that is not in the configuration",
        UNKNOWN,
        gold(
            missing=("Smaug",),
            listed=(("DRAGON", "Smaug", "unmapped_label", MISSING),),
            spans={"regions": 1, "code_points": 1, "unmapped_label": 1},
        ),
        (by("first", mark(UNKNOWN, "Smaug", "DRAGON")),),
    ),
    Case(
        "NBSP and combining marks",
        MARKS,
        gold(
            ("Mu\u0308ller", "PERSON"),
            ("Zoe\u0308\u00a0Kravitz", "PERSON"),
            ("Ko\u0308ln", "PLACE"),
        ),
        (
            by(
                "first",
                mark(MARKS, "Mu\u0308ller", "PERSON"),
                mark(MARKS, "Zoe\u0308\u00a0Kravitz", "PERSON", quote="Zoe\u0308 Kravitz"),
                mark(MARKS, "Ko\u0308ln", "PLACE"),
            ),
        ),
    ),
    Case(
        "whitespace at the edges",
        EDGES,
        gold(
            ("Quito", "PLACE"),
            listed=(("PLACE", "Quito ", "edge_whitespace", "repaired"),),
            spans={
                "regions": 1,
                "code_points": 1,
                "edge_whitespace": 1,
                "agreed": 1,
                "entities": 1,
            },
        ),
        (by("first", mark(EDGES, "Quito  ", "PLACE", quote="Quito ")),),
    ),
    Case(
        "one text in two tasks",
        COPIES,
        gold(
            ("Ottawa", "PLACE"),
            tasks=TWO_ROWS,
            spans={"regions": 2, "code_points": 2, "agreed": 1, "entities": 1},
        ),
        (by("first", mark(COPIES, "Ottawa", "PLACE")),),
        again=(by("second", mark(COPIES, "Ottawa", "PLACE")),),
    ),
    Case(
        "a relation and a choice among the regions",
        RELATED,
        gold(("Maria Silva", "PERSON"), ("Banco Azul", "ORG")),
        (
            by(
                "first",
                mark(RELATED, "Maria Silva", "PERSON"),
                mark(RELATED, "Banco Azul", "ORG"),
                {
                    "type": "relation",
                    "from_id": mark(RELATED, "Maria Silva", "PERSON")["id"],
                    "to_id": mark(RELATED, "Banco Azul", "ORG")["id"],
                    "direction": "right",
                },
                {
                    "id": "tone",
                    "from_name": "tone",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": ["warm"]},
                },
            ),
        ),
    ),
    Case(
        "ground truth among three annotators",
        THREE,
        gold(
            ("Mount Kenya Academy", "ORG"),
            spans={"regions": 3, "code_points": 3, "overruled": 2, "agreed": 1, "entities": 1},
        ),
        (
            by("first", mark(THREE, "Mount Kenya", "PLACE")),
            by("second", mark(THREE, "Mount Kenya Academy", "ORG"))._replace(ground_truth=True),
            by("third", mark(THREE, "Mount Kenya", "PLACE")),
        ),
        # Rows do not say which annotation is the ground truth: the majority decides.
        rows=gold(
            ("Mount Kenya", "PLACE"),
            missing=("Academy",),
            listed=(("ORG", "Mount Kenya Academy", "no_majority", MISSING),),
            tasks={"annotated": 3, "merged_into_others": 2},
            spans={"regions": 3, "code_points": 3, "agreed": 1, "entities": 1, "no_majority": 1},
        ),
    ),
    Case(
        "one of two annotators skips",
        ONE_SKIPS,
        gold(("Jakarta", "PLACE")),
        (
            Submission("first", skipped=True),
            by("second", mark(ONE_SKIPS, "Jakarta", "PLACE")),
        ),
    ),
]
