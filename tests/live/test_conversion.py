"""A real Label Studio project, exported in every format and converted: is it what was meant?"""

from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from spacy.tokens import Doc, Span

from scripts.corpora.corpus import Provenance, get_provenance
from scripts.project.files import hash_text

from .annotated_project import JSON, TABLES, offered_formats
from .cases import LABELS, Case, Format, Meant
from .conversions import CASES, FORMATS, WHOLE, Converted, Exports

pytestmark = pytest.mark.live


def texts(spans: Iterable[Span]) -> tuple[tuple[str, str], ...]:
    """Text and label of spans."""
    return tuple((span.text, span.label_) for span in spans)


def by_place(spans: Iterable[Span]) -> list[Span]:
    """Spans from left to right, the longer first, then by label."""
    return sorted(spans, key=lambda span: (span.start, -span.end, span.label_))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("name", FORMATS)
def test_case_is_what_was_meant(
    name: str, case: Case, exports: Exports, conversions: Mapping[str, Converted]
) -> None:
    export, _, report, docs = conversions[name]
    meant, tasks = export.meant(case), exports.tasks[case.name]

    listed = [
        (line["label"], line["text"], line["reason"], line["done"])
        for line in report["regions"]
        if line["task"] in tasks
    ]
    assert sorted(listed, key=str) == sorted(meant.listed, key=str)
    if meant.source is None:
        assert case.text not in docs
        return
    doc = docs[case.text]
    present = [
        task
        for task, submissions in zip(tasks, case.submitted, strict=True)
        if export.holds(submissions)
    ]
    assert get_provenance(doc) == Provenance(meant.source, tuple(present), hash_text(case.text))
    check_tokens(doc, meant)


def check_tokens(doc: Doc, meant: Meant) -> None:
    """What each token of a Doc says, and its spans."""
    if meant.source == "project":
        assert not doc.has_annotation("ENT_IOB")
        return
    assert texts(doc.ents) == meant.entities
    assert tuple(token.text for token in doc if token.ent_iob == 0) == meant.missing
    outside = [token for token in doc if token.ent_iob == 2]
    assert len(outside) == len(doc) - len(meant.missing) - sum(map(len, doc.ents))
    spans = texts(by_place(doc.spans["sc"]))
    assert spans == (meant.entities if meant.all_spans is None else meant.all_spans)


@pytest.mark.parametrize("name", FORMATS)
def test_counters_are_the_sum_of_the_cases(
    name: str, exports: Exports, conversions: Mapping[str, Converted]
) -> None:
    export, _, report, docs = conversions[name]
    tasks: Counter[str] = Counter()
    spans: Counter[str] = Counter()
    entities: Counter[str] = Counter()
    sources: Counter[str | None] = Counter()
    for case in CASES:
        meant = export.meant(case)
        tasks.update(meant.tasks)
        spans.update(meant.spans)
        entities.update(label for _, label in meant.entities)
        sources[meant.source] += 1
    tasks["tasks"] = tasks.total() - tasks["merged_into_others"]

    assert +Counter(report["tasks"]) == tasks
    assert +Counter(report["spans"]) == spans
    assert +Counter(report["results"]) == meant_results(export)
    assert report["labels"]["annotated"] == LABELS
    assert report["labels"]["counts"] == entities
    assert report["labels"]["unmapped"] == [{"label": "DRAGON", "count": 1, "similar": None}]
    assert report["left_out"] == []
    assert len(report["regions"]) == sum(len(export.meant(case).listed) for case in CASES)
    assert sum(report["splits"].values()) == sources["gold"]
    assert len(docs) == sources["gold"] + sources["project"]


def meant_results(export: Format) -> Counter[str]:
    """What the annotators submitted, as far as the format carries it."""
    every = [
        submission
        for case in CASES
        for submissions in case.submitted
        for submission in submissions
        if not (export.rows and submission.skipped)
    ]
    results = [result for submission in every for result in submission.results]
    counts = Counter(
        {
            "annotations": sum(not submission.skipped for submission in every),
            "skipped annotations": sum(submission.skipped for submission in every),
            "regions": sum(result["type"] == "labels" for result in results),
        }
    )
    if not export.rows:
        shown = [case for case in CASES if export.all_tasks or case.submissions]
        counts["drafts"] = sum(case.draft is not None for case in shown)
        counts["predictions"] = sum(case.prediction is not None for case in shown)
        counts["relation"] = counts["choices"] = 1
    return +counts


def test_every_format_that_the_server_offers_is_known(exports: Exports) -> None:
    offered = offered_formats(exports.clients["first"], exports.project)
    assert offered == [JSON, *TABLES, "CONLL2003"]
    assert list(exports.files) == FORMATS


@pytest.mark.parametrize(
    ("name", "people"),
    [
        (WHOLE, ("first@example.com", "reader@example.com", "checker@example.com")),
        ("snapshot JSON", ("1", "2", "3")),
        ("CSV", ("1", "2", "3")),
    ],
)
def test_agreement_of_each_pair(
    name: str, people: tuple[str, str, str], conversions: Mapping[str, Converted]
) -> None:
    first, second, third = people
    rows = {
        (frozenset(row["annotators"]), row["label"]): (row["texts"], row["support"], row["exact"])
        for row in conversions[name].report["agreement"]
    }
    assert rows == {
        (frozenset((first, second)), None): (6, 16, 0.625),
        (frozenset((first, second)), "ORG"): (6, 1, 0.0),
        (frozenset((first, second)), "PERSON"): (6, 6, 0.6667),
        (frozenset((first, second)), "PLACE"): (6, 9, 0.6667),
        (frozenset((first, third)), None): (2, 5, 0.8),
        (frozenset((first, third)), "PERSON"): (2, 1, 0.0),
        (frozenset((first, third)), "PLACE"): (2, 4, 1.0),
        (frozenset((second, third)), None): (2, 5, 0.4),
        (frozenset((second, third)), "ORG"): (2, 1, 0.0),
        (frozenset((second, third)), "PERSON"): (2, 1, 0.0),
        (frozenset((second, third)), "PLACE"): (2, 3, 0.6667),
    }
