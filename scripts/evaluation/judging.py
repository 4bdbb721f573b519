"""What each test set says of base, specialist and update."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .bootstrap import Interval, Sampling
from .changes import count_changes, find_changes
from .comparison import (
    BASE,
    PIPELINES,
    SPECIALIST,
    bound_f_ratio,
    compare,
    count_false_alarms,
    map_labels,
    retained_label_map,
)
from .error_examples import choose_examples
from .error_kinds import Knowledge, analyse
from .held_out import Reference, RetainedGold
from .predictions import Outputs, Pipelines, Spans, apply_pipelines
from .records import Analysis, Change, Comparison, ErrorExample, FalseAlarms, Labels

EXAMPLES = 5  # errors of each kind, of each pipeline on each test set


class Judged(NamedTuple):
    """What one test set says. ratio: F of the update / F before, if that is asked of the set."""

    comparison: Comparison
    ratio: Interval | None
    changes: list[Change]
    errors: list[ErrorExample]


def judge_gold(
    pipelines: Pipelines, references: Sequence[Reference], labels: Labels, sampling: Sampling
) -> Judged:
    """The annotated labels on the gold test set; the ratio is plasticity."""
    outputs = apply_pipelines(pipelines, [one.text for one in references], "gold test")
    known = Knowledge(
        judged=frozenset(labels.annotated),
        old=frozenset(labels.shared + labels.retained),
        new=frozenset(labels.new),
    )
    silver = [[span for span in spans if span.label in labels.retained] for spans in outputs.base]
    return _judge_on_gold(
        "gold test",
        references,
        outputs,
        {"annotated": labels.annotated, "new": labels.new, "shared": labels.shared},
        known=known,
        silver=silver,
        left_out={},
        before=SPECIALIST,
        sampling=sampling,
    )


def judge_retained(
    pipelines: Pipelines, gold: RetainedGold | None, labels: Labels, sampling: Sampling
) -> Judged | None:
    """The retained labels on gold, if there is any; the ratio is retention."""
    if gold is None:
        return None
    outputs = apply_pipelines(pipelines, [one.text for one in gold.references], "retained gold")
    in_gold = {span.label for one in gold.references for span in one.spans}
    label_map, left_out = retained_label_map(in_gold, labels, gold.label_map)
    # A reader wants to see which annotated label took a retained one's place.
    annotated = name_annotated(labels.annotated, gold.label_map or {}, label_map)
    kept = sorted(set(label_map.values()) & in_gold)
    old = {annotated[label] for label in labels.shared if label in annotated}
    new = {annotated[label] for label in labels.new if label in annotated}
    shown = label_map | annotated
    return _judge_on_gold(
        "retained gold",
        gold.references,
        outputs._replace(
            base=map_labels(outputs.base, shown),
            specialist=map_labels(outputs.specialist, shown),
            update=map_labels(outputs.update, shown),
        ),
        {"retained": kept},
        known=Knowledge(
            judged=frozenset(kept),
            old=frozenset(label_map.values()) | old - new,
            new=frozenset(new),
        ),
        silver=[()] * len(gold.references),
        left_out=left_out,
        before=BASE,
        sampling=sampling,
        untested=[one for one in labels.retained if label_map.get(one) not in in_gold],
    )


def name_annotated(
    annotated: Sequence[str], given: Mapping[str, str], kept: Mapping[str, str]
) -> dict[str, str]:
    """What the annotated labels are called beside the retained gold: as in the map, or as they are.

    given: the map of the user's. kept: that of the retained labels; a label outside the map that
    has the name of one of these means something else and is left out.
    """
    return {
        label: given.get(label, label)
        for label in annotated
        if label in given or label not in kept.values()
    }


def judge_rehearsal(
    pipelines: Pipelines,
    texts: Sequence[str],
    labels: Labels,
    sampling: Sampling,
    untested: Sequence[str] = (),
) -> tuple[Judged, FalseAlarms]:
    """Agreement with the base in the retained labels, and false alarms of the new ones.

    A teacher in the base's place is agreed with in all labels that it speaks for.
    untested: retained labels of which gold says nothing, where there is gold for others.
    """
    compared = {*labels.retained, *labels.taught}
    groups = {"retained": labels.retained}
    if labels.taught != labels.retained:
        groups["taught"] = labels.taught
    groups["untested"] = list(untested)
    outputs = apply_pipelines(pipelines, texts, "rehearsal test")
    by_base = [
        Reference(text, [span for span in spans if span.label in compared], [])
        for text, spans in zip(texts, outputs.base, strict=True)
    ]
    agreement = compare(
        by_base,
        outputs,
        groups,
        reference="base",
        left_out={},
        analysis={},
        changed=count_changes(by_base, outputs.base, outputs.update, ()),
        sampling=sampling,
    )
    changes = find_changes("rehearsal test", by_base, outputs.base, outputs.update, ())
    return Judged(agreement, None, changes, []), count_false_alarms(outputs, labels.new)


def judge_negative_text(
    pipelines: Pipelines, texts: Sequence[str] | None, labels: Labels
) -> FalseAlarms | None:
    """False alarms in text that has none of the new labels, if there is such text."""
    if texts is None:
        return None
    return count_false_alarms(apply_pipelines(pipelines, texts, "negative text"), labels.new)


def _judge_on_gold(
    test_set: str,
    references: Sequence[Reference],
    outputs: Outputs,
    groups: Mapping[str, Sequence[str]],
    *,
    known: Knowledge,
    silver: Spans,
    left_out: Mapping[str, str],
    before: int,
    sampling: Sampling,
    untested: Sequence[str] = (),
) -> Judged:
    """before: the pipeline to which the update's F is put in relation.

    untested: retained labels that the gold says nothing of.
    """
    judged = sorted(known.judged)
    analysis, errors = _analyse_all(test_set, references, outputs, silver, known)
    return Judged(
        compare(
            references,
            outputs,
            groups,
            reference="gold",
            left_out=left_out,
            analysis=analysis,
            changed=count_changes(references, outputs.base, outputs.update, judged),
            sampling=sampling,
            untested=untested,
        ),
        bound_f_ratio(references, outputs, judged, before, sampling),
        find_changes(test_set, references, outputs.base, outputs.update, judged),
        errors,
    )


def _analyse_all(
    test_set: str,
    references: Sequence[Reference],
    outputs: Outputs,
    silver: Spans,
    known: Knowledge,
) -> tuple[dict[str, Analysis], list[ErrorExample]]:
    """The errors of each pipeline, and examples of them."""
    analyses, examples = {}, []
    for name in PIPELINES:
        analyses[name], errors = analyse(references, getattr(outputs, name), silver, known)
        examples += choose_examples(test_set, name, references, errors, EXAMPLES)
    return analyses, examples
