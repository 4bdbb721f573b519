"""Three tiny pipelines, really trained on a few sentences, and evaluated on these."""

from pathlib import Path

import pytest
import spacy
import srsly
from jsonschema import Draft202012Validator
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed

from scripts.corpora.corpus import write_corpus
from scripts.evaluate import main
from scripts.evaluation.records import Confusion, Evaluation, Examples, read_record

Annotated = tuple[str, list[tuple[str, str]]]
OLD: list[Annotated] = [
    ("Ada Byron met Tom in Delft .", [("Ada Byron", "PERSON"), ("Tom", "PERSON")]),
    ("Then Mia left early .", [("Mia", "PERSON")]),
    ("Nobody came today .", []),
]
NEW: list[Annotated] = [
    ("We sowed basil and red kale .", [("basil", "PLANT"), ("red kale", "PLANT")]),
    ("The leek froze .", [("leek", "PLANT")]),
    ("Mia waters the basil .", [("basil", "PLANT")]),
]
BOTH: list[Annotated] = [
    *OLD,
    *NEW[:2],
    ("Mia waters the basil .", [("Mia", "PERSON"), ("basil", "PLANT")]),
]
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 32,
    "depth": 1,
    "embed_size": 300,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": False,
}


def annotate(nlp: Language, annotated: Annotated) -> Doc:
    text, entities = annotated
    doc = nlp.make_doc(text)
    spans = [
        doc.char_span(text.index(part), text.index(part) + len(part), label)
        for part, label in entities
    ]
    doc.set_ents([span for span in spans if span is not None])
    return doc


def train(folder: Path, data: list[Annotated], labels: list[str]) -> None:
    fix_random_seed(0)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner", config={"model": {"tok2vec": TOK2VEC}})
    for label in labels:
        ner.add_label(label)
    examples = [Example(nlp.make_doc(text), annotate(nlp, (text, ents))) for text, ents in data]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(40):
        nlp.update(examples, sgd=optimizer)
    nlp.meta["name"] = folder.name
    nlp.to_disk(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose base knows PERSON, whose specialist forgot it, and whose update kept it."""
    root = tmp_path_factory.mktemp("project")
    train(root / "base", OLD, ["PERSON"])
    train(root / "specialist", NEW, ["PLANT"])
    train(root / "update", BOTH, ["PERSON", "PLANT"])
    nlp = spacy.blank("en")
    write_corpus([annotate(nlp, one) for one in NEW], root / "gold")
    write_corpus([nlp.make_doc(text) for text, _ in OLD], root / "rehearsal")
    srsly.write_json(root / "conversion.json", {"labels": {"annotated": ["PLANT"]}})
    srsly.write_json(root / "none.json", dict.fromkeys(("retained_gold", "negative_text")))
    srsly.write_jsonl(
        root / "retained.jsonl",
        [
            {"text": "Then Mia left early .", "spans": [{"start": 5, "end": 8, "label": "PER"}]},
            {"text": "Mia came .", "spans": [{"start": 0, "end": 3, "label": "PER"}]},
        ],
    )
    (root / "map.yml").write_text("PERSON: PER\n")
    (root / "negative.txt").write_text("Then Mia left early .\nThe leek froze .\n")
    srsly.write_json(root / "teacher.json", None)
    srsly.write_json(
        root / "given.json",
        {
            "retained_gold": {"paths": [str(root / "retained.jsonl")]},
            "retained_gold_map": {"paths": [str(root / "map.yml")]},
            "negative_text": {"paths": [str(root / "negative.txt")]},
        },
    )
    return root


def run_evaluate(root: Path, given: str) -> tuple[Evaluation, Examples]:
    main(
        base=root / "base",
        teacher=root / "teacher",
        specialist=root / "specialist",
        update=root / "update",
        gold=root / "gold",
        rehearsal=root / "rehearsal",
        conversion=root / "conversion.json",
        retained_gold=root / given,
        negative_text=root / given,
        output=root / "evaluation.json",
        examples=root / "examples.json",
        resamples=200,
        speed_words=20,
    )
    return (
        read_record(root / "evaluation.json", Evaluation),
        read_record(root / "examples.json", Examples),
    )


@pytest.fixture(scope="module")
def evaluated(project: Path) -> tuple[Evaluation, Examples]:
    return run_evaluate(project, "given.json")


def test_labels_are_sorted_by_what_becomes_of_them(evaluated: tuple[Evaluation, object]) -> None:
    labels = evaluated[0].labels
    assert (labels.annotated, labels.new) == (["PLANT"], ["PLANT"])
    assert (labels.shared, labels.retained) == ([], ["PERSON"])


def test_the_gold_test_set_judges_annotated_labels_only(
    evaluated: tuple[Evaluation, object],
) -> None:
    row = evaluated[0].gold.labels["PLANT"]
    assert row.support == 4
    assert (row.base.f, row.specialist.f, row.update.f) == (0, 100, 100)
    assert row.against_base.value == 100
    # The update's PERSON in a text annotated with PLANT alone is no false positive.
    assert list(evaluated[0].gold.labels) == ["PLANT"]
    assert evaluated[0].plasticity is not None
    assert evaluated[0].plasticity.value == 1


def test_retained_gold_is_compared_through_its_map(evaluated: tuple[Evaluation, object]) -> None:
    gold = evaluated[0].retained_gold
    assert gold is not None
    assert list(gold.labels) == ["PER"]
    assert gold.labels["PER"].support == 2
    assert gold.labels["PER"].update.recall >= 50
    assert gold.labels["PER"].specialist.f == 0


def test_agreement_is_with_the_base(evaluated: tuple[Evaluation, object]) -> None:
    agreement = evaluated[0].agreement
    assert agreement.reference == "base"
    row = agreement.micro["retained"]
    assert (row.support, row.base.f, row.specialist.f, row.update.f) == (3, 100, 0, 100)


def test_false_alarms_are_counted_in_both_texts(evaluated: tuple[Evaluation, object]) -> None:
    alarms = evaluated[0].negative_text
    assert alarms is not None
    assert (alarms.documents, alarms.words) == (2, 9)
    assert alarms.update == 1  # the leek
    assert evaluated[0].false_alarms.words == 16


def test_sizes_speed_and_pipelines_are_told(evaluated: tuple[Evaluation, object]) -> None:
    evaluation = evaluated[0]
    size = evaluation.gold.size
    assert (size.documents, size.words, size.spans) == (3, 16, 4)
    assert evaluation.speed.words >= 16
    assert evaluation.speed.base > 0 < evaluation.speed.update
    assert evaluation.pipelines["update"].name == "en_update"
    assert len(evaluation.pipelines["update"].fingerprint) == 64


def test_changes_show_what_the_update_gained(
    evaluated: tuple[Evaluation, Examples],
) -> None:
    gained = {change.text for change in evaluated[1].changes if change.kind == "gain"}
    assert "The leek froze ." in gained


def test_errors_are_counted_by_kind_and_shown(evaluated: tuple[Evaluation, Examples]) -> None:
    evaluation, examples = evaluated
    assert evaluation.gold.analysis["base"].errors["missed"] == 4
    assert sum(evaluation.gold.analysis["update"].errors.values()) == 0
    assert evaluation.gold.analysis["update"].matching.strict == 100
    assert Confusion("PLANT", "PLANT", "gold", 4) in evaluation.gold.analysis["update"].confusion
    retained = evaluation.retained_gold
    assert retained is not None
    assert "new_as_old" not in retained.analysis["update"].errors
    assert {error.kind for error in examples.errors if error.pipeline == "base"} >= {"missed"}


def test_what_is_written_follows_the_documented_schema(
    project: Path, evaluated: tuple[Evaluation, Examples]
) -> None:
    schema = srsly.read_json("docs/evaluation.schema.json")
    written = srsly.read_json(project / "evaluation.json")
    assert written["seed"] == evaluated[0].seed
    Draft202012Validator(schema).validate(written)


def test_changed_texts_are_counted(evaluated: tuple[Evaluation, Examples]) -> None:
    assert evaluated[0].gold.changed == {"loss": 0, "gain": 3, "both": 0, "unknown": 0}


def test_without_gold_and_negative_text_these_parts_are_empty(project: Path) -> None:
    evaluation, _ = run_evaluate(project, "none.json")
    assert (evaluation.retained_gold, evaluation.negative_text) == (None, None)
    assert evaluation.retention is None
    assert evaluation.retained_on_gold is None
