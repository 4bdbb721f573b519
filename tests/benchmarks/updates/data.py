"""What the benchmark updates, and what it measures on: public data that stand beside the project.

Nothing of them is copied into the project; a run writes exports of them into its own folder.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import srsly

from scripts.conversion.label_studio_json import LabelledSpan, LabelledText, export_tasks
from scripts.corpora.annotated_text import AnnotatedText, read_annotated_texts
from scripts.corpora.raw_text import read_texts
from scripts.corpora.sampling import Rules, select_texts
from scripts.evaluation.held_out import Reference
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError

DATA = Path("../shared/data")
BASE = "pipelines/en_core_web_sm_v23_port"
RAW = "raw/wikisplit_sentences.txt"
ALL_RAW = "raw/*.txt"
# The base's labels as wikigold and EWT name them.
RETAINED = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
RETAINED_SETS = {
    "wikigold": "datasets/wikigold/all.jsonl",
    "EWT": "datasets/uner_en_ewt/test.jsonl",
}
REPLAY = "datasets/uner_en_ewt/dev.jsonl"  # gold for old labels that replay trains on
UNSEEN_TEXTS = 2000


@dataclass(frozen=True)
class Update:
    """One update of the base: a data set taken as a Label Studio project.

    annotated: texts that are annotated, the first ones; the others are unannotated tasks.
    alone: there are no others.
    labels: the data set's label -> the model's, None where the base's own labels shall do.
    """

    name: str
    train: str
    test: str
    annotated: int
    labels: dict[str, str | None]
    alone: bool = False

    @property
    def annotated_labels(self) -> list[str]:
        """The model's labels that the annotators worked with."""
        return sorted(label for label in self.labels.values() if label)


UPDATES = (
    Update(
        "ner_drugs",
        "datasets/ner_drugs/train.jsonl",
        "datasets/ner_drugs/test.jsonl",
        1477,
        {"DRUG": "DRUG"},
    ),
    # PERSON, PRODUCT and WORK_OF_ART are shared with the base, GROUP (teams, bands) is new. Places
    # and companies are left to the base: its GPE, LOC and FAC are one label here, and `corporation`
    # is but a part of its ORG.
    Update(
        "wnut17",
        "datasets/wnut17/train.jsonl",
        "datasets/wnut17/test.jsonl",
        1500,
        {
            "person": "PERSON",
            "product": "PRODUCT",
            "creative-work": "WORK_OF_ART",
            "group": "GROUP",
            "location": None,
            "corporation": None,
        },
    ),
    Update(
        "bc5cdr",
        "datasets/bc5cdr/train.jsonl",
        "datasets/bc5cdr/test.jsonl",
        1500,
        {"Chemical": "Chemical", "Disease": "Disease"},
    ),
    Update(
        "skillspan",
        "datasets/skillspan/train-knowledge.jsonl",
        "datasets/skillspan/test-knowledge.jsonl",
        1500,
        {"KNOWLEDGE": "KNOWLEDGE"},
    ),
)
# The quick fix that people reach for first.
CORRECTIONS = tuple(
    replace(UPDATES[0], name=f"ner_drugs_{tasks}", annotated=tasks, alone=True)
    for tasks in (5, 20, 50, 100)
)
BY_NAME = {update.name: update for update in (*UPDATES, *CORRECTIONS)}


class Scale(NamedTuple):
    """How much of the data a run takes; None for all. vars: what it sets of the project's vars."""

    annotated: int | None
    unannotated: int | None
    test_texts: int | None
    vars: Mapping[str, object]


FULL = Scale(None, None, None, {})
# To see that everything works, in minutes; the figures mean nothing.
QUICK = Scale(200, 100, 200, {"max_steps": 30, "rehearsal_docs": 200})


class Measured(NamedTuple):
    """What every pipeline of an update is measured on.

    retained: for each set, gold with the labels of RETAINED's values. unseen: general text that no
    strategy trains on: of RAW, texts whose hash falls in the test split.
    """

    new: list[Reference]
    retained: dict[str, list[Reference]]
    unseen: list[str]


def check_data(data: Path) -> None:
    """Raises UserError when the benchmark's data are not there."""
    wanted = [BASE, RAW, *RETAINED_SETS.values()]
    wanted += [path for update in UPDATES for path in (update.train, update.test)]
    for path in wanted:
        if not (data / path).exists():
            raise UserError(
                f"The benchmark's data are not there: no {data / path}.",
                "They stand beside the project and are no part of it: see docs/benchmark.md.",
            )


def write_export(update: Update, data: Path, folder: Path, *, scale: Scale, all_gold: bool) -> None:
    """Write the update's Label Studio project: export.json, label_map.yml, replay_labels.yml.

    all_gold: the texts that nobody has annotated are annotated, too.
    """
    annotated = min(update.annotated, scale.annotated or update.annotated)
    every = list(read_annotated_texts(data / update.train))
    rest = [] if update.alone else every[annotated:][: scale.unannotated]
    texts = [_labelled(text) for text in every[:annotated]]
    texts += [_labelled(text) if all_gold else LabelledText(text.text, None) for text in rest]
    folder.mkdir(parents=True, exist_ok=True)
    srsly.write_json(folder / "export.json", list(export_tasks(texts)))
    srsly.write_yaml(folder / "label_map.yml", update.labels)
    srsly.write_yaml(folder / "replay_labels.yml", RETAINED)


def _labelled(text: AnnotatedText) -> LabelledText:
    spans = (LabelledSpan(span.start, span.end, (span.label,)) for span in text.entities)
    return LabelledText(text.text, tuple(spans))


def read_test_sets(update: Update, data: Path, scale: Scale) -> Measured:
    """The public test sets, gold labels named as the model names them."""
    return Measured(
        new=list(islice(read_gold(data / update.test, update.labels), scale.test_texts)),
        retained={
            name: list(islice(read_gold(data / path), scale.test_texts))
            for name, path in RETAINED_SETS.items()
        },
        unseen=read_unseen(data)[: scale.test_texts],
    )


def read_gold(path: Path, labels: Mapping[str, str | None] | None = None) -> Iterator[Reference]:
    """Annotated texts as references, their labels mapped; labels without a name are left out."""
    for text in read_annotated_texts(path):
        spans = text.entities
        if labels is not None:
            mapped = [(span, labels.get(span.label)) for span in spans]
            spans = [CharSpan(span.start, span.end, label) for span, label in mapped if label]
        yield Reference(text.text, spans, [])


def read_unseen(data: Path) -> list[str]:
    """General text of the test split, as `rehearse` chooses its own: never trained on."""
    sizes = {"train": 0, "dev": 0, "test": UNSEEN_TEXTS}
    selection = select_texts(read_texts([data / RAW]), Rules(sizes))
    return [raw.text for raw in selection.texts["test"]]
