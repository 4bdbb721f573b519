"""Whether what the base adds of shared labels stands: gold in dev decides, label by label."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from scripts.corpora.corpus import MIN_DEV_SPANS, Provenance, set_provenance, write_corpus
from scripts.evaluation.scores import CharSpan, Counts, entity_spans
from scripts.project.files import hash_text
from scripts.training.pipelines import HOLD, MERGE
from scripts.training.shared_labels import better_dropped, settle_shared_labels
from tests.small_ners import train_ner

TEXT = "Rose picks basil in Rome and Ann in Bonn ."
ROSE, ANN, ROME = (0, 4, "PERSON"), (29, 32, "PERSON"), (20, 24, "GPE")


def counts(**labels: tuple[int, int, int]) -> dict[str, Counts]:
    return {label: Counts(*numbers) for label, numbers in labels.items()}


@pytest.mark.parametrize(
    ("kept", "dropped", "expected"),
    [
        ((20, 30, 20), (18, 5, 22), ["PERSON"]),  # most of what is added is wrong
        ((30, 30, 10), (18, 5, 22), []),  # enough of it is right
        ((18, 5, 22), (18, 5, 22), []),  # nothing is added
        ((4, 30, 4), (4, 5, 4), []),  # too little gold to say so
    ],
)
def test_a_label_is_dropped_where_that_gains(
    kept: tuple[int, int, int], dropped: tuple[int, int, int], expected: list[str]
) -> None:
    before, after = counts(PERSON=kept, ORG=(9, 9, 99)), counts(PERSON=dropped, ORG=(0, 0, 108))
    assert better_dropped(before, after, ["PERSON", "ORG"]) == expected


def double(folder: Path) -> Language:
    """A base that takes Rose for a person before a second ner that finds Ann, as ours put them."""
    nlp = train_ner(TEXT, [ANN], name="ner_update")
    shared = {"labels": ["PERSON"], "group": "ner_update"}
    nlp.add_pipe(HOLD, name="hold_shared", config=shared)
    nlp.add_pipe("ner", source=train_ner(TEXT, [ROSE, ROME]))
    nlp.add_pipe(MERGE, name="merge_shared", config=shared)
    return nlp


@pytest.mark.parametrize(
    ("gold", "chosen", "left"), [([ANN], ["PERSON"], [ROME, ANN]), ([ROSE, ANN], [], None)]
)
def test_gold_in_dev_decides(
    gold: list[tuple[int, int, str]],
    chosen: list[str],
    left: list[tuple[int, int, str]] | None,
    tmp_path: Path,
) -> None:
    nlp = double(tmp_path)
    doc = nlp.make_doc(TEXT)
    doc.ents = [doc.char_span(*span) for span in gold]
    set_provenance(doc, Provenance("gold", (), hash_text(TEXT)))
    write_corpus([doc] * MIN_DEV_SPANS, tmp_path / "dev")
    assert settle_shared_labels(nlp, tmp_path / "dev", ["PERSON"]) == chosen
    nlp.to_disk(tmp_path / "model")
    found = entity_spans(spacy.load(tmp_path / "model")(TEXT))
    assert found == [CharSpan(*span) for span in left or [ROSE, ROME, ANN]]


def test_without_shared_labels_there_is_nothing_to_settle(tmp_path: Path) -> None:
    assert settle_shared_labels(train_ner(TEXT, [ROSE]), tmp_path / "dev", []) == []
