"""Does `insight` find wrong annotations, and does its learning curve foretell what more bring?

    python -m tests.benchmarks.insight FOLDER [--data ner_drugs] [--texts 600]

Public annotations (see CONTRIBUTING.md) are spoiled at random: of one entity in twenty the
annotation is dropped, moved at a border, or given another label. The specialists of `insight` are
trained on that, and its ranking of the texts is compared with the truth, with chance, and with
cleanlab's (Apache-2.0) where that is installed. The learning curve is fitted without its last
point, which it has to foretell. FOLDER keeps all trainings: ended, it goes on where it stood.
"""

import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import srsly
import typer
from spacy.language import Language
from spacy.tokens import Doc, Span

from scripts.corpora.annotated_text import read_annotated_texts
from scripts.corpora.corpus import Provenance, set_provenance, write_corpus
from scripts.corpora.splits import assign_split
from scripts.evaluation.bootstrap import f_scores
from scripts.evaluation.scores import CharSpan, entity_spans
from scripts.insights.disagreements import by_text, find_disagreements
from scripts.insights.folds import GoldText, read_gold
from scripts.insights.learning_curve import (
    SAMPLING,
    average_sizes,
    count_texts,
    fit_law,
    measure_curve,
    resample,
)
from scripts.insights.records import Disagreement
from scripts.insights.summary import pair
from scripts.insights.trainings import Means, Outcome, train_all
from scripts.project.files import hash_text, write_json
from scripts.training.learning import Learning
from scripts.training.pipelines import describe_base, load_pipeline
from tests.workflow.conftest import ROOT

DATA = ROOT.parent / "shared" / "data"
BASE = DATA / "pipelines/en_core_web_sm_v23_port"
SPOILED = 0.05  # of the entities
FIRST = (25, 50, 100)  # texts that somebody looks at


class Spoilt(NamedTuple):
    """A Doc, and the parts of its text whose annotation is wrong: offsets and how."""

    doc: Doc
    wrong: list[tuple[int, int, str]]


def main(
    folder: Annotated[Path, typer.Argument(help="for the trainings and insight_benchmark.json")],
    data: Annotated[str, typer.Option(help="bc5cdr or ner_drugs")] = "bc5cdr",
    texts: Annotated[int, typer.Option(help="annotated texts")] = 800,
    workers: Annotated[int, typer.Option(help="processes, 0 for one a core")] = 0,
) -> None:
    """Measure the ranking of probable errors and the learning curve."""
    means = prepare(folder)
    spoilt = spoil_all(load_pipeline(means.base), data, texts, random.Random(0))
    write_gold([one.doc for one in spoilt], means.corpus)
    outcomes = list(train_all(means, workers))
    gold = read_gold(means.corpus)
    wrong = {one.doc.user_data["hash"]: one.wrong for one in spoilt}
    labels = sorted({ent.label_ for text in gold for ent in text.doc.ents})
    result = {
        "data": data,
        "texts": len(gold),
        "ranking": judge_ranking(gold, outcomes, wrong),
        "curve": judge_curve(gold, outcomes, labels),
        "seconds": sum(one.seconds for one in outcomes),
    }
    write_json(folder / "insight_benchmark.json", result)
    print(srsly.json_dumps(result, indent=2))


def prepare(folder: Path) -> Means:
    """The base with its record, and an empty folder for the corpora."""
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / "base"
    nlp = load_pipeline(BASE)
    if not base.exists():
        nlp.to_disk(base)
    record = describe_base(nlp, base, "port")
    write_json(base.with_suffix(".json"), record._asdict())
    config = ROOT / "configs/specialist.cfg"
    corpus, work = folder / "corpus", folder / "work"
    return Means(base, record, config, corpus, work, 0, -1, 0, Learning())


def spoil_all(nlp: Language, data: str, texts: int, chance: random.Random) -> list[Spoilt]:
    """Annotated texts, one entity in twenty of them spoiled."""
    lines = {
        line.text: line for line in read_annotated_texts(DATA / f"datasets/{data}/train.jsonl")
    }
    docs = []
    for line in islice(lines.values(), texts):
        doc = nlp.make_doc(line.text)
        spans = [doc.char_span(s.start, s.end, label=s.label) for s in line.entities]
        doc.ents = [span for span in spans if span is not None]
        set_provenance(doc, Provenance("gold", (len(docs) + 1,), hash_text(line.text)))
        docs.append(doc)
    labels = sorted({ent.label_ for doc in docs for ent in doc.ents})
    return [spoil(doc, labels, chance) for doc in docs]


def spoil(doc: Doc, labels: Sequence[str], chance: random.Random) -> Spoilt:
    """A Doc, some of whose entities are dropped, moved at a border or labelled otherwise."""
    ways = ["dropped", "borders", *(["label"] if len(labels) > 1 else [])]
    kept: list[Span] = []
    wrong = []
    for ent in doc.ents:
        way = chance.choice(ways) if chance.random() < SPOILED else None
        start, end, label = ent.start, ent.end, ent.label_
        if way == "label":
            label = chance.choice([other for other in labels if other != label])
        elif way == "borders":
            start, end = move(doc, start, end, chance)
        if way != "dropped":
            kept.append(Span(doc, start, end, label))
        if way:
            both = doc[min(start, ent.start) : max(end, ent.end)]
            wrong.append((both.start_char, both.end_char, way))
    taken_tokens: set[int] = set()
    doc.ents = [s for s in kept if not _taken(s, taken_tokens)]
    return Spoilt(doc, wrong)


def _taken(span: Span, tokens: set[int]) -> bool:
    own = set(range(span.start, span.end))
    clash = bool(own & tokens)
    tokens |= own
    return clash


def move(doc: Doc, start: int, end: int, chance: random.Random) -> tuple[int, int]:
    """Another border: a word less, if there are two, or a word more on either side."""
    choices = [(start - 1, end), (start, end + 1)]
    if end - start > 1:
        choices = [(start + 1, end), (start, end - 1)]
    fit = [(a, b) for a, b in choices if a >= 0 and b <= len(doc)]
    return chance.choice(fit)


def write_gold(docs: Sequence[Doc], corpus: Path) -> None:
    """The corpora as `convert` writes them."""
    for split in ("train", "dev", "test"):
        write_corpus([d for d in docs if assign_split(d.text) == split], corpus / "gold" / split)
    labels = sorted({ent.label_ for doc in docs for ent in doc.ents})
    write_json(corpus / "conversion.json", {"labels": {"annotated": labels}})


def judge_ranking(
    gold: Sequence[GoldText], outcomes: Sequence[Outcome], wrong: dict[str, list[Any]]
) -> dict[str, Any]:
    """How early texts with a spoiled annotation come, by several rankings."""
    pairs = pair(gold, outcomes)
    ranked = find_disagreements(pairs)
    rankings = {
        "insight": text_order(ranked, gold),
        "its person's version alone": text_order(sorted(ranked, key=doubt, reverse=True), gold),
        "any disagreement, by chance": text_order(shuffled(ranked), gold),
        **cleanlab_ranking(pairs),
    }
    bad = {key for key, places in wrong.items() if places}
    spoiled = sum(map(len, wrong.values()))
    found = sum(any(hits(one, place) for one in ranked) for place in all_places(wrong))
    by_kind = {
        way: [
            sum(any(hits(one, place) for one in ranked) for place in all_places(wrong, way)),
            len(all_places(wrong, way)),
        ]
        for way in ("dropped", "borders", "label")
    }
    return {
        "spoiled entities": spoiled,
        "texts with one": len(bad),
        "disagreements": len(ranked),
        "spoiled entities that are disagreed about": found,
        "the same by kind": by_kind,
        "chance": len(bad) / len(gold),
        **{name: judge_order(order, bad) for name, order in rankings.items()},
    }


class Place(NamedTuple):
    """A spoiled annotation."""

    hash: str
    start: int
    end: int


def all_places(wrong: dict[str, list[Any]], way: str | None = None) -> list[Place]:
    """All spoiled annotations, or those that were spoiled in one way."""
    return [
        Place(key, start, end)
        for key, places in wrong.items()
        for start, end, how in places
        if way in (None, how)
    ]


def hits(one: Disagreement, place: Place) -> bool:
    """Whether a disagreement is about a spoiled annotation."""
    return one.hash == place.hash and any(
        span.start < place.end and place.start < span.end for span in (*one.person, *one.model)
    )


def doubt(one: Disagreement) -> float:
    """The specialist's doubt in the person's version, whatever it holds for right itself."""
    if one.person:
        return 1 - min(span.score for span in one.person)
    return min(span.score for span in one.model)


def shuffled(ranked: Sequence[Disagreement]) -> list[Disagreement]:
    """In any order."""
    mixed = list(ranked)
    random.Random(0).shuffle(mixed)
    return mixed


def text_order(ranked: Sequence[Disagreement], gold: Sequence[GoldText]) -> list[str]:
    """Hashes of the texts by their worst disagreement, those without any last."""
    first = [group[0].hash for group in by_text(ranked)]
    rest = [text.doc.user_data["hash"] for text in gold]
    return list(dict.fromkeys([*first, *rest]))


def judge_order(order: Sequence[str], bad: set[str]) -> dict[str, float]:
    """Precision among the first texts, and recall among the first tenth and fifth."""
    right = np.array([key in bad for key in order])
    precision = np.cumsum(right) / np.arange(1, len(order) + 1)
    return {
        **{f"precision at {k}": round(float(precision[k - 1]), 3) for k in FIRST},
        "recall in 10 %": round(float(right[: len(order) // 10].sum() / len(bad)), 3),
        "recall in 20 %": round(float(right[: len(order) // 5].sum() / len(bad)), 3),
        "average precision": round(float(precision[right].mean()), 3),
    }


def cleanlab_ranking(pairs: Sequence[tuple[Doc, Any]]) -> dict[str, list[str]]:
    """Texts by cleanlab's token classification, from the same beams; nothing without cleanlab."""
    try:
        from cleanlab.token_classification.rank import get_label_quality_scores
    except ImportError:
        return {}
    labels = sorted({span[2] for _, said in pairs for span in said.believed})
    tags = ["O", *(f"{iob}-{label}" for label in labels for iob in "BI")]
    gold, probabilities = [], []
    for doc, said in pairs:
        gold.append([tags.index(tag) for tag in iob_tags(doc, entity_spans(doc), tags)])
        matrix = np.zeros((len(doc), len(tags)))
        for *offsets, label, probability in said.believed:
            span = CharSpan(offsets[0], offsets[1], label)
            for token, tag in enumerate(iob_tags(doc, [span], tags)):
                if tag != "O":
                    matrix[token, tags.index(tag)] += probability
        matrix[:, 0] = np.clip(1 - matrix[:, 1:].sum(axis=1), 0, 1)
        probabilities.append((matrix + 1e-6) / (matrix + 1e-6).sum(axis=1, keepdims=True))
    scores, _ = get_label_quality_scores(gold, probabilities)
    order = np.argsort(scores, kind="stable")
    return {"cleanlab": [pairs[place][0].user_data["hash"] for place in order]}


def iob_tags(doc: Doc, spans: Sequence[CharSpan], tags: Sequence[str]) -> list[str]:
    """A tag for each token; of labels that nobody believes in, O."""
    found = ["O"] * len(doc)
    for start, end, label in spans:
        span = doc.char_span(start, end)
        if span is not None and f"B-{label}" in tags:
            found[span.start : span.end] = [f"I-{label}"] * len(span)
            found[span.start] = f"B-{label}"
    return found


def judge_curve(
    gold: Sequence[GoldText], outcomes: Sequence[Outcome], labels: Sequence[str]
) -> dict[str, Any]:
    """What the law foretells of the last doubling from what came before it, and what it brought."""
    folds = np.array([text.fold for text in gold])
    counts, sizes = count_texts(gold, outcomes, labels), average_sizes(outcomes)
    curve = measure_curve(counts, folds, sizes, SAMPLING)
    x = np.array([texts for texts, _ in sizes[:-1]]) / sizes[-2][0]
    whole, draws = f_scores(counts.sum(axis=0)), resample(counts, folds, SAMPLING)
    law, laws = fit_law(x, 1 - whole[:-1]), fit_law(x, 1 - draws[:, :-1])
    bounds = np.quantile(laws.at(1.0) - laws.at(2.0), [0.05, 0.95])
    return {
        "texts and F": [[point.texts, round(point.f.value, 1)] for point in curve.points],
        "law": [round(value, 3) for value in (curve.floor, curve.scale, curve.exponent)],
        "last doubling, foretold": round(100 * float(law.at(1.0) - law.at(2.0)), 1),
        "with bounds": [round(100 * float(bound), 1) for bound in bounds],
        "last doubling": round(100 * float(whole[-1] - whole[-2]), 1),
        "F foretold": round(100 * float(1 - law.at(2.0)), 1),
        "F": round(100 * float(whole[-1]), 1),
        "sentence": curve.sentence,
    }


if __name__ == "__main__":
    typer.run(main)
