"""Whether what the base adds of shared labels stands: gold in dev decides, label by label."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from scripts.corpora.corpus import MIN_DEV_SPANS, Provenance, set_provenance, write_corpus
from scripts.evaluation.scores import CharSpan, Counts, entity_spans
from scripts.project.files import hash_text
from scripts.training.merging import BASE, Scheme
from scripts.training.pipelines import HOLD, MERGE
from scripts.training.shared_labels import (
    Merging,
    better_dropped,
    describe_trials,
    set_merging,
    settle_shared_labels,
)
from tests.small_ners import Spans, train_ner

TEXT = "Rose picks basil in Rome and Ann in Bonn ."
SCHEME = Scheme(annotated=frozenset({"PERSON"}), base=frozenset({"PERSON", "GPE"}))
SETTINGS = ("labels", "dropped", "held_first", "wins", "group")
ROSE, ANN, ROME = (0, 4, "PERSON"), (29, 32, "PERSON"), (20, 24, "GPE")


def counts(**labels: tuple[int, int, int]) -> dict[str, Counts]:
    return {label: Counts(*numbers) for label, numbers in labels.items()}


@pytest.mark.parametrize(
    ("kept", "dropped", "expected"),
    [
        ([(1, 1, 0)] * 40, [(1, 0, 0)] * 40, ["PERSON"]),  # half of what is added is wrong
        ([(1, 0, 0)] * 40, [(0, 0, 1)] * 40, []),  # all of it is right
        ([(1, 0, 0)] * 40, [(1, 0, 0)] * 40, []),  # nothing is added
        ([(1, 1, 0)] * 9, [(1, 0, 0)] * 9, []),  # too little gold to say so
        # One text in forty is better, which two others could turn.
        ([(1, 1, 0), *[(1, 0, 0)] * 39], [(1, 0, 0)] * 40, []),
    ],
)
def test_a_label_is_dropped_where_that_surely_gains(
    kept: list[tuple[int, int, int]], dropped: list[tuple[int, int, int]], expected: list[str]
) -> None:
    before = [counts(PERSON=text, ORG=(9, 9, 99)) for text in kept]
    after = [counts(PERSON=text, ORG=(0, 0, 108)) for text in dropped]
    assert better_dropped(before, after, ["PERSON", "ORG"]) == expected


def double(*second: tuple[int, int, str], base: Spans) -> Language:
    """A second ner before a base's, as ours put them."""
    nlp = train_ner(TEXT, second, name="ner_update")
    shared = {"labels": ["PERSON"], "group": "ner_update"}
    nlp.add_pipe(HOLD, name="hold_shared", config=shared)
    nlp.add_pipe("ner", source=train_ner(TEXT, base))
    nlp.add_pipe(MERGE, name="merge_shared", config=shared)
    return nlp


def write_dev(folder: Path, nlp: Language, gold: Spans, raw_text: str, raw: Spans) -> None:
    """Enough gold, and raw texts with the base's words."""
    for path, text, spans in (("gold/dev", TEXT, gold), ("rehearsal/dev", raw_text, raw)):
        doc = nlp.make_doc(text)
        found = [doc.char_span(*span) for span in spans]
        doc.ents = found if path == "gold/dev" else []
        doc.spans[BASE] = found
        set_provenance(doc, Provenance("gold", (), hash_text(text)))
        write_corpus([doc] * MIN_DEV_SPANS, folder / path)


@pytest.mark.parametrize(
    ("gold", "dropped", "left"), [([ANN], ["PERSON"], [ROME, ANN]), ([ROSE, ANN], [], None)]
)
def test_gold_in_dev_decides_what_is_dropped(
    gold: Spans, dropped: list[str], left: Spans | None, tmp_path: Path
) -> None:
    nlp = double(ANN, base=[ROSE, ROME])
    write_dev(tmp_path, nlp, gold, TEXT, [ROME])
    *others, settled = settle_shared_labels(nlp, tmp_path, SCHEME)
    assert settled.merging == Merging(dropped, wins=False)
    assert settled not in others
    set_merging(nlp, settled.merging)
    nlp.to_disk(tmp_path / "model")
    found = entity_spans(spacy.load(tmp_path / "model")(TEXT))
    assert found == [CharSpan(*span) for span in left or [ROSE, ROME, ANN]]


@pytest.mark.parametrize(("raw_text", "wins"), [("Bonn is a town .", True), (TEXT, False)])
def test_it_wins_where_that_gains_and_costs_nothing_on_raw_text(
    raw_text: str, wins: bool, tmp_path: Path
) -> None:
    # The base takes Ann for a place; on the second raw text that is believed, too.
    nlp = double(ANN, base=[ROME, (29, 32, "GPE")])
    raw = entity_spans(nlp(raw_text))
    write_dev(tmp_path, nlp, [ANN], raw_text, [*raw])
    assert any(span.label == "GPE" for span in raw)
    tried = settle_shared_labels(nlp, tmp_path, SCHEME)
    assert tried[-1].merging == Merging([], wins=wins)
    told = {one.wins: one for one in describe_trials(tried, SCHEME) if not one.dropped}
    assert told[wins].taken
    assert not told[not wins].taken
    assert (told[True].shared_f, told[False].shared_f) == (100, 0)
    assert round(told[True].retained_f) == (100 if wins else 67)  # one of two is lost


def test_with_precedence_base_it_never_wins(tmp_path: Path) -> None:
    nlp = double(ANN, base=[ROME, (29, 32, "GPE")])
    config = {**nlp.get_pipe_config("merge_shared"), "held_first": False}
    nlp.replace_pipe("merge_shared", MERGE, config={k: config[k] for k in SETTINGS})
    write_dev(tmp_path, nlp, [ANN], TEXT, [ROME])
    tried = settle_shared_labels(nlp, tmp_path, SCHEME)
    assert tried
    assert not any(one.merging.wins for one in tried)


def test_without_shared_labels_there_is_nothing_to_settle(tmp_path: Path) -> None:
    assert settle_shared_labels(train_ner(TEXT, [ROSE]), tmp_path, SCHEME) == []
