"""Functions registered for training configs: `spacy train CONFIG --code scripts/functions.py`."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_config

# spaCy runs this file by its path: the package is found from the project's folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import beside, components  # noqa: F401  (a base of ours may need them)
from scripts.corpora.corpus import bare_copy, get_provenance, read_corpus
from scripts.evaluation.scores import LabelCounts, add_counts, count_spans, micro_counts
from scripts.kinds.known import find_kind
from scripts.kinds.resuming import resume
from scripts.kinds.teaching import count_answers
from scripts.training.actions import forget_labels
from scripts.training.context import see_whole_text
from scripts.training.merging import (
    FORMER,
    Scheme,
    make_aware,
    make_aware_on_raw_text,
    read_labelling,
    token_spans,
)

Reader = Callable[[Language], Iterator[Example]]
Scorer = Callable[..., dict[str, float]]


def read_scheme(conversion: Path, base: Path) -> Scheme:
    """The scheme of an update, from what `convert` and `base` wrote (JSON)."""
    known = srsly.read_json(base)
    return Scheme(
        frozenset(srsly.read_json(conversion)["labels"]["annotated"]),
        frozenset(known["labels"]),
        frozenset(known.get("taught", ())),
    )


@spacy.registry.readers("update.Corpora.v1")
def create_corpora_reader(paths: list[str], gold_repeat: int = 1) -> Reader:
    """Read several corpora as they are stored; examples of gold `gold_repeat` times."""

    def read(nlp: Language) -> Iterator[Example]:
        for path in map(Path, paths):
            for doc in read_corpus(path, nlp.vocab):
                yield from _examples(doc, gold_repeat)

    return read


@spacy.registry.readers("update.AwareCorpora.v1")
def create_aware_reader(
    paths: list[str], conversion: Path, base: Path, gold_repeat: int = 1
) -> Reader:
    """Read several corpora for a second ner that stands beside the frozen base.

    The base's entities of retained labels are outside, and what the specialist finds in raw text
    is missing (`merging.make_aware_on_raw_text`).
    """
    scheme = read_scheme(conversion, base)

    def read(nlp: Language) -> Iterator[Example]:
        for path in map(Path, paths):
            for doc in read_corpus(path, nlp.vocab):
                rewrite_aware(doc, scheme)
                yield from _examples(doc, gold_repeat)

    return read


def rewrite_aware(doc: Doc, scheme: Scheme) -> None:
    """Rewrite `doc.ents` of a stored Doc for a second ner beside the frozen base."""
    former = token_spans(doc.spans[FORMER])
    aware = make_aware_on_raw_text if get_provenance(doc).source == "raw" else make_aware
    aware(read_labelling(doc), former, scheme).write(doc)


def _examples(doc: Doc, gold_repeat: int) -> Iterator[Example]:
    for _ in range(gold_repeat if get_provenance(doc).source == "gold" else 1):
        yield Example(bare_copy(doc, doc.vocab), doc)


@spacy.registry.readers("update.Answers.v1")
def create_answers_reader(paths: list[str], base: Path, gold_repeat: int = 1) -> Reader:
    """Read several corpora for another component than ner; Docs that teach it nothing are left out.

    base: what `base` wrote (JSON), which names the component.
    """
    kind = find_kind(srsly.read_json(base)["component"])

    def read(nlp: Language) -> Iterator[Example]:
        for path in map(Path, paths):
            for doc in read_corpus(path, nlp.vocab):
                if kind.teaches(doc):
                    yield from _examples(doc, gold_repeat)

    return read


@spacy.registry.readers("update.Labels.v1")
def create_labels_reader(labels: list[str]) -> list[str]:
    """The labels of a component to initialize, as `beside.write_labels` writes them."""
    return beside.read_labels(labels)


@spacy.registry.callbacks("update.resume.v1")
def create_resume(
    component: str,
    conversion: Path,
    base: Path,
    base_record: Path,
    source: str | None = None,
    start: Path | None = None,
) -> Callable[[Language], None]:
    """After initialization: take over weights, and score old and new labels alike.

    source: the component to go on from; None where there is none. start: the pipeline that has it,
    None for the base. The scorer lives in memory only, as that of `update.prepare_ner.v1`.
    """
    record = srsly.read_json(base_record)
    kind = find_kind(record["component"])
    scheme, go_on = read_scheme(conversion, base_record), resume(component, start or base, source)
    # Where labels do not exclude each other, the base's answers stand as they are, but for those of
    # an earlier update, which gives way to this one.
    known = scheme.base if kind.exclusive else earlier_labels(base, record)
    alarms = frozenset() if kind.exclusive else scheme.new

    def prepare(nlp: Language) -> None:
        go_on(nlp)
        pipe = nlp.get_pipe(component)
        kind.prepare(pipe)
        scorer = create_scorer(
            Scheme(scheme.annotated, known), lambda *docs: count_answers(kind, *docs), alarms
        )
        pipe.scorer = but_the_start(scorer) if start else scorer

    return prepare


def earlier_labels(base: Path, record: Mapping[str, Any]) -> frozenset[str]:
    """The labels for which the second component of a base that is itself an update has the say.

    record: what `base` wrote (JSON).
    """
    known = load_config(Path(base) / "config.cfg")["components"]
    blocks = (known[name] for name in record["former_companions"])
    return frozenset(beside.read_labels(chain(*(one.get("labels", ()) for one in blocks))))


@spacy.registry.callbacks("update.prepare_ner.v1")
def create_prepare_ner(
    component: str, conversion: Path, base: Path, forget: bool = False, context: bool = False
) -> Callable[[Language], None]:
    """After initialization: add labels to a sourced ner, and score old and new alike.

    It gets those of the annotators, and those of a teacher in the base's place.

    spaCy ignores the labels and the scorer in the block of a sourced component. The scorer lives
    in memory only: the trained ner is saved with its own.

    forget: take all other labels out of the ner, which stands beside one that has them. As it is
    then, it takes no notice of that one: before its first step it is no checkpoint to choose.
    context: let the ner see the whole text (`context_tok2vec_v1`).
    """
    scheme = read_scheme(conversion, base)

    def prepare(nlp: Language) -> None:
        ner = nlp.get_pipe(component)
        for label in sorted(scheme.annotated | scheme.taught):
            ner.add_label(label)
        if forget:
            forget_labels(ner, scheme.annotated)
        if context:
            see_whole_text(ner, nlp.get_pipe_config(component)["model"])
        scorer = create_scorer(scheme.silver)
        ner.scorer = but_the_start(scorer) if forget else scorer

    return prepare


def but_the_start(scorer: Scorer) -> Scorer:
    """The scorer with an `update_score` of -1, under all others, when it is called first.

    spaCy scores before the first step (spacy/training/loop.py). The specialist is good on gold and
    hardly ever meets entities of the base on dev, so that it would win now and then.
    """
    calls = count()

    def score(examples: Iterable[Example], **kwargs: object) -> dict[str, float]:
        scores = scorer(examples, **kwargs)
        return scores if next(calls) else {**scores, "update_score": -1.0}

    return score


def create_scorer(
    scheme: Scheme,
    count_labels: Callable[[Doc, Doc], LabelCounts] = count_spans,
    alarms: frozenset[str] = frozenset(),
) -> Scorer:
    """A scorer by which the checkpoint is chosen: new and old labels weigh alike.

    `annotated_f` is the micro F of the annotated labels on gold; `retained_f` that of the retained
    labels on all texts, labelled by the base. `update_score` is their harmonic mean: 0 for the
    untouched base, to which a plain dev score would give full marks, and 0 for a model that has
    forgotten. With nothing to score of one kind it is the other's F.

    count_labels: the counts of reference and prediction, per label.
    alarms: annotated labels that count in `annotated_f` on raw text, too. Where nothing of the
    base's speaks against a label, and each annotated text has it, only raw text shows a model that
    gives it to everything.
    """

    def score(examples: Iterable[Example], **_: object) -> dict[str, float]:
        gold, everything = [], []
        for example in examples:
            counts = count_labels(example.reference, example.predicted)
            everything.append(counts)
            source = get_provenance(example.reference).source
            if source == "gold":
                gold.append(counts)
            elif source == "raw":
                gold.append({label: counts[label] for label in alarms & counts.keys()})
        annotated = micro_counts(add_counts(gold), scheme.annotated)
        retained = micro_counts(add_counts(everything), scheme.retained)
        scored = [counts.f for counts in (annotated, retained) if counts.support]
        harmonic = len(scored) / sum(1 / f for f in scored) if scored and all(scored) else 0.0
        return {"annotated_f": annotated.f, "retained_f": retained.f, "update_score": harmonic}

    return score
