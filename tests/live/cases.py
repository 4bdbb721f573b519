"""What annotators do with tasks of a real project, and what each export of it comes to.

The table of cases drives the whole test of the conversion: a line is a task, what is submitted
for it, and what was meant, in JSON and, where a format cannot carry the case, in that format.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from scripts.corpora.corpus import Source

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

    @property
    def submitted(self) -> list[tuple[Submission, ...]]:
        """What is submitted for each of the case's tasks."""
        return [self.submissions] if self.again is None else [self.submissions, self.again]


class Format(NamedTuple):
    """A way to export; rows: a row an annotation; all_tasks: those without annotations too."""

    name: str
    rows: bool
    all_tasks: bool

    def holds(self, submissions: tuple[Submission, ...]) -> bool:
        """Whether a task for which these were submitted stands in the export."""
        if self.rows and submissions:
            return not all(submission.skipped for submission in submissions)
        return self.all_tasks or bool(submissions)

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
