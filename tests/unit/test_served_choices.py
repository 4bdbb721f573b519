"""Classes of texts in Label Studio: predicted as Choices, with scores, beside entities."""

from functools import partial
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from scripts.conversion.label_config import parse_label_config, parse_label_configs
from scripts.kinds.known import kinds_in
from scripts.kinds.textcat import TEXTCAT, TEXTCAT_MULTILABEL
from scripts.label_studio.configuration import write_label_config
from scripts.label_studio.regions import Found, find_labellings, write_regions
from scripts.project.errors import UserError
from scripts.serving.frames import Predicted
from scripts.serving.labelling import Choice, Configurations, Drawn, read_drawn, write_results
from scripts.serving.loading import found_labels, load_for_prediction
from scripts.serving.predicting import find, find_and_judge, predict
from scripts.serving.protocol import PredictRequest
from tests.small_components import OLD, sentences, train_classifier
from tests.small_pipelines import make_recognizer

BOTH = write_label_config(["GPE"], choices=["FOOD", "Sport"])
LABELS = {"labels": ["GPE"], "choices": ["FOOD", "SPORT"]}


@pytest.fixture(scope="module")
def classifier() -> Language:
    return train_classifier("textcat")


def test_a_class_is_a_choice_with_the_score_of_the_pipeline(classifier: Language) -> None:
    text, topic = next(sentences(9, 1, OLD))
    labels = found_labels(classifier)
    assert labels == {"choices": sorted(OLD)}
    (answer,) = find_and_judge(classifier, labels, [text])
    xml = write_label_config([], choices=list(OLD))
    (one,) = Configurations(Choice()).labellings(xml, labels)
    (result,) = write_results([text], [answer], [one], drawn=Drawn(), model_version="v")
    (choice,) = result["result"]
    assert choice["value"] == {"choices": [topic]}
    assert (choice["from_name"], choice["to_name"], choice["type"]) == ("class", "text", "choices")
    assert choice["score"] == pytest.approx(classifier(text).cats[topic], abs=1e-3)
    assert result["score"] == pytest.approx(choice["score"], abs=1e-3)


def test_entities_and_classes_go_to_their_own_tags() -> None:
    entity, topic = Found(3, 8, "GPE"), Found(0, 9, "FOOD", 0.9, "choices")
    labellings = Configurations(Choice()).labellings(BOTH, LABELS)
    predicted = [entity, topic]
    regions = [one for place in labellings for one in write_regions("In Paris.", predicted, place)]
    assert [(one["from_name"], one["type"]) for one in regions] == [
        ("label", "labels"),
        ("class", "choices"),
    ]


def test_a_project_gets_what_its_configuration_has_a_tag_for() -> None:
    only_spans = write_label_config(["GPE"])
    (one,) = Configurations(Choice()).labellings(only_spans, LABELS)
    assert (one.results, one.tags.from_name) == ("labels", "label")
    (one,) = Configurations(Choice(control="class")).labellings(BOTH, LABELS)
    assert (one.results, one.labels) == ("choices", {"FOOD": "FOOD"})
    with pytest.raises(UserError, match="0 Choices tags"):
        Configurations(Choice()).labellings(only_spans, {"choices": ["FOOD"]})


def test_tags_on_two_texts_are_refused() -> None:
    xml = """<View><Text name="a" value="$a"/><Text name="b" value="$b"/>
      <Labels name="label" toName="a"><Label value="GPE"/></Labels>
      <Choices name="class" toName="b"><Choice value="FOOD"/><Choice value="SPORT"/></Choices>
      </View>"""
    with pytest.raises(UserError, match=r"several texts: label \(field a\), class \(field b\)"):
        parse_label_configs(xml, "The project", ["labels", "choices"])
    (one,) = parse_label_configs(xml, "The project", ["labels", "choices"], text_field="b")
    assert one.from_name == "class"


def test_several_classes_are_one_result_and_a_single_choice_takes_the_surest() -> None:
    found = [Found(0, 2, "FOOD", 0.6, "choices"), Found(0, 2, "SPORT", 0.9, "choices")]
    for many, chosen, score in ((True, ["SPORT", "FOOD"], 0.6), (False, ["SPORT"], 0.9)):
        xml = write_label_config([], choices=OLD, many=many)
        config = parse_label_config(xml, "x", results="choices")
        (labelling,) = find_labellings([config], None, {"choices": list(OLD)})
        (one,) = write_regions("Hi", found, labelling)
        assert (one["value"]["choices"], one["score"]) == (chosen, score)
    assert write_regions("Hi", [], labelling) == []


def test_what_a_person_has_chosen_is_not_proposed_again_but_entities_are() -> None:
    labellings = Configurations(Choice()).labellings(BOTH, LABELS)
    chosen = {"from_name": "class", "to_name": "text", "value": {"choices": ["FOOD"]}}
    body = {"tasks": [{"data": {}}], "params": {"context": {"result": [chosen]}}}
    drawn = read_drawn(PredictRequest.model_validate(body), labellings)
    assert drawn == Drawn([], True)
    predicted = Predicted([Found(3, 8, "GPE"), Found(0, 9, "FOOD", 0.9, "choices")])
    (result,) = write_results(["x" * 9], [predicted], labellings, drawn=drawn, model_version="v")
    assert [one["type"] for one in result["result"]] == ["labels"]


def test_how_sure_a_pipeline_is_of_the_classes_that_matter() -> None:
    doc = spacy.blank("en")("soup")
    doc.cats = {"FOOD": 0.5, "SPORT": 0.3, "NEWS": 0.2}
    assert TEXTCAT.certainty(doc, ["FOOD", "SPORT"]) == 0.5
    assert TEXTCAT.certainty(doc, ["SPORT", "NEWS"]) == pytest.approx(0.5)
    assert TEXTCAT.certainty(doc, []) == 1.0
    doc.cats = {"FOOD": 0.9, "SPORT": 0.3, "NEWS": 0.5}
    assert TEXTCAT_MULTILABEL.certainty(doc, ["FOOD", "SPORT"]) == pytest.approx(0.7)
    assert TEXTCAT_MULTILABEL.certainty(doc, []) == 1.0
    doc.cats = {}
    assert TEXTCAT.certainty(doc, ["FOOD"]) == TEXTCAT_MULTILABEL.certainty(doc, ["FOOD"]) == 1.0


def test_only_what_classes_and_entities_need_is_on(classifier: Language, tmp_path: Path) -> None:
    nlp = make_recognizer()
    nlp.add_pipe("hold_cats_v1", config={"group": "textcat_update"})
    nlp.add_pipe("textcat", source=classifier)
    nlp.add_pipe("merge_cats_v1", config={"group": "textcat_update", "labels": ["FOOD"]})
    nlp.to_disk(tmp_path / "model")
    loaded = load_for_prediction(tmp_path / "model")
    assert loaded.pipe_names == ["tok2vec", "ner", "hold_cats_v1", "textcat", "merge_cats_v1"]
    assert found_labels(loaded) == {"labels": ["GPE"], "choices": sorted(OLD)}
    assert [kind.component for kind in kinds_in(loaded)] == ["ner", "textcat"]
    (found,) = predict(partial(find, loaded), ["soup butter kitchen"])
    assert found is not None
    assert {one.results for one in found.found} >= {"choices"}


def test_a_configuration_with_classes_alone_has_no_labels_tag() -> None:
    xml = write_label_config([], choices=["a <b>", "c"], many=True)
    assert "<Labels" not in xml
    config = parse_label_config(xml, "x", results="choices")
    assert [label.name for label in config.labels] == ["a <b>", "c"]
    assert not config.single
