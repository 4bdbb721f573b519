"""Spans that may overlap: those of a group of the Doc, `doc.spans["sc"]`."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..corpora.corpus import MIN_DEV_SPANS, bare_copy, read_corpus
from ..evaluation.scores import CharSpan, add_counts, count_offsets, micro_counts
from ..project.errors import UserError
from .kind import UNKNOWN, Claims, Kind, Words, mark_unknown, read_unknown

KEY = "sc"  # the group that a spancat writes unless its spans_key says otherwise
COVERED = 0.99  # share of the annotated spans whose length the suggester must know
LONGEST = 64  # words of a span: every run of up to so many words is looked at
SUGGESTER = "spacy.ngram_suggester.v1"
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 19))  # 0.1 to 0.9


def read(doc: Doc) -> list[CharSpan]:
    """The spans of the group in the order of the text, each once."""
    spans = doc.spans.get(KEY, ())
    return sorted({CharSpan(one.start_char, one.end_char, one.label_) for one in spans})


def write(doc: Doc, claims: Claims, labels: Sequence[str]) -> None:
    """Write the spans, all of which fall on token borders, and note what is unknown."""
    found = (doc.char_span(span.start, span.end, span.label) for span in sorted({*claims.found}))
    doc.spans[KEY] = [span for span in found if span is not None]
    mark_unknown(doc, claims.unknown)


def refuse(nlp: Language) -> None:
    """Raises UserError for a base whose spans stand elsewhere, or are not a spancat's."""
    for name in nlp.pipe_names:
        factory, key = nlp.get_pipe_meta(name).factory, nlp.get_pipe_config(name).get("spans_key")
        if factory == "spancat" and key != KEY:
            raise UserError(
                f"The base's {name} writes doc.spans[{key!r}], an update doc.spans[{KEY!r}].",
                f"Set spans_key to {KEY!r} in nlp.get_pipe({name!r}).cfg and in "
                f"nlp.get_pipe_config({name!r}), save the pipeline, and give its folder as base.",
            )
        if factory != "spancat" and key == KEY:
            raise UserError(
                f"The base's {name}, a {factory}, writes doc.spans[{KEY!r}], as an update does.",
                "Take it out of the base, or let it write another group (spans_key).",
            )


def fit(block: dict[str, Any], docs: Iterable[Doc], *labels: Sequence[str]) -> None:
    """Let a spancat's block suggest the lengths of annotated spans beside those of the base.

    Every length up to the one that covers 99 of 100 spans. Raises UserError where that is too long
    for a suggester of all runs of words.
    """
    lengths = Counter(len(span) for doc in docs for span in doc.spans.get(KEY, ()))
    longest = covering(lengths)
    if longest > LONGEST:
        raise UserError(
            f"One of 100 annotated spans has {longest} words or more: a spancat looks at every run"
            f" of words, of up to {LONGEST} here.",
            "Annotate shorter spans, or give whole texts their classes (component: textcat).",
        )
    sizes = {*known_sizes(block.get("suggester", {})), *range(1, longest + 1)}
    if sizes:
        block["suggester"] = {"@misc": SUGGESTER, "sizes": sorted(sizes)}


def covering(lengths: Counter[int]) -> int:
    """The least length such that `COVERED` of the spans are as long or shorter; 0 without any."""
    covered, total = 0, lengths.total()
    for length in sorted(lengths):
        covered += lengths[length]
        if covered >= COVERED * total:
            return length
    return 0


def known_sizes(suggester: dict[str, Any]) -> list[int]:
    """The lengths that a suggester of spaCy's looks at, none for one of another kind.

    https://spacy.io/api/spancategorizer#suggesters
    """
    if "sizes" in suggester:
        return list(suggester["sizes"])
    if "max_size" in suggester:
        return list(range(suggester["min_size"], suggester["max_size"] + 1))
    return []


def ignore_unknown(pipe: Any) -> None:
    """Let a spancat in memory learn nothing where nobody knows what is right.

    spaCy takes every span that is not annotated for a wrong one (spacy/pipeline/spancat.py,
    get_loss). Here the gradient is 0 for those that overlap an unknown span of the same label, or
    of none; what is known to be right there is learnt.
    """
    judge: Callable[..., tuple[float, Any]] = pipe.get_loss

    def get_loss(examples: Sequence[Example], spans_scores: Any) -> tuple[float, Any]:
        spans, scores = spans_scores
        loss, gradients = judge(examples, spans_scores)
        right = scores - gradients  # 1 or 0: spaCy's gradient is the score less that
        doubted = pipe.model.ops.asarray(find_doubted(pipe, examples, spans))
        return loss, gradients * (1 - doubted * (1 - right))

    pipe.get_loss = get_loss


def find_doubted(pipe: Any, examples: Sequence[Example], candidates: Any) -> Any:
    """1 for each candidate and label of which nobody knows, else 0: [candidates, labels].

    candidates: Ragged, for each example [spans, 2] of token indices, end excluded.
    """
    parts = []
    for number, example in enumerate(examples):
        places = pipe.model.ops.to_numpy(candidates[number].dataXd).reshape(-1, 2)
        doubted = np.zeros((len(places), len(pipe.labels)), dtype="f")
        for unknown in example.reference.spans.get(UNKNOWN, ()):
            overlapping = (places[:, 0] < unknown.end) & (unknown.start < places[:, 1])
            alike = np.array([unknown.label_ in ("", label) for label in pipe.labels])
            doubted[np.outer(overlapping, alike)] = 1
        parts.append(doubted)
    return np.concatenate(parts)


def settle(trained: Path, dev: Path, labels: Iterable[str]) -> None:
    """Give a trained spancat, alone in its pipeline, the threshold that is best for labels on dev.

    dev: a corpus of gold. With few spans in it the threshold stays as it is.
    """
    nlp = spacy.load(trained)
    (name,) = nlp.pipe_names
    wanted, gold = set(labels), list(read_corpus(dev, nlp.vocab))
    if sum(span.label in wanted for doc in gold for span in read(doc)) < MIN_DEV_SPANS:
        return
    pipe, known = nlp.get_pipe(name), [SPANCAT.reference(doc) for doc in gold]
    pipe.cfg["threshold"] = THRESHOLDS[0]  # so that scores below those of the others are there
    found = [read_scored(doc) for doc in nlp.pipe(bare_copy(doc, nlp.vocab) for doc in gold)]
    threshold = best_threshold(known, found, wanted)
    pipe.cfg["threshold"] = nlp.get_pipe_config(name)["threshold"] = threshold
    nlp.to_disk(trained)


def read_scored(doc: Doc) -> dict[CharSpan, float]:
    """The spans that a spancat has found, with its scores."""
    group = doc.spans.get(KEY, ())
    places = [CharSpan(one.start_char, one.end_char, one.label_) for one in group]
    return dict(zip(places, map(float, group.attrs["scores"]), strict=True)) if places else {}


def certainty(doc: Doc, labels: Collection[str]) -> float:
    """How sure the least sure span with one of these labels is. Of spans below the threshold the
    Doc says nothing.
    """
    scores = [score for span, score in read_scored(doc).items() if span.label in labels]
    return min(scores, default=1.0)


def best_threshold(
    gold: Sequence[tuple[list[CharSpan], list[tuple[int, int]]]],
    found: Sequence[dict[CharSpan, float]],
    labels: Iterable[str],
) -> float:
    """The threshold with the highest F of the labels; of equals that nearest to a half.

    gold: for each text what is right, and offsets of what nobody knows. found: scores.
    """

    def score(threshold: float) -> tuple[float, float]:
        texts = (
            count_offsets(
                right, [one for one, sure in scores.items() if sure >= threshold], unknown
            )
            for (right, unknown), scores in zip(gold, found, strict=True)
        )
        return micro_counts(add_counts(texts), labels).f, -abs(threshold - 0.5)

    return max(THRESHOLDS, key=score)


SPANCAT = Kind(
    words=Words(
        answer="span",
        answers="spans",
        span="span",
        spans="spans",
        right="A span is right when its start, its end and its label are.",
        task="SPANCAT",
        hub="token-classification",
        show='[(span.text, span.label_) for span in doc.spans["sc"]]',
    ),
    component="spancat",
    factories=("spancat",),
    results="labels",
    companions=("hold_spans_v1", "merge_spans_v1"),
    scores="spans_sc",
    exclusive=False,
    borders=True,
    read=read,
    unknown=read_unknown,
    write=write,
    teaches=lambda doc: KEY in doc.spans,
    score=lambda doc, answer: read_scored(doc).get(answer),
    certainty=certainty,
    refuse=refuse,
    fit=fit,
    prepare=ignore_unknown,
    settle=settle,
)
