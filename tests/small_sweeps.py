"""Small sweeps: outcomes that nobody has trained, and teachers and corpora of a moment."""

from pathlib import Path

import spacy
import srsly

from scripts.corpora.corpus import write_corpus
from scripts.evaluation.bootstrap import Interval
from scripts.project.engines import LocalProcesses
from scripts.sweeping.records import Outcome
from scripts.training.labelling import Means
from scripts.training.merging import Scheme
from scripts.training.pipelines import describe_base
from scripts.training.records import DevScores
from scripts.training.rehearsal import Dose
from tests.small_ners import learn, train_ner
from tests.small_rehearsals import rehearse, sentence, write_gold

TEXT = "Ada saw an oak near Rome"
KNOWN = [(0, 3, "PERSON"), (20, 24, "GPE")]
RAW_TEXTS = 60
SPACE = {
    "strategy": ["interpolate", "two-teacher"],
    "rehearsal_docs": {"low": 20, "high": "all", "log": True},
    "update_learning_rate": {"low": 0.0005, "high": 0.002, "log": True},
    "alpha": {"low": 0.0, "high": 0.9},
}


def outcome(
    gained: float, kept: float, *, wide: float = 0.5, gold: bool = True, learnt: bool = True
) -> Outcome:
    """gained: F of the annotated labels. kept: change on gold in points, or agreement.

    wide: from the value to either bound.
    """
    interval = Interval(kept, kept - wide, kept + wide)
    return Outcome(
        scores=DevScores(
            update_score=50.0 if learnt else 0.0,
            annotated_f=gained,
            retained_f=90.0,
            false_alarms=1.0,
            agreement=Interval(90.0, 89.0, 91.0) if gold else interval,
            retained_gold_f=80.0 + kept if gold else None,
            retained_gold=interval if gold else None,
        ),
        raw_texts=100,
        seconds=2.0,
    )


def make_rehearsed(folder: Path) -> list[str]:
    """Base, specialist and corpora after `rehearse`; the options of `sweep` for them."""
    base, specialist = folder / "base", folder / "specialist"
    nlp = train_ner(TEXT, KNOWN)
    nlp.to_disk(base)
    srsly.write_json(folder / "base.json", describe_base(spacy.load(base), base, "base")._asdict())
    nlp.get_pipe("ner").add_label("PLANT")
    learn(nlp, TEXT, [(11, 14, "PLANT")])
    nlp.to_disk(specialist)
    corpus = folder / "corpus"
    write_gold(corpus, 3)
    srsly.write_json(corpus / "conversion.json", {"labels": {"annotated": ["PLANT"]}})
    scheme = Scheme(frozenset({"PLANT"}), frozenset({"GPE", "PERSON"}))
    means = Means(base, specialist, -1, scheme, "base", corpus / ".rehearse")
    rehearse(means, list(map(sentence, range(200))), Dose(RAW_TEXTS, 0), LocalProcesses(1))
    for split in ("train", "dev"):
        write_corpus([], corpus / "replay" / split)
    gold = folder / "dev_gold.json"
    srsly.write_json(gold, {"retained_gold": None, "retained_gold_map": None})
    options = {
        "base": base,
        "specialist": specialist,
        "corpus": corpus,
        "dev-gold": gold,
        "space": folder / "space.yml",
        "output": folder / "sweep.json",
        "study": folder / "sweep",
        "max-steps": 4,
    }
    srsly.write_yaml(folder / "space.yml", SPACE)
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]
