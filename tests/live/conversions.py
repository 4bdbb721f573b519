"""What came out of projects, converted; and counters as a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import spacy
from spacy.tokens import Doc

from scripts.conversion.label_config import read_label_config
from scripts.conversion.label_map import LabelMap
from scripts.convert import SOURCES, convert
from scripts.corpora.corpus import SPLITS, Source, read_corpus
from scripts.kinds.known import find_kind
from scripts.pull import CONFIG, EXPORT

from .annotated_project import JSON, TABLES, Clients, export_all, make_project
from .cases import Format
from .cases_of_people import PEOPLE
from .cases_of_spans import SPANS
from .server import Server, add_user

NLP = spacy.blank("en")
CASES = [*SPANS, *PEOPLE]
WHOLE = "snapshot JSON, everything in full"
FORMATS = [
    *(f"{kind}{all_tasks}" for kind in (JSON, *TABLES) for all_tasks in ("", ", all tasks")),
    "snapshot JSON",
    "snapshot JSON, drafts in full",
    "snapshot JSON, predictions in full",
    WHOLE,
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
    """What a conversion wrote in a folder; docs by text."""

    export: Format
    folder: Path
    report: Mapping[str, Any]
    docs: Mapping[str, Doc]


def export_project(server: Server, folder: Path) -> Exports:
    """Make the project with all cases and export it in all formats."""
    owner = server.client()
    clients: Clients = {
        "first": owner,
        "second": add_user(server, "reader@example.com"),
        "third": add_user(server, "checker@example.com"),
    }
    project, tasks = make_project(clients, CASES)
    config = folder / "label_config.xml"
    config.write_text(owner.projects.get(id=project).label_config or "", encoding="utf8")
    files = {export.name: (export, path) for export, path in export_all(owner, project, folder)}
    return Exports(clients, project, config, tasks, files)


def convert_exports(exports: Exports, folder: Path) -> dict[str, Converted]:
    """Each export converted with the project's labelling configuration."""
    config = read_label_config(exports.config)
    label_map = LabelMap(configured=config.labels)
    found = {}
    for name, (export, path) in exports.files.items():
        report = convert(
            paths=[path],
            tokenizer=NLP.tokenizer,
            output=folder / name,
            label_map=label_map,
            config=config,
            max_rejected=1.0,
        )
        found[name] = Converted(export, folder / name, report, read_docs(folder / name))
    return found


def convert_pulled(folder: Path, component: str = "ner") -> tuple[dict[str, Any], dict[str, Doc]]:
    """Convert what was pulled into a folder, for a component: the report, and gold by text."""
    kind = find_kind(component)
    config = read_label_config(folder / CONFIG, results=kind.results)
    corpus = folder / component
    report = convert(
        paths=[folder / EXPORT],
        tokenizer=NLP.tokenizer,
        output=corpus,
        label_map=LabelMap(configured=config.labels),
        config=config,
        kind=kind,
    )
    return report, read_docs(corpus, ["gold"])


def read_docs(output: Path, sources: Sequence[Source] = SOURCES) -> dict[str, Doc]:
    """The Docs of corpora; each text stands in one of them only."""
    docs = [
        doc
        for source in sources
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
    for name, (_, _, report, _) in conversions.items():
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
