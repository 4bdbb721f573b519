"""What components say of a text, and how a second one stands behind a frozen one."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_config

from scripts.beside import HoldCats, MergeCats
from scripts.evaluation.scores import CharSpan
from scripts.kinds.kind import Claims, Kind, complete, whole
from scripts.kinds.resuming import load_alone, take_weights
from scripts.kinds.teaching import count_answers, teach
from scripts.kinds.textcat import TEXTCAT, TEXTCAT_MULTILABEL
from scripts.project.errors import UserError
from scripts.training.beside import describe_other, set_component
from scripts.training.merging import Scheme
from scripts.training.pipelines import load_pipeline, refuse_others
from tests.evidence import BASE
from tests.small_components import OLD, classifier_model, train_classifier

TEXT = "The striker scored."
SCHEME = Scheme(frozenset({"NEW", "SHARED"}), frozenset({"OLD", "SHARED"}))
LABELS = ("NEW", "OLD", "SHARED")


def make(cats: dict[str, float] | None = None) -> Doc:
    doc = spacy.blank("en").make_doc(TEXT)
    doc.cats = cats or {}
    return doc


def classes(*names: str) -> list[CharSpan]:
    return [whole(TEXT, name) for name in names]


def test_one_class_is_right_and_the_others_are_not() -> None:
    doc = make()
    TEXTCAT.write(doc, Claims(classes("NEW")), LABELS)
    assert doc.cats == {"NEW": 1.0, "OLD": 0.0, "SHARED": 0.0}
    assert TEXTCAT.teaches(doc)
    assert TEXTCAT.reference(doc) == (classes("NEW"), [])


@pytest.mark.parametrize("found", [[], ["NEW", "OLD"]])
def test_without_exactly_one_class_nothing_is_known_of_exclusive_ones(found: list[str]) -> None:
    doc = make()
    TEXTCAT.write(doc, Claims(classes(*found)), LABELS)
    assert not TEXTCAT.teaches(doc)
    assert TEXTCAT.reference(doc) == ([], [(0, len(TEXT))])


def test_a_disputed_class_is_missing_where_any_number_is_right() -> None:
    doc = make()
    TEXTCAT_MULTILABEL.write(doc, Claims(classes("NEW"), classes("SHARED")), LABELS)
    assert doc.cats == {"NEW": 1.0, "OLD": 0.0}
    assert TEXTCAT_MULTILABEL.reference(doc) == ([], [(0, len(TEXT))])  # not to be judged


def test_the_best_class_is_the_answer_however_low_its_score() -> None:
    assert TEXTCAT.read(make({"OLD": 0.3, "NEW": 0.4, "SHARED": 0.3})) == classes("NEW")
    assert TEXTCAT_MULTILABEL.read(make({"OLD": 0.6, "NEW": 0.4, "SHARED": 0.5})) == classes(
        "OLD", "SHARED"
    )


def test_exclusive_claims_leave_no_room_for_others() -> None:
    assert complete(TEXTCAT, Claims(classes("NEW")), classes("OLD")).found == classes("NEW")
    both = complete(TEXTCAT_MULTILABEL, Claims(classes("NEW")), classes("OLD"))
    assert both.found == classes("NEW", "OLD")


# What a text becomes: (kind, source, gold, base, specialist) -> cats
CASES: list[tuple[Kind, Any, list[str], list[str], list[str], dict[str, float]]] = [
    # The base completes gold by its retained classes, and is not asked about the annotated ones.
    (TEXTCAT_MULTILABEL, "gold", ["NEW"], ["OLD", "SHARED"], [], {"NEW": 1, "OLD": 1, "SHARED": 0}),
    # General text: the base's word alone.
    (TEXTCAT_MULTILABEL, "raw", [], ["OLD"], ["NEW", "SHARED"], {"NEW": 0, "OLD": 1, "SHARED": 0}),
    (TEXTCAT_MULTILABEL, "raw", [], ["SHARED"], [], {"NEW": 0, "OLD": 0, "SHARED": 1}),
    # The annotators' domain: the specialist's word for their classes.
    (
        TEXTCAT_MULTILABEL,
        "project",
        [],
        ["OLD", "SHARED"],
        ["NEW"],
        {"NEW": 1, "OLD": 1, "SHARED": 0},
    ),
    (TEXTCAT, "gold", ["NEW"], ["OLD"], [], {"NEW": 1, "OLD": 0, "SHARED": 0}),
    (TEXTCAT, "raw", [], ["OLD"], ["NEW"], {"NEW": 0, "OLD": 1, "SHARED": 0}),
    (TEXTCAT, "project", [], ["OLD"], ["NEW"], {"NEW": 1, "OLD": 0, "SHARED": 0}),
]


@pytest.mark.parametrize(("kind", "source", "gold", "base", "specialist", "cats"), CASES)
def test_what_the_teachers_make_of_a_text(
    kind: Kind,
    source: Any,
    gold: list[str],
    base: list[str],
    specialist: list[str],
    cats: dict[str, float],
) -> None:
    doc = make()
    if source == "gold":
        kind.write(doc, Claims(classes(*gold)), sorted(SCHEME.annotated))
    seen = [make(dict.fromkeys(names, 1.0)) for names in (base, specialist)]
    assert teach(kind, doc, source, *seen, SCHEME) == classes(*sorted(base))
    assert doc.cats == cats


def test_answers_are_counted_as_entities_are() -> None:
    doc = make()
    TEXTCAT.write(doc, Claims(classes("NEW")), LABELS)
    counts = count_answers(TEXTCAT, doc, make({"OLD": 0.9, "NEW": 0.1}))
    assert (counts["NEW"].false_negatives, counts["OLD"].false_positives) == (1, 1)


def test_the_first_keeps_its_own_classes_and_the_second_has_the_say_in_the_annotated() -> None:
    doc = make({"OLD": 0.7, "SHARED": 0.9, "ELSE": 0.2})
    doc = HoldCats("held")(doc)
    assert doc.cats == {}
    doc.cats = {"OLD": 0.1, "SHARED": 0.2, "NEW": 0.6}
    labels, kept = frozenset({"NEW", "SHARED"}), frozenset({"OLD"})
    doc = MergeCats("held", labels, kept, exclusive=False)(doc)
    assert doc.cats == {"OLD": 0.7, "SHARED": 0.2, "ELSE": 0.2, "NEW": 0.6}
    assert "held" not in doc.user_data


def test_exclusive_scores_still_add_up_to_one() -> None:
    doc = HoldCats("held")(make({"A": 0.6, "B": 0.2, "SHARED": 0.2}))
    doc.cats = {"A": 0.1, "B": 0.3, "SHARED": 0.1, "NEW": 0.5}
    labels, kept = frozenset({"NEW", "SHARED"}), frozenset({"A", "B"})
    doc = MergeCats("held", labels, kept, exclusive=True)(doc)
    assert doc.cats == pytest.approx({"A": 0.3, "B": 0.1, "SHARED": 0.1, "NEW": 0.5})


def test_a_component_with_more_labels_goes_on_where_the_old_one_stood() -> None:
    def classifier(*labels: str) -> Any:
        nlp = spacy.blank("en")
        nlp.add_pipe("textcat_multilabel", config={"model": classifier_model(exclusive=False)})
        examples = [Example.from_dict(make(), {"cats": dict.fromkeys(labels, 1.0)})]
        optimizer = nlp.initialize(lambda: examples)
        nlp.update(examples, sgd=optimizer)
        return nlp

    old, new = classifier("A", "B"), classifier("A", "B", "NEW")
    take_weights(new.get_pipe("textcat_multilabel").model, old.get_pipe("textcat_multilabel").model)
    before, after = old(TEXT).cats, new(TEXT).cats
    assert {label: after[label] for label in before} == pytest.approx(before)


def test_a_component_that_shared_its_tok2vec_is_gone_on_from(tmp_path: Path) -> None:
    base = spacy.blank("en")
    base.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    model = {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}
    base.add_pipe("tagger", config={"model": model}).add_label("NN")
    base.initialize()
    base.to_disk(tmp_path)
    old = load_alone(tmp_path, "tagger")
    new = spacy.blank("en")
    tagger = new.add_pipe("tagger", config={"model": old.get_pipe_config("tagger")["model"]})
    for label in ("NN", "NEW"):
        tagger.add_label(label)
    new.initialize()
    take_weights(tagger.model, old.get_pipe("tagger").model)
    scores, old_scores = (
        nlp.get_pipe("tagger").model.get_ref("softmax").get_param("W") for nlp in (new, old)
    )
    assert scores[:1] == pytest.approx(old_scores)


def test_spacy_s_own_components_are_known_where_no_pipeline_was_loaded() -> None:
    code = """
from scripts.kinds.known import find_kind
from scripts.training.beside import spacy_s_own
print(*spacy_s_own(find_kind("spancat")).default_score_weights)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "spans_sc_f" in done.stdout, done.stderr


def test_a_base_whose_scores_come_from_two_classifiers_is_refused(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat_multilabel")
    assert describe_other(nlp, tmp_path, "here", "textcat_multilabel").recognizers
    with pytest.raises(UserError, match="The base has a textcat_multilabel"):
        describe_other(nlp, tmp_path, "here", "textcat")


@pytest.mark.parametrize(
    ("component", "former", "goes_on"),
    [
        ("textcat_multilabel", None, True),
        ("textcat_multilabel", "textcat_multilabel_update", False),  # which has labels to keep
        ("textcat", None, False),  # the specialist has forgotten what it must say, too
    ],
)
def test_where_a_second_component_starts(
    component: str, former: str | None, goes_on: bool, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    train_classifier(component).to_disk(base)
    record = describe_other(load_pipeline(base), base, "here", component)._replace(former=former)
    config = load_config("configs/component.cfg", interpolate=False)
    scheme = Scheme(frozenset({"GARDEN"}), frozenset(OLD))
    set_component(config, record, base, scheme, ["merged"], [], start=base)
    begun = config["initialize"]["after_init"]
    assert begun["source"] == component
    assert begun.get("start") == (str(base) if goes_on else None)


@pytest.mark.parametrize("command", ["dose", "insight", "sweep"])
def test_what_is_for_ner_says_so(command: str) -> None:
    refuse_others(BASE, command)
    with pytest.raises(UserError, match=f"{command} is for ner, and this update is one of a tex"):
        refuse_others(BASE._replace(component="textcat"), command)
