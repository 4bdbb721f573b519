"""Replay: gold for labels of the base that is trained on beside gold and silver of the update."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from ..conversion.annotators import CharSpan
from ..conversion.spans import resolve
from ..corpora.corpus import Provenance, set_provenance
from ..corpora.splits import HeldOut, assign_split, normalise
from ..evaluation.held_out import Reference, RetainedGold
from ..project.errors import UserError
from ..project.files import hash_text
from .merging import Labelling, Scheme, TokenSpan, complete_replay, token_spans
from .teachers import Teachers


@dataclass(frozen=True)
class Sifted:
    """Texts with gold that may be trained on, by split, and what became of all that were read."""

    texts: dict[str, list[Reference]]
    counts: dict[str, int]


def sift(references: Iterable[Reference], retained: HeldOut, held_out: HeldOut) -> Sifted:
    """Leave out what repeats, or nearly equals a text that something is tested on.

    retained: the retained gold. held_out: dev and test of the other corpora. A tenth of the rest
    is for dev (`assign_split`), all other texts are for training: the retained gold is the test.
    Raises UserError when nothing is left.
    """
    counts = dict.fromkeys(("read", "repeated", "near the retained gold", "near another test"), 0)
    unique: dict[str, Reference] = {}
    for reference in references:
        counts["read"] += 1
        unique.setdefault(normalise(reference.text), reference)
    counts["repeated"] = counts["read"] - len(unique)
    texts = [reference.text for reference in unique.values()]
    near = zip(retained.near_many(texts), held_out.near_many(texts), strict=True)
    sifted: dict[str, list[Reference]] = {"train": [], "dev": []}
    for reference, (in_retained, in_other) in zip(unique.values(), near, strict=True):
        if in_retained:
            counts["near the retained gold"] += 1
        elif in_other:
            counts["near another test"] += 1
        else:
            split = "dev" if assign_split(reference.text) == "dev" else "train"
            sifted[split].append(reference)
    if not sifted["train"]:
        told = ", ".join(f"{count} {what}" for what, count in counts.items())
        raise UserError(
            f"No text of vars.replay_gold can be trained on: {told}.",
            "Give other texts than those of vars.retained_gold, which are the test.",
        )
    return Sifted(sifted, counts)


@dataclass(frozen=True)
class GoldLabels:
    """Which labels of the model a label of the gold may stand for, and which the gold covers."""

    model_labels: dict[str, frozenset[str]]

    @property
    def covered(self) -> frozenset[str]:
        """Labels of the model for which the gold is right, also where it has no span."""
        return frozenset().union(*self.model_labels.values())


def read_gold_labels(gold: RetainedGold, scheme: Scheme) -> GoldLabels:
    """The labels that occur in the gold, as the model calls them.

    Raises UserError when none of them stands for a label of the base.
    """
    seen = {span.label for reference in gold.references for span in reference.spans}
    label_map = gold.label_map if gold.label_map is not None else {label: label for label in seen}
    found = defaultdict(set)
    for label, gold_label in label_map.items():
        if label in scheme.base and gold_label in seen:
            found[gold_label].add(label)
    if not found:
        raise UserError(
            f"No label of vars.replay_gold ({', '.join(sorted(seen)) or 'none'}) stands for one of "
            f"the base ({', '.join(sorted(scheme.base))}).",
            "Say which stands for which in vars.replay_gold_map, or give gold for these labels.",
        )
    return GoldLabels({label: frozenset(labels) for label, labels in found.items()})


def replay_docs(
    teachers: Teachers, scheme: Scheme, references: Sequence[Reference], labels: GoldLabels
) -> Iterator[Doc]:
    """The texts as Docs: gold, completed by both teachers for what it does not cover."""
    docs = (make_replay_doc(teachers.base, reference) for reference in references)
    labelled = teachers.label(docs)
    for reference, (doc, predicted) in zip(references, labelled, strict=True):
        predicted.keep_in(doc)
        gold = gold_labelling(doc, reference, labels, predicted.base)
        complete_replay(gold, predicted.base, predicted.specialist, labels.covered, scheme).write(
            doc
        )
        yield doc


def make_replay_doc(nlp: Language, reference: Reference) -> Doc:
    """A tokenized text with its provenance."""
    doc = nlp.make_doc(reference.text)
    set_provenance(doc, Provenance("replay", (), hash_text(reference.text)))
    return doc


def gold_labelling(
    doc: Doc, reference: Reference, labels: GoldLabels, base: Collection[TokenSpan]
) -> Labelling:
    """The gold of a text with the model's labels, spans of other labels left out.

    Where a gold label may stand for several of the model's (LOC for GPE, LOC and FAC), the base's
    word decides among them, and without one the tokens are missing.
    """
    spans = [CharSpan(*span) for span in reference.spans if span.label in labels.model_labels]
    resolved = resolve(doc, spans, lambda _: None)
    places = {(span.start, span.end): span.label for span in base}
    entities, unclear = [], []
    for span in token_spans(resolved.entities):
        candidates = labels.model_labels[span.label]
        chosen = candidates & {places.get((span.start, span.end))}
        if len(candidates) == 1 or chosen:
            (label,) = chosen or candidates
            entities.append(span._replace(label=label))
        else:
            unclear.append(span)
    return Labelling(entities, resolved.missing | missing_tokens(doc, reference)).doubt(unclear)


def missing_tokens(doc: Doc, reference: Reference) -> set[int]:
    """The tokens of which the gold says that nobody knows about them."""
    ranges = [doc.char_span(*part, alignment_mode="expand") for part in reference.missing]
    return {token.i for span in ranges if span is not None for token in span}
