"""From an example's annotations to a gold Doc."""

from collections.abc import Collection, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple

from spacy.tokens import Doc, Span

from ..evaluation.scores import CharSpan as Answer
from ..kinds.kind import Claims, Kind, whole
from ..kinds.ner import NER
from .annotators import CharSpan, Verdict, majority
from .examples import Example
from .label_map import LabelMap
from .label_studio import Annotation, Region
from .label_studio_json import LabelledSpan, Tags, Version, review_task
from .offsets import Found, locate
from .record import Conversion
from .spans import resolve, touched
from .spill import TextTask


class Scheme(NamedTuple):
    """The component that annotators worked for, and its labels; ner needs no list of them."""

    kind: Kind
    labels: Sequence[str]


ENTITIES = Scheme(NER, ())
Usable = tuple[int | str, Annotation]  # with the task's id


class Placed(NamedTuple):
    """A region and what was found for it.

    spans: one for each of its labels that the model is to learn.
    unmapped: whether a label of it is outside the label map; `found` says where it lies.
    """

    task: int | str
    region: Region
    found: Found | None
    spans: tuple[CharSpan, ...]
    unmapped: bool


def usable_annotations(example: Example) -> list[Usable]:
    """Annotations that were neither skipped nor damaged, each with its task's id."""
    return [
        (task.id, annotation)
        for task in example
        for annotation in task.annotations
        if not annotation.cancelled and annotation.regions is not None
    ]


def annotate(
    doc: Doc,
    first: TextTask,
    usable: Sequence[Usable],
    label_map: LabelMap,
    record: Conversion,
    scheme: Scheme = ENTITIES,
) -> None:
    """Write the entities, missing tokens and `doc.spans["sc"]` that the annotations come to.

    Ground truth overrules the other annotations; else a majority decides. Tokens under a span
    without a majority, with a label outside the map or across token borders are missing; if a
    region cannot be found in the text, so is every token without an entity.

    Another component than ner writes what is agreed in its own way; the rest is unknown to it.

    first: the task that the text comes from, or the first of several.
    """
    if scheme.kind.results == "choices":
        usable = [(task, on_whole_text(annotation, first.text)) for task, annotation in usable]
    placed = [
        [place(first.text, task, region, label_map, record) for region in annotation.regions or ()]
        for task, annotation in usable
    ]
    if scheme.kind.by_token:
        placed = [[by_token(doc, region) for region in regions] for regions in placed]
    names = [annotation.annotator for _, annotation in usable]
    record.agreement.add(list(zip(names, map(_spans, placed), strict=True)))
    usable, placed = _ground_truth(usable, placed, record)
    verdict = majority([_spans(regions) for regions in placed])
    if verdict.disputed and scheme.kind.results == "labels":
        record.disputes.append(_review(first, usable, placed))
    if scheme.kind is not NER:
        write_claims(doc, verdict, list(chain.from_iterable(placed)), scheme, label_map, record)
        return
    resolved = resolve(doc, verdict.agreed, label_map.rank)
    regions = list(chain.from_iterable(placed))
    missing = set(resolved.missing)
    for span in verdict.disputed:
        missing.update(touched(doc, span))
    for region in regions:
        if region.unmapped and region.found:
            missing.update(touched(doc, CharSpan(region.found.start, region.found.end, "")))
    whole = all(region.found for region in regions)
    _write(doc, resolved.entities, missing, "outside" if whole else "missing")
    doc.spans["sc"] = resolved.spans
    record.spans["agreed"] += len(verdict.agreed)
    record.spans["entities"] += len(resolved.entities)
    reasons = {**dict.fromkeys(verdict.disputed, "no_majority"), **resolved.losses}
    if reasons:
        _note_losses(record, regions, reasons)


def _ground_truth(
    usable: Sequence[Usable], placed: list[list[Placed]], record: Conversion
) -> tuple[Sequence[Usable], list[list[Placed]]]:
    """The annotations that are ground truth, with their regions; all where none is."""
    truths = [annotation.ground_truth for _, annotation in usable]
    if not any(truths):
        return usable, placed
    kept = list(compress(placed, truths))
    record.spans["overruled"] += sum(map(len, placed)) - sum(map(len, kept))
    return list(compress(usable, truths)), kept


def on_whole_text(annotation: Annotation, text: str) -> Annotation:
    """An annotation whose choices stand for the text, but for whitespace at its edges."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    regions = [region._replace(start=start, end=end) for region in annotation.regions or ()]
    return annotation._replace(regions=tuple(regions))


def by_token(doc: Doc, placed: Placed) -> Placed:
    """A region as one of each of its tokens, unless it cuts one."""
    spans = [
        CharSpan(token.idx, token.idx + len(token), span.label)
        for span in placed.spans
        for token in doc.char_span(span.start, span.end) or ()
        if not token.is_space
    ]
    return placed._replace(spans=tuple(spans)) if spans else placed


def write_claims(
    doc: Doc,
    verdict: Verdict,
    regions: Sequence[Placed],
    scheme: Scheme,
    label_map: LabelMap,
    record: Conversion,
) -> None:
    """Write what most annotators say as another component than ner has it.

    What is disputed is unknown, and what a region that cannot be read or has a label outside the
    map may have said.
    """
    kind, losses = scheme.kind, dict[CharSpan, str]()
    if kind.results == "choices":
        claims = claim_classes(doc, verdict, regions, scheme.labels)
    else:
        losses = find_losses(doc, verdict.agreed, kind, label_map)
        claims = claim_spans(doc, verdict, regions, losses)
    kind.write(doc, claims, scheme.labels)
    record.spans["agreed"] += len(verdict.agreed)
    record.spans[kind.words.answers] += len(kind.read(doc))
    if reasons := dict.fromkeys(verdict.disputed, "no_majority") | losses:
        _note_losses(record, list(regions), reasons)


def claim_classes(
    doc: Doc, verdict: Verdict, regions: Sequence[Placed], labels: Sequence[str]
) -> Claims:
    """Classes of a text; where a choice cannot be read, all that are not agreed are unknown."""
    agreed, disputed = ([span.label for span in spans] for spans in verdict)
    doubted = any(region.unmapped or region.found is None for region in regions)
    unknown = [label for label in labels if label not in agreed] if doubted else disputed
    return Claims(*([whole(doc.text, label) for label in names] for names in (agreed, unknown)))


def find_losses(
    doc: Doc, agreed: Sequence[CharSpan], kind: Kind, label_map: LabelMap
) -> dict[CharSpan, str]:
    """The spans that cut a token or, where one excludes another, yield to one; and why."""
    if kind.exclusive:
        return {**resolve(doc, agreed, label_map.rank).losses}
    cutting = [span for span in agreed if doc.char_span(span.start, span.end) is None]
    return dict.fromkeys(cutting, "token_boundaries")


def claim_spans(
    doc: Doc, verdict: Verdict, regions: Sequence[Placed], losses: Collection[CharSpan]
) -> Claims:
    """Parts of a text; those that are lost are unknown. Where a region is outside the map, nobody
    knows any label, and if one cannot be found, nowhere.
    """
    found = [Answer(*span) for span in verdict.agreed if span not in losses]
    unknown = [Answer(*span) for span in (*verdict.disputed, *losses)]
    for region in regions:
        if region.found is None:
            unknown.append(whole(doc.text, ""))
        elif region.unmapped:
            unknown.append(Answer(region.found.start, region.found.end, ""))
    return Claims(found, unknown)


def _review(
    first: TextTask,
    usable: Sequence[Usable],
    placed: Sequence[Sequence[Placed]],
) -> dict[str, Any]:
    """A task to import, with what each annotator said, in Label Studio's labels."""
    control = next(p.region.control for regions in placed for p in regions)
    versions = [
        Version(
            annotation.annotator,
            tuple(
                LabelledSpan(p.found.start, p.found.end, p.region.labels)
                for p in regions
                if p.found
            ),
        )
        for (_, annotation), regions in zip(usable, placed, strict=True)
    ]
    tags = Tags(control.from_name or "label", control.to_name or "text", first.key)
    return review_task(first.text, versions, list(dict.fromkeys(t for t, _ in usable)), tags)


def place(
    text: str, task: int | str, region: Region, label_map: LabelMap, record: Conversion
) -> Placed:
    """Find a region in the text and its labels in the map; what is odd about it is listed."""
    record.spans["regions"] += 1
    if not region.labels:
        return _reject(task, region, "no_label", record)
    found = locate(text, region.start, region.end, region.quote)
    if isinstance(found, str):
        return _reject(task, region, found, record)
    record.spans[found.how] += 1
    if found.how in ("utf16", "occurrence"):
        record.note(task, region, found.how, "repaired", to=[found.start, found.end])
    if found.trimmed:
        record.spans["edge_whitespace"] += 1
        record.note(task, region, "edge_whitespace", "repaired", to=[found.start, found.end])
    spans = []
    unmapped = False
    for label in dict.fromkeys(region.labels):
        target = label_map.target(label)
        if target is None:
            record.unmapped[label] += 1
            unmapped = True
        elif target.label is None:
            record.spans["ignored_label"] += 1
        else:
            spans.append(CharSpan(found.start, found.end, target.label))
    if unmapped:
        record.spans["unmapped_label"] += 1
        record.note(task, region, "unmapped_label", "tokens missing")
        spans = []  # what a span with one more label is, nobody has said
    return Placed(task, region, found, tuple(spans), unmapped)


def _reject(task: int | str, region: Region, fault: str, record: Conversion) -> Placed:
    record.spans["rejected"] += 1
    record.spans[fault] += 1
    record.note(task, region, fault, "rejected")
    return Placed(task, region, None, (), False)


def _spans(regions: Sequence[Placed]) -> list[CharSpan]:
    return [span for region in regions for span in region.spans]


def _write(doc: Doc, entities: list[Span], missing: set[int], default: str) -> None:
    free = missing.difference(*(range(entity.start, entity.end) for entity in entities))
    doc.set_ents(entities, missing=[Span(doc, i, i + 1) for i in free], default=default)


def _note_losses(record: Conversion, regions: list[Placed], reasons: dict[CharSpan, str]) -> None:
    """Count the spans that are no entities, and list each region that says so."""
    record.spans.update(reasons.values())
    for region in regions:
        lost = ((span.label, reasons[span]) for span in region.spans if span in reasons)
        for _, reason in dict.fromkeys(lost):  # once for all tokens that lose a tag
            record.note(region.task, region.region, reason, "tokens missing")
