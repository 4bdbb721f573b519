"""Whether what the base adds of shared labels stands: gold in dev decides, label by label."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from scripts.corpora.corpus import MIN_DEV_SPANS, Provenance, set_provenance, write_corpus
from scripts.evaluation.scores import CharSpan, Counts, LabelCounts, entity_spans
from scripts.project.files import hash_text
from scripts.training.filling import count_fills, read_fills
from scripts.training.merging import BASE, Scheme
from scripts.training.pipelines import HOLD, MERGE
from scripts.training.shared_labels import (
    Fills,
    Merging,
    better_dropped,
    describe_trials,
    set_merging,
    settle_shared_labels,
)
from tests.small_ners import Spans, train_ner

TEXT = "Rose picks basil in Rome and Ann in Bonn ."
SCHEME = Scheme(annotated=frozenset({"PERSON"}), base=frozenset({"PERSON", "GPE"}))
GOLD = [("gold", "dev"), ("merged", "dev"), ("merged", "train")]
SETTINGS = ("labels", "dropped", "held_first", "wins", "group")
ROSE, ANN, ROME = (0, 4, "PERSON"), (29, 32, "PERSON"), (20, 24, "GPE")


def counts(**labels: tuple[int, int, int]) -> dict[str, Counts]:
    return {label: Counts(*numbers) for label, numbers in labels.items()}


Rows = list[tuple[int, int, int]]


@pytest.mark.parametrize(
    ("kept", "alone", "base", "train", "expected"),
    [
        # Half of what is added is wrong, in dev as elsewhere.
        ([(1, 1, 0)] * 40, [(1, 0, 0)] * 40, [(1, 1, 0)] * 40, [(1, 1, 0)] * 200, ["PERSON"]),
        # All of it is right.
        ([(1, 0, 0)] * 40, [(0, 0, 1)] * 40, [(1, 0, 0)] * 40, [(1, 0, 0)] * 200, []),
        # Nothing is added.
        ([(1, 0, 0)] * 40, [(1, 0, 0)] * 40, [(0, 0, 1)] * 40, [(0, 0, 1)] * 200, []),
        # Too little gold to say so.
        ([(1, 1, 0)] * 9, [(1, 0, 0)] * 9, [(1, 1, 0)] * 9, [(1, 1, 0)] * 200, []),
        # One text in forty is better, which two others could turn.
        ([(1, 1, 0), *[(1, 0, 0)] * 39], [(1, 0, 0)] * 40, [(1, 0, 0)] * 40, [(1, 0, 0)] * 9, []),
        # Dev sees nothing wrong; in the training texts the base is wrong where nobody marked any.
        ([(1, 0, 0)] * 40, [(1, 0, 0)] * 40, [(1, 0, 0)] * 40, [(1, 1, 0)] * 200, ["PERSON"]),
        # As wrong, but it finds what the second ner misses: one in two.
        ([(2, 0, 0)] * 40, [(1, 0, 1)] * 40, [(2, 0, 0)] * 40, [(2, 1, 0)] * 200, []),
    ],
)
def test_a_label_is_dropped_where_that_surely_gains(
    kept: Rows, alone: Rows, base: Rows, train: Rows, expected: list[str]
) -> None:
    def people(rows: Rows, org: tuple[int, int, int] = (9, 9, 99)) -> list[LabelCounts]:
        return [counts(PERSON=text, ORG=org) for text in rows]

    fills = Fills(people(base), people(train, (9, 0, 99)))
    found = better_dropped(people(kept), people(alone, (0, 0, 108)), fills, ["PERSON", "ORG"])
    assert found == expected


def test_what_the_base_adds_to_annotated_texts_is_counted(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    doc = nlp.make_doc(TEXT)
    doc.set_ents([doc.char_span(*ANN)], missing=[doc[1:2]], default="outside")
    said = [ROSE, (29, 32, "PERSON"), (5, 10, "PERSON"), (33, 35, "PERSON"), ROME]
    doc.spans[BASE] = [doc.char_span(*span) for span in said]
    set_provenance(doc, Provenance("gold", (), hash_text(TEXT)))
    project = doc.copy()
    set_provenance(project, Provenance("project", (), hash_text(TEXT)))
    write_corpus([doc, project], tmp_path / "merged")
    # Ann is right, Rose and "in" are wrong, of "picks" nobody knows, Rome is not of a shared label.
    assert read_fills(tmp_path / "merged", SCHEME, nlp.vocab) == [counts(PERSON=(1, 2, 0))]


def test_an_entity_of_the_base_that_touches_gold_would_yield() -> None:
    doc = spacy.blank("en").make_doc(TEXT)
    doc.set_ents([doc.char_span(*ANN)], default="outside")
    doc.spans[BASE] = [doc.char_span(25, 32, "PERSON")]  # "and Ann"
    assert count_fills(doc, SCHEME) == counts(PERSON=(0, 0, 1))


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
    with nlp.select_pipes(enable=["ner"]):
        base = entity_spans(nlp(TEXT))
    annotated = [(f"{name}/{split}", TEXT, gold, base) for name, split in GOLD]
    for path, text, spans, said in [*annotated, ("rehearsal/dev", raw_text, [], raw)]:
        doc = nlp.make_doc(text)
        doc.ents = [doc.char_span(*span) for span in spans]
        doc.spans[BASE] = [doc.char_span(*span) for span in said]
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
