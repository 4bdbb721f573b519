"""How sure a pipeline is."""

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from scripts import components  # noqa: F401  (registers what the pipelines here have)
from scripts.label_studio.confidence import judge

LABELS = ("PLANT", "PLACE")
SURE = "We saw basil in Rome ."
TEXTS = [SURE, "", "🌱 mint", "Rome basil Rome basil", "Perhaps thyme in Delft or elsewhere"]


def train(*labels: str, seed: int) -> Language:
    """A ner that has seen a few sentences a few times."""
    fix_random_seed(seed)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner", config={"model": {"hidden_width": 16}})
    words = {"PLANT": ["basil", "mint", "sage"], "PLACE": ["Rome", "Kew", "Delft"]}
    examples = []
    for plant, place in zip(words["PLANT"], words["PLACE"], strict=True):
        text = f"We saw {plant} in {place} ."
        spans = {"PLANT": (7, 7 + len(plant)), "PLACE": (text.index(place), len(text) - 2)}
        entities = [(*spans[label], label) for label in labels]
        examples.append(Example.from_dict(nlp.make_doc(text), {"entities": entities}))
    for label in labels:
        ner.add_label(label)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.fixture(scope="module")
def single() -> Language:
    return train(*LABELS, seed=0)


@pytest.fixture(scope="module")
def double(single: Language) -> Language:
    """A second ner, for PLANT, before another one, as the strategy double makes them."""
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", source=train("PLANT", seed=1), name="ner_update")
    shared = {"group": "ner_update", "labels": ["PLANT"]}
    nlp.add_pipe("hold_entities_v1", config=shared)
    nlp.add_pipe("ner", source=single, name="ner")
    nlp.add_pipe("merge_entities_v1", config={**shared, "dropped": ["PLANT"]})
    return nlp


@pytest.mark.parametrize("which", ["single", "double"])
def test_entities_are_those_of_the_pipeline_with_scores(
    which: str, request: pytest.FixtureRequest
) -> None:
    nlp: Language = request.getfixturevalue(which)
    judged = list(judge(nlp, TEXTS, LABELS))
    assert [[(one.start, one.end, one.label) for one in found] for found, _ in judged] == [
        [(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in nlp.pipe(TEXTS)
    ]
    assert len(judged[0].found) == 2
    for found, certainty in judged:
        assert 0 <= certainty <= 1
        for one in found:
            assert one.score is not None
            assert certainty <= one.score <= 1
    assert judged[1].certainty == 1.0


def test_what_was_trained_on_is_surer_than_what_was_not(single: Language) -> None:
    seen, unseen = judge(single, [SURE, "Rome basil thyme Rome of basil"], LABELS)
    assert seen.certainty > unseen.certainty


def test_doubts_about_labels_that_do_not_matter_do_not_count(single: Language) -> None:
    text = "Rome basil thyme Rome of basil"
    (whole,), (part,) = judge(single, [text], LABELS), judge(single, [text], ["PLANT"])
    (nothing,) = judge(single, [text], [])
    assert whole.certainty <= part.certainty <= nothing.certainty == 1.0
    assert whole.found == part.found


def test_a_score_comes_from_the_recognizer_that_found_the_entity(double: Language) -> None:
    alone = spacy.blank("en")
    alone.add_pipe("ner_update", source=double)
    ((found, _),) = judge(double, [SURE], LABELS)
    ((first, _),) = judge(alone, [SURE], LABELS)
    assert {one for one in found if one.label == "PLANT"} == set(first)
    assert {one.label for one in found} == {"PLANT", "PLACE"}


def test_what_rules_find_has_no_score() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PLACE", "pattern": "Rome"}])
    ((found, certainty),) = judge(nlp, [SURE], LABELS)
    assert [(one.label, one.score) for one in found] == [("PLACE", None)]
    assert certainty == 1.0
