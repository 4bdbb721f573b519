"""Base, specialist and update on the same test set: a row for each label and group of labels."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..project.errors import UserError
from .bootstrap import (
    CountArray,
    Interval,
    Sampling,
    bound_difference,
    bound_f,
    bound_ratio,
)
from .held_out import Reference
from .predictions import Outputs, Spans
from .records import (
    Analysis,
    ChangeKind,
    Comparison,
    FalseAlarms,
    Figures,
    Judge,
    Labels,
    Row,
    Size,
)
from .scores import CharSpan, Counts, count_offsets

PIPELINES = ("base", "specialist", "update")
BASE, SPECIALIST, UPDATE = range(3)


def sort_labels(
    base: Sequence[str], annotated: Sequence[str], taught: Sequence[str] = ()
) -> Labels:
    """The labels by what becomes of them. base: the labels that the base knows.

    taught: of these, the labels that a teacher in its place speaks for.
    """
    return Labels(
        annotated=sorted(annotated),
        new=sorted(set(annotated) - set(base)),
        shared=sorted(set(annotated) & set(base)),
        retained=sorted(set(base) - set(annotated)),
        taught=sorted(taught),
    )


def compare(
    references: Sequence[Reference],
    outputs: Outputs,
    groups: Mapping[str, Sequence[str]],
    *,
    reference: Judge,
    left_out: Mapping[str, str],
    analysis: Mapping[str, Analysis],
    changed: Mapping[ChangeKind, int],
    sampling: Sampling,
    untested: Sequence[str] = (),
) -> Comparison:
    """Rows for the groups of labels that are not empty, and for each label of them."""
    labels = sorted({label for group in groups.values() for label in group})
    counts = count_documents(references, outputs, labels)
    micro = {name: counts[:, :, _columns(labels, group)] for name, group in groups.items() if group}
    rows = {label: counts[:, :, column] for column, label in enumerate(labels)}
    spans = int(sum(span.label in labels for one in references for span in one.spans))
    return Comparison(
        reference=reference,
        size=Size(len(references), outputs.words, spans),
        micro={name: make_row(block.sum(axis=2), sampling) for name, block in micro.items()},
        labels={label: make_row(block, sampling) for label, block in rows.items()},
        left_out=dict(left_out),
        analysis=dict(analysis),
        changed=dict(changed),
        untested=list(untested),
    )


def count_documents(
    references: Sequence[Reference], outputs: Outputs, labels: Sequence[str]
) -> CountArray:
    """Counts of shape [documents, pipelines, labels, 3]."""
    counts = np.zeros((len(references), len(PIPELINES), len(labels), 3), np.int64)
    for pipeline, name in enumerate(PIPELINES):
        for document, (gold, found) in enumerate(
            zip(references, getattr(outputs, name), strict=True)
        ):
            by_label = count_offsets(gold.spans, found, gold.missing)
            for column, label in enumerate(labels):
                if label in by_label:
                    one = by_label[label]
                    counts[document, pipeline, column] = (
                        one.true_positives,
                        one.false_positives,
                        one.false_negatives,
                    )
    return counts


def make_row(counts: CountArray, sampling: Sampling) -> Row:
    """counts: [documents, pipelines, 3]."""
    base, specialist, update = (counts[:, pipeline] for pipeline in range(len(PIPELINES)))
    return Row(
        support=_total(base).support,
        base=_figures(base),
        specialist=_figures(specialist),
        update=_figures(update),
        bounds=bound_f(update, sampling).times(100),
        against_base=bound_difference(base, update, sampling).times(100),
        against_specialist=bound_difference(specialist, update, sampling).times(100),
    )


def bound_f_ratio(
    references: Sequence[Reference],
    outputs: Outputs,
    labels: Sequence[str],
    before: int,
    sampling: Sampling,
) -> Interval | None:
    """Micro F of the update / that of the pipeline `before`, None where that is 0."""
    counts = count_documents(references, outputs, labels).sum(axis=2)
    return bound_ratio(counts[:, before], counts[:, UPDATE], sampling)


def count_false_alarms(outputs: Outputs, new: Sequence[str]) -> FalseAlarms:
    """Spans of new labels in texts that are not about them."""
    return FalseAlarms(
        documents=len(outputs.update),
        words=outputs.words,
        specialist=_count_labels(outputs.specialist, new),
        update=_count_labels(outputs.update, new),
    )


def map_labels(spans: Spans, label_map: Mapping[str, str]) -> Spans:
    """The spans with their labels mapped; those of other labels are left out."""
    return [
        [
            CharSpan(one.start, one.end, label_map[one.label])
            for one in text
            if one.label in label_map
        ]
        for text in spans
    ]


def retained_label_map(
    gold: set[str], labels: Labels, label_map: Mapping[str, str] | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Which gold labels can be compared: (retained label -> gold label, left out -> reason).

    gold: the labels of the retained gold. A gold label that stands for an annotated label too is
    left out: what became of it is no matter of remembering.

    Raises UserError when the map names no known label, or when nothing can be compared.
    """
    known = {*labels.retained, *labels.annotated}
    unknown = sorted(set(label_map or ()) - known)
    # One map serves bases with more labels and with fewer; one that fits nowhere is a mistake.
    if unknown and known.isdisjoint(label_map or ()):
        raise UserError(
            f"vars.retained_gold_map names labels that the model has not: {', '.join(unknown)}.",
            f"It has: {', '.join(sorted(known))}.",
        )
    whole = dict(label_map) if label_map is not None else {label: label for label in known}
    annotated = {whole[label] for label in labels.annotated if label in whole}
    kept = {
        label: whole[label]
        for label in labels.retained
        if label in whole and whole[label] not in annotated
    }
    if labels.retained and gold.isdisjoint(kept.values()):
        raise UserError(
            f"No label of vars.retained_gold ({', '.join(sorted(gold)) or 'none'}) stands for one "
            f"that the model shall keep ({', '.join(labels.retained)}).",
            "Say which stands for which in vars.retained_gold_map, or give gold for these labels.",
        )
    left_out = {
        label: "stands for an annotated label"
        if label in annotated
        else "stands for no label of the base"
        for label in sorted(gold - set(kept.values()))
    }
    return kept, left_out


def _columns(labels: Sequence[str], group: Sequence[str]) -> list[int]:
    return [labels.index(label) for label in sorted(set(group))]


def _total(counts: CountArray) -> Counts:
    return Counts(*(int(number) for number in counts.sum(axis=0)))


def _figures(counts: CountArray) -> Figures:
    total = _total(counts)
    return Figures(100 * total.precision, 100 * total.recall, 100 * total.f, total.predicted)


def _count_labels(spans: Spans, labels: Sequence[str]) -> int:
    return sum(span.label in labels for text in spans for span in text)
