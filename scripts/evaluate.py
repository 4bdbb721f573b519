"""Score base, specialist and update on texts that nothing was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import srsly
import typer

from .evaluation.bootstrap import Sampling
from .evaluation.changes import choose_changes
from .evaluation.comparison import sort_labels
from .evaluation.held_out import (
    Reference,
    RetainedGold,
    read_corpus_texts,
    read_negative_text,
    read_references,
    read_retained_gold,
)
from .evaluation.judging import (
    judge_gold,
    judge_negative_text,
    judge_rehearsal,
    judge_retained,
)
from .evaluation.predictions import Pipelines, load_pipelines, measure_speed
from .evaluation.records import FORMAT, Evaluation, Examples, write_record
from .kinds.known import find_kind
from .kinds.ner import NER
from .project.errors import run
from .training.beside import component_labels, find_components
from .training.options import GpuId, TeacherFolder
from .training.pipelines import (
    entity_labels,
    find_recognizers,
    find_speaker,
    taught_labels,
    use_gpu,
)

CHANGES = 50  # texts in which base and update differ, for the report


@dataclass(frozen=True)
class TestSets:
    """Texts that nothing was trained on.

    gold: annotated by the label scheme. negative_text: texts without any of the new labels.
    """

    gold: list[Reference]
    rehearsal: list[str]
    retained_gold: RetainedGold | None
    negative_text: list[str] | None


def main(
    base: Annotated[Path, typer.Option(help="base pipeline")],
    teacher: TeacherFolder,
    specialist: Annotated[Path, typer.Option(help="specialist, also the naive update")],
    update: Annotated[Path, typer.Option(help="the pipeline that will be packaged")],
    gold: Annotated[Path, typer.Option(help="corpus of the gold test set")],
    rehearsal: Annotated[Path, typer.Option(help="corpus of the rehearsal test set")],
    conversion: Annotated[Path, typer.Option(help="report of convert: the annotated labels")],
    retained_gold: Annotated[Path, typer.Option(help="what inputs wrote about the retained gold")],
    negative_text: Annotated[Path, typer.Option(help="what inputs wrote about the negative text")],
    output: Annotated[Path, typer.Option(help="evaluation.json to write")],
    examples: Annotated[Path, typer.Option(help="examples.json to write, for the report")],
    resamples: Annotated[int, typer.Option(min=100, help="draws of the bootstrap")] = 10_000,
    seed: Annotated[int, typer.Option(help="seed of the bootstrap")] = 0,
    speed_words: Annotated[int, typer.Option(min=1, help="words to take the speed on")] = 5000,
    gpu_id: GpuId = -1,
) -> None:
    """Score base, specialist and update; write evaluation.json and examples.json."""
    use_gpu(gpu_id)
    converted = srsly.read_json(conversion)
    kind = find_kind(converted.get("component", "ner"))
    test_sets = TestSets(
        read_references(gold, kind),
        read_corpus_texts(rehearsal),
        read_retained_gold(retained_gold, kind=kind),
        read_negative_text(negative_text),
    )
    evaluation, found = evaluate(
        pipelines=load_pipelines(find_speaker(base, teacher), specialist, update, kind),
        annotated=converted["labels"]["annotated"],
        test_sets=test_sets,
        sampling=Sampling(resamples=resamples, seed=seed),
        speed_words=speed_words,
    )
    write_record(examples, found)
    write_record(output, evaluation)
    print(*summarize(evaluation), f"Evaluation written to {output}.", sep="\n")


def evaluate(
    *,
    pipelines: Pipelines,
    annotated: Sequence[str],
    test_sets: TestSets,
    sampling: Sampling,
    speed_words: int,
) -> tuple[Evaluation, Examples]:
    """Score the three pipelines; returns the evaluation and examples of changes and errors.

    annotated: the labels of the label scheme.
    """
    if pipelines.kind is NER:
        base_labels = entity_labels(pipelines.base, find_recognizers(pipelines.base))
    else:
        found = find_components(pipelines.base, pipelines.kind)
        base_labels = component_labels(pipelines.base, found, pipelines.kind)
    labels = sort_labels(base_labels, annotated, taught_labels(pipelines.base))
    gold = judge_gold(pipelines, test_sets.gold, labels, sampling)
    retained = judge_retained(pipelines, test_sets.retained_gold, labels, sampling)
    untested = retained.comparison.untested if retained else ()
    agreement, false_alarms = judge_rehearsal(
        pipelines, test_sets.rehearsal, labels, sampling, untested
    )
    evaluation = Evaluation(
        format=FORMAT,
        labels=labels,
        pipelines=pipelines.records,
        gold=gold.comparison,
        retained_gold=retained.comparison if retained else None,
        agreement=agreement.comparison,
        false_alarms=false_alarms,
        negative_text=judge_negative_text(pipelines, test_sets.negative_text, labels),
        retention=retained.ratio if retained else None,
        plasticity=gold.ratio,
        speed=measure_speed(
            pipelines,
            test_sets.rehearsal or [one.text for one in test_sets.gold],
            speed_words,
        ),
        resamples=sampling.resamples,
        seed=sampling.seed,
        component=pipelines.kind.component,
    )
    judged = [one for one in (gold, retained, agreement) if one]
    changes = [change for one in judged for change in one.changes]
    errors = [error for one in judged for error in one.errors]
    return evaluation, Examples(choose_changes(changes, CHANGES), errors)


def summarize(evaluation: Evaluation) -> list[str]:
    """A line for each group of labels: F of base, naive update and update, on how many answers."""
    sets = {"gold test": evaluation.gold, "agreement with the base": evaluation.agreement}
    if evaluation.retained_gold:
        sets["retained gold"] = evaluation.retained_gold
    return [
        f"{name}, {group} labels ({evaluation.kind.words.counted(row.support)} in "
        f"{comparison.size.documents} texts): "
        f"base {row.base.f:.1f}, naive {row.specialist.f:.1f}, update {row.update.f:.1f}"
        for name, comparison in sets.items()
        for group, row in comparison.micro.items()
    ]


if __name__ == "__main__":
    run(main)
