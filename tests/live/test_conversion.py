"""A real Label Studio project, exported in every format and converted: is it what was meant?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import spacy
from spacy.tokens import Doc, Span

from scripts.convert import convert
from scripts.corpus import SPLITS, Provenance, get_provenance, read_corpus
from scripts.files import hash_text
from scripts.label_config import read_label_config
from scripts.label_map import LabelMap

from .annotated_project import (
    JSON,
    TABLES,
    Clients,
    export_all,
    make_project,
)
from .cases import CASES, LABELS, Case, Format, Meant
from .server import Server, add_user

pytestmark = pytest.mark.live
NLP = spacy.blank("en")
FORMATS = [
    *(f"{kind}{all_tasks}" for kind in (JSON, *TABLES) for all_tasks in ("", ", all tasks")),
    "snapshot JSON",
    "snapshot JSON, drafts in full",
    "snapshot JSON, predictions in full",
    "snapshot JSON, everything in full",
    *(f"snapshot {kind}, everything in full" for kind in TABLES),
]


class Exports(NamedTuple):
    """The project: its tasks by case, its exports by name, and how to get more of them."""

    clients: Clients
    project: int
    config: Path
    tasks: Mapping[str, list[int]]
    files: Mapping[str, tuple[Format, Path]]


class Converted(NamedTuple):
    """What a conversion wrote; docs by text."""

    export: Format
    report: Mapping[str, Any]
    docs: Mapping[str, Doc]


@pytest.fixture(scope="module")
def exports(label_studio: Server, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """The project with all cases, in all formats."""
    folder = tmp_path_factory.mktemp("exports")
    owner = label_studio.client()
    clients: Clients = {
        "first": owner,
        "second": add_user(label_studio, "reader@example.com"),
        "third": add_user(label_studio, "checker@example.com"),
    }
    project, tasks = make_project(clients, CASES)
    config = folder / "label_config.xml"
    config.write_text(owner.projects.get(id=project).label_config or "", encoding="utf8")
    files = {export.name: (export, path) for export, path in export_all(owner, project, folder)}
    return Exports(clients, project, config, tasks, files)


@pytest.fixture(scope="module")
def conversions(
    exports: Exports, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Converted]]:
    """Each export converted; the counters are printed at the end."""
    label_map = LabelMap(configured=read_label_config(exports.config).labels)
    found = {}
    for name, (export, path) in exports.files.items():
        output = tmp_path_factory.mktemp("corpus")
        report = convert(
            paths=[path],
            tokenizer=NLP.tokenizer,
            output=output,
            label_map=label_map,
            config=read_label_config(exports.config),
            max_rejected=1.0,
        )
        found[name] = Converted(export, report, read_docs(output))
    yield found
    print_counters(found)


def read_docs(output: Path) -> dict[str, Doc]:
    """All Docs of the corpora; each text stands in one of them only."""
    docs = [
        doc
        for source in ("gold", "project")
        for split in SPLITS
        for doc in read_corpus(output / source / split, NLP.vocab)
    ]
    by_text = {doc.text: doc for doc in docs}
    assert len(by_text) == len(docs)
    return by_text


def print_counters(conversions: Mapping[str, Converted]) -> None:
    """A column an export, a line a counter; exports with the same counters share a column."""
    columns: dict[str, list[str]] = {}
    counters: dict[str, Counter[str]] = {}
    for name, (_, report, _) in conversions.items():
        counts = Counter(
            {
                f"{part}: {counter}": count
                for part in ("tasks", "results", "spans", "splits")
                for counter, count in report[part].items()
            }
        )
        key = str(sorted((+counts).items()))
        columns.setdefault(key, []).append(name)
        counters[key] = counts
    print()
    for number, names in enumerate(columns.values(), 1):
        print(f"{number}: {'; '.join(names)}")
    lines = list(dict.fromkeys(line for counts in counters.values() for line in +counts))
    for line in sorted(lines, key=lambda line: line.partition(":")[0]):
        print(f"{line:32}", *(f"{counters[key][line] or '-':>5}" for key in columns))


def texts(spans: Any) -> tuple[tuple[str, str], ...]:
    """Text and label of spans."""
    return tuple((span.text, span.label_) for span in spans)


def by_place(spans: Any) -> list[Span]:
    """Spans from left to right, the longer first, then by label."""
    return sorted(spans, key=lambda span: (span.start, -span.end, span.label_))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("name", FORMATS)
def test_case_is_what_was_meant(
    name: str, case: Case, exports: Exports, conversions: Mapping[str, Converted]
) -> None:
    export, report, docs = conversions[name]
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
    assert get_provenance(doc) == Provenance(
        meant.source, (*tasks[:1] * rows_of(case, export), *tasks[1:]), hash_text(case.text)
    )
    check_tokens(doc, meant)


def rows_of(case: Case, export: Format) -> int:
    """How often the first task of a case stands in an export."""
    submitted = sum(not submission.skipped for submission in case.submissions)
    return max(1, submitted) if export.rows else 1


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
    export, report, docs = conversions[name]
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
        for submission in (*case.submissions, *(case.again or ()))
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
