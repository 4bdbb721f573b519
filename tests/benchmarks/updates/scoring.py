"""Measure one update, in the folder of the project that made it.

    python -m tests.benchmarks.updates.scoring ner_drugs/double/0 --data ../shared/data ...

Base and specialist are those of another folder, the same for all strategies of an update and seed.
What they find stays there.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import srsly
import typer
from spacy.language import Language

from scripts.evaluation.bootstrap import CountArray, Sampling, bound_ratio, f_scores
from scripts.evaluation.comparison import (
    BASE,
    PIPELINES,
    SPECIALIST,
    UPDATE,
    count_documents,
    count_false_alarms,
    map_labels,
    retained_label_map,
    sort_labels,
)
from scripts.evaluation.held_out import Reference
from scripts.evaluation.predictions import Outputs, find_entities
from scripts.evaluation.records import Labels
from scripts.evaluation.scores import CharSpan
from scripts.functions import read_scheme
from scripts.project.errors import run
from scripts.project.files import write_bytes
from scripts.training.dev import load_entities_only, read_dev, score_pipeline
from scripts.training.pipelines import BaseRecord, find_recognizers, load_pipeline
from scripts.training.records import DevScores

from .data import BY_NAME, FULL, QUICK, RETAINED, Measured, read_test_sets
from .results import ALL_LABELS, Result, Scores, write_result
from .speed import measure_speed

# In the folder of a project, as its commands leave them.
PROJECT_BASE = Path("training/base")
SPECIALIST_PIPELINE = Path("training/specialist/model-best")
UPDATE_PIPELINE = Path("training/update/model-best")
SPANS = Path("training/spans")
UNSEEN = "unseen"

# test set -> what a pipeline finds in each of its texts
Found = Mapping[str, Sequence[Sequence[CharSpan]]]


def main(
    name: Annotated[str, typer.Argument(help="update/strategy/seed")],
    data: Annotated[Path, typer.Option(help="folder of the public data")],
    plain: Annotated[Path, typer.Option(help="the project with base and specialist")],
    output: Annotated[Path, typer.Option(help="JSON to write, an .npz beside it")],
    key: Annotated[str, typer.Option(help="hash of what the update was made from")],
    code: Annotated[str, typer.Option(help="hash of what made it")],
    seconds: Annotated[str, typer.Option(help="JSON: shared and own, command -> seconds")],
    naive: Annotated[bool, typer.Option(help="the update is the specialist")] = False,
    quick: Annotated[bool, typer.Option(help="few texts")] = False,
) -> None:
    """Measure the update that was made in the working directory."""
    update, strategy, seed = name.split("/")
    sets = read_test_sets(BY_NAME[update], data, QUICK if quick else FULL)
    pipeline = plain / SPECIALIST_PIPELINE if naive else UPDATE_PIPELINE
    found = {
        "base": remembered_spans(PROJECT_BASE, plain / SPANS / "base.json", sets),
        "specialist": remembered_spans(
            plain / SPECIALIST_PIPELINE, plain / SPANS / "specialist.json", sets
        ),
    }
    base, own = load_pipeline(PROJECT_BASE), load_pipeline(pipeline)
    base_ner, own_ner = load_entities_only(PROJECT_BASE), load_entities_only(pipeline)
    found["update"] = found["specialist"] if naive else find_spans(own_ner, sets)
    words = sum(len(base.make_doc(text)) for text in sets.unseen)
    result, counts = compare(sets, found, BY_NAME[update].annotated_labels, words)
    took = srsly.json_loads(seconds)
    made = Result(
        update=update,
        strategy=strategy,
        seed=int(seed),
        key=key,
        code=code,
        dev=score_on_dev(own_ner, plain),
        speed=measure_speed(base, own, base_ner, own_ner, sets.unseen),
        megabytes={"base": megabytes(PROJECT_BASE), "update": megabytes(pipeline)},
        recognizers=len(find_recognizers(own)),
        shared_seconds=took["shared"],
        own_seconds=took["own"] | {"scores": round(time.process_time(), 1)},
        **result,
    )
    write_result(output, made, counts)


def remembered_spans(pipeline: Path, path: Path, sets: Measured) -> Found:
    """What a pipeline finds, read where it was written before."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, msgspec.json.encode(find_spans(load_entities_only(pipeline), sets)))
    return msgspec.json.decode(path.read_bytes(), type=dict[str, list[list[CharSpan]]])


def find_spans(nlp: Language, sets: Measured) -> Found:
    """The entities that a pipeline finds in each text of each test set."""
    texts = {name: [gold.text for gold in golds] for name, golds in references(sets).items()}
    texts[UNSEEN] = sets.unseen
    return {name: find_entities(nlp, every, name)[0] for name, every in texts.items()}


def references(sets: Measured) -> dict[str, list[Reference]]:
    """All gold: the update's test set as "new", then the retained ones."""
    return {"new": sets.new, **sets.retained}


def compare(
    sets: Measured, found: Mapping[str, Found], annotated: list[str], words: int
) -> tuple[dict[str, Any], dict[str, CountArray]]:
    """The fields of a Result that follow from the spans, and the counts that go beside it.

    words: of the unseen texts.
    """
    base = BaseRecord.read(PROJECT_BASE.with_suffix(".json"))
    labels = sort_labels(base.labels, annotated)
    new = count_documents(sets.new, outputs(found, "new"), labels.annotated)
    retained = {
        name: count_retained(golds, outputs(found, name), labels)
        for name, golds in sets.retained.items()
    }
    together = np.concatenate([counts for counts, _ in retained.values()])
    result = {
        "new": rows(new, labels.annotated),
        "retained": {name: rows(counts, kept) for name, (counts, kept) in retained.items()},
        "retention": ratio(together, BASE),
        "plasticity": ratio(new, SPECIALIST),
        "false_alarms": count_false_alarms(outputs(found, UNSEEN, words), labels.new),
    }
    return result, {"new": new, "retained": together}


def outputs(found: Mapping[str, Found], name: str, words: int = 0) -> Outputs:
    """What the three pipelines find in one test set."""
    base, specialist, update = (found[pipeline][name] for pipeline in PIPELINES)
    return Outputs(base, specialist, update, words)


def count_retained(
    golds: list[Reference], found: Outputs, labels: Labels
) -> tuple[CountArray, list[str]]:
    """Counts of the retained labels under their gold names, and those names.

    Gold labels that stand for a shared label are left out: what became of it is no matter of
    remembering.
    """
    gold_labels = {span.label for gold in golds for span in gold.spans}
    kept, _ = retained_label_map(gold_labels, labels, RETAINED)
    base, specialist, update = (map_labels(getattr(found, name), kept) for name in PIPELINES)
    mapped = Outputs(base, specialist, update, found.words)
    names = sorted(set(kept.values()))
    return count_documents(golds, mapped, names), names


def rows(counts: CountArray, labels: list[str]) -> dict[str, Scores]:
    """Scores of all labels together and of each. counts: [documents, pipelines, labels, 3]."""
    total = counts.sum(axis=0)
    blocks = {ALL_LABELS: total.sum(axis=1)} | {
        label: total[:, column] for column, label in enumerate(labels)
    }
    return {label: Scores(_spans(block), *_percent(block)) for label, block in blocks.items()}


def _spans(block: CountArray) -> int:
    right, _, missed = block[BASE]
    return int(right + missed)


def _percent(block: CountArray) -> list[float]:
    return [round(float(f), 3) for f in 100 * f_scores(block)]


def ratio(counts: CountArray, before: int) -> Any:
    """Micro F of the update / that of the pipeline `before`, with bounds."""
    micro = counts.sum(axis=2)
    return bound_ratio(micro[:, before], micro[:, UPDATE], Sampling())


def score_on_dev(nlp: Language, plain: Path) -> DevScores:
    """The scores by which strategies are chosen, on the same texts for all of them."""
    base, corpus = plain / PROJECT_BASE, plain / "corpus"
    scheme = read_scheme(corpus / "conversion.json", base.with_suffix(".json"))
    return score_pipeline(nlp, read_dev(corpus, None, base, scheme), Sampling())


def megabytes(folder: Path) -> float:
    """What the files of a folder hold together."""
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 2)


if __name__ == "__main__":
    run(main)
