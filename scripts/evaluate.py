"""Score base, specialist and update on texts that nothing was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import srsly
import typer

from .evaluation.bootstrap import Interval, Sampling
from .evaluation.changes import choose_changes, find_changes
from .evaluation.comparison import (
    BASE,
    SPECIALIST,
    bound_f_ratio,
    compare,
    count_false_alarms,
    map_labels,
    retained_label_map,
    sort_labels,
)
from .evaluation.held_out import (
    Reference,
    RetainedGold,
    read_corpus_texts,
    read_negative_text,
    read_references,
    read_retained_gold,
)
from .evaluation.predictions import Pipelines, apply_pipelines, load_pipelines, measure_speed
from .evaluation.records import (
    FORMAT,
    Change,
    Comparison,
    Evaluation,
    FalseAlarms,
    Labels,
    write_record,
)
from .project.errors import run
from .training.pipelines import entity_labels, find_recognizers, use_gpu

CHANGES = 30  # texts in which base and update differ, for the report


@dataclass(frozen=True)
class TestSets:
    """Texts that nothing was trained on.

    gold: annotated by the label scheme. negative_text: texts without any of the new labels.
    """

    gold: list[Reference]
    rehearsal: list[str]
    retained_gold: RetainedGold | None
    negative_text: list[str] | None


class Judged(NamedTuple):
    """What one test set says. ratio: F of the update / F before, if that is asked of the set."""

    comparison: Comparison
    ratio: Interval | None
    changes: list[Change]


def main(
    base: Annotated[Path, typer.Option(help="base pipeline")],
    specialist: Annotated[Path, typer.Option(help="specialist, also the naive update")],
    update: Annotated[Path, typer.Option(help="the pipeline that will be packaged")],
    gold: Annotated[Path, typer.Option(help="corpus of the gold test set")],
    rehearsal: Annotated[Path, typer.Option(help="corpus of the rehearsal test set")],
    conversion: Annotated[Path, typer.Option(help="report of convert: the annotated labels")],
    retained_gold: Annotated[Path, typer.Option(help="what inputs wrote about the retained gold")],
    negative_text: Annotated[Path, typer.Option(help="what inputs wrote about the negative text")],
    output: Annotated[Path, typer.Option(help="evaluation.json to write")],
    changes: Annotated[Path, typer.Option(help="changes.json to write, for the report")],
    resamples: Annotated[int, typer.Option(min=100, help="draws of the bootstrap")] = 10_000,
    seed: Annotated[int, typer.Option(help="seed of the bootstrap")] = 0,
    speed_words: Annotated[int, typer.Option(min=1, help="words to take the speed on")] = 5000,
    gpu_id: Annotated[int, typer.Option(help="-1 for the CPU")] = -1,
) -> None:
    """Score base, specialist and update; write evaluation.json and changes.json."""
    use_gpu(gpu_id)
    test_sets = TestSets(
        read_references(gold),
        read_corpus_texts(rehearsal),
        read_retained_gold(retained_gold),
        read_negative_text(negative_text),
    )
    evaluation, found = evaluate(
        pipelines=load_pipelines(base, specialist, update),
        annotated=srsly.read_json(conversion)["labels"]["annotated"],
        test_sets=test_sets,
        sampling=Sampling(resamples=resamples, seed=seed),
        speed_words=speed_words,
    )
    write_record(changes, found)
    write_record(output, evaluation)
    print(*summarize(evaluation), f"Evaluation written to {output}.", sep="\n")


def evaluate(
    *,
    pipelines: Pipelines,
    annotated: Sequence[str],
    test_sets: TestSets,
    sampling: Sampling,
    speed_words: int,
) -> tuple[Evaluation, list[Change]]:
    """Score the three pipelines; returns the evaluation and the most instructive changes.

    annotated: the labels of the label scheme.
    """
    base_labels = entity_labels(pipelines.base, find_recognizers(pipelines.base))
    labels = sort_labels(base_labels, annotated)
    gold = judge_gold(pipelines, test_sets.gold, labels, sampling)
    retained = judge_retained(pipelines, test_sets.retained_gold, labels, sampling)
    agreement, false_alarms = judge_rehearsal(pipelines, test_sets.rehearsal, labels, sampling)
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
    )
    changes = [change for one in (gold, retained, agreement) if one for change in one.changes]
    return evaluation, choose_changes(changes, CHANGES)


def judge_gold(
    pipelines: Pipelines, references: Sequence[Reference], labels: Labels, sampling: Sampling
) -> Judged:
    """The annotated labels on the gold test set; the ratio is plasticity."""
    outputs = apply_pipelines(pipelines, [one.text for one in references], "gold test")
    groups = {"annotated": labels.annotated, "new": labels.new, "shared": labels.shared}
    return Judged(
        compare(references, outputs, groups, reference="gold", left_out={}, sampling=sampling),
        bound_f_ratio(references, outputs, labels.annotated, SPECIALIST, sampling),
        find_changes("gold test", references, outputs.base, outputs.update, labels.annotated),
    )


def judge_retained(
    pipelines: Pipelines, gold: RetainedGold | None, labels: Labels, sampling: Sampling
) -> Judged | None:
    """The retained labels on gold, if there is any; the ratio is retention."""
    if gold is None:
        return None
    outputs = apply_pipelines(pipelines, [one.text for one in gold.references], "retained gold")
    found = {span.label for one in gold.references for span in one.spans}
    label_map, left_out = retained_label_map(found, labels, gold.label_map)
    mapped = outputs._replace(
        base=map_labels(outputs.base, label_map),
        specialist=map_labels(outputs.specialist, label_map),
        update=map_labels(outputs.update, label_map),
    )
    # A reader wants to see which annotated label took a retained one's place.
    shown = label_map | {label: label for label in labels.annotated if label not in found}
    before, after = map_labels(outputs.base, shown), map_labels(outputs.update, shown)
    kept = sorted(set(label_map.values()) & found)
    return Judged(
        compare(
            gold.references,
            mapped,
            {"retained": kept},
            reference="gold",
            left_out=left_out,
            sampling=sampling,
        ),
        bound_f_ratio(gold.references, mapped, kept, BASE, sampling),
        find_changes("retained gold", gold.references, before, after, kept),
    )


def judge_rehearsal(
    pipelines: Pipelines, texts: Sequence[str], labels: Labels, sampling: Sampling
) -> tuple[Judged, FalseAlarms]:
    """Agreement with the base in the retained labels, and false alarms of the new ones."""
    outputs = apply_pipelines(pipelines, texts, "rehearsal test")
    by_base = [
        Reference(text, [span for span in spans if span.label in labels.retained], [])
        for text, spans in zip(texts, outputs.base, strict=True)
    ]
    agreement = compare(
        by_base,
        outputs,
        {"retained": labels.retained},
        reference="base",
        left_out={},
        sampling=sampling,
    )
    changes = find_changes("rehearsal test", by_base, outputs.base, outputs.update, ())
    return Judged(agreement, None, changes), count_false_alarms(outputs, labels.new)


def judge_negative_text(
    pipelines: Pipelines, texts: Sequence[str] | None, labels: Labels
) -> FalseAlarms | None:
    """False alarms in text that has none of the new labels, if there is such text."""
    if texts is None:
        return None
    return count_false_alarms(apply_pipelines(pipelines, texts, "negative text"), labels.new)


def summarize(evaluation: Evaluation) -> list[str]:
    """A line for each group of labels: F of base, naive update and update, on how many spans."""
    sets = {"gold test": evaluation.gold, "agreement with the base": evaluation.agreement}
    if evaluation.retained_gold:
        sets["retained gold"] = evaluation.retained_gold
    return [
        f"{name}, {group} labels ({row.support} spans in {comparison.size.documents} texts): "
        f"base {row.base.f:.1f}, naive {row.specialist.f:.1f}, update {row.update.f:.1f}"
        for name, comparison in sets.items()
        for group, row in comparison.micro.items()
    ]


if __name__ == "__main__":
    run(main)
