"""Tell what more annotation would bring, which annotations may be wrong, what to annotate next."""

import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import srsly
import typer
from spacy.vocab import Vocab
from wasabi import msg

from .conversion.fields import Wanted as WantedField
from .corpora.corpus import SPLITS, get_provenance, read_corpus, text_hashes
from .corpora.raw_text import raw_files, read_file
from .functions import read_scheme
from .insights.exchange import find_tags, write_files
from .insights.folds import FOLDS, read_gold
from .insights.next_texts import Waiting, choose_next, sample, sample_raw
from .insights.records import Insight, Proposal, Source
from .insights.summary import summarize
from .insights.trainings import Means, Outcome, reading, train_all
from .project.errors import run
from .project.files import new_directory, write_json, write_text
from .project.progress import time_left
from .project.settings import parse_value
from .reporting.insight_page import render_insight
from .serving.versions import describe
from .training.dev import load_entities_only
from .training.learning import LearningRate, MaxEpochs, WeightDecay, read_learning
from .training.options import BaseFolder, GpuId, MaxSteps, Seed
from .training.pipelines import BaseRecord, refuse_others

FILES = "insight"  # folder of the files for Label Studio, beside insight.json


def main(
    inputs: Annotated[Path, typer.Option(help="what inputs wrote about the export")],
    raw_text: Annotated[Path, typer.Option(help="what inputs wrote about raw text")],
    base: BaseFolder,
    update: Annotated[Path, typer.Option(help="folder of the update")],
    corpus: Annotated[Path, typer.Option(help="folder with gold/, project/, conversion.json")],
    config: Annotated[Path, typer.Option(help="the specialist's training config")],
    output: Annotated[Path, typer.Option(help="folder of insight.json, insight.html, insight/")],
    text_field: Annotated[str, typer.Option(help="field of the text, null to find it")] = "null",
    control: Annotated[str, typer.Option(help="name of the Labels tag, null for any")] = "null",
    workers: Annotated[int, typer.Option(help="processes, 0 for one a core")] = 0,
    seed: Seed = 0,
    gpu_id: GpuId = -1,
    max_steps: MaxSteps = 0,
    learning_rate: LearningRate = "null",
    max_epochs: MaxEpochs = 0,
    weight_decay: WeightDecay = "null",
) -> None:
    """Write insight.json, a page, and files for Label Studio."""
    record = BaseRecord.read(base.with_suffix(".json"))
    refuse_others(record, "insight")
    means = Means(
        base=base,
        record=record,
        config=config,
        corpus=corpus,
        work=output / ".insight",
        seed=seed,
        gpu_id=gpu_id,
        max_steps=max_steps,
        learning=read_learning(learning_rate, max_epochs, weight_decay),
    )
    labels = sorted(read_scheme(corpus / "conversion.json", base.with_suffix(".json")).annotated)
    wanted = WantedField(parse_value("text_field", text_field), parse_value("control", control))
    # First of all: what is wrong with it, nobody wants to hear after the trainings.
    labelling = find_tags(srsly.read_json(inputs), labels, wanted)
    outcomes = train_with_progress(means, workers)
    proposal = propose(corpus, srsly.read_json(raw_text)["raw_text"], update, labels)
    insight = summarize(means, outcomes, labels, proposal)
    docs = {get_provenance(text.doc).hash: text.doc for text in read_gold(corpus)}
    with new_directory(output / FILES) as folder:
        write_files(insight, docs, outcomes, labelling, folder)
    write_json(output / "insight.json", msgspec.to_builtins(insight))
    write_text(output / "insight.html", render_insight(insight))
    show(insight, output)


def train_with_progress(means: Means, workers: int) -> list[Outcome]:
    """All trainings, with a line after each; how long the rest takes, goes by the words to read."""
    gold, words = read_gold(means.corpus), reading(means)
    processes = 1 if means.gpu_id >= 0 else workers or os.cpu_count() or 1
    msg.info(f"{len(gold):,} annotated texts in {FOLDS} folds: {len(words)} trainings")
    outcomes: list[Outcome] = []
    for outcome in train_all(means, processes):
        outcomes.append(outcome)
        seconds = sum(one.seconds for one in outcomes) / processes
        left = time_left(sum(words[: len(outcomes)]), sum(words), seconds)
        msg.info(f"Training {len(outcomes)} of {len(words)}: {outcome.texts:,} texts", left)
    return outcomes


def propose(
    corpus: Path, raw_text: dict[str, Any] | None, update: Path, labels: list[str]
) -> Proposal:
    """Texts to annotate next: of the project, or of the raw text where the project has none."""
    source, waiting = find_waiting(corpus, raw_text)
    version = describe(update, update=None).id
    chosen = choose_next(load_entities_only(update), waiting, labels)
    return Proposal(version, source, len(waiting), chosen)


def find_waiting(corpus: Path, raw_text: dict[str, Any] | None) -> tuple[Source, list[Waiting]]:
    """The texts among which those to annotate are chosen, and where they come from."""
    vocab = Vocab()
    docs = (doc for split in SPLITS for doc in read_corpus(corpus / "project" / split, vocab))
    known = ((get_provenance(doc), doc.text) for doc in docs)
    if waiting := sample(Waiting(list(of.tasks), of.hash, text) for of, text in known):
        return "project", waiting
    used = text_hashes(
        [*(corpus / "gold" / split for split in SPLITS), corpus / "rehearsal" / "train"]
    )
    texts = (text for file in raw_files(raw_text) for text in read_file(file))
    waiting = sample_raw(texts, used)
    return ("raw text" if waiting else "none"), waiting


def show(insight: Insight, output: Path) -> None:
    """Print the findings, and where the rest stands."""
    msg.good(insight.curve.sentence)
    for warning in insight.warnings:
        msg.warn(warning)
    msg.info(
        f"{insight.probable:,} probable annotation errors among {len(insight.disagreements):,} "
        f"disagreements; {len(insight.proposal.chosen)} texts to annotate next",
        f"{output / 'insight.html'}; for Label Studio: {output / FILES}",
    )


if __name__ == "__main__":
    run(main)
