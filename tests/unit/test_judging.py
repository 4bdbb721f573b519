import spacy

from scripts.evaluation.bootstrap import Sampling
from scripts.evaluation.comparison import sort_labels
from scripts.evaluation.held_out import Reference, RetainedGold
from scripts.evaluation.judging import judge_rehearsal, judge_retained, name_annotated
from scripts.evaluation.predictions import Pipelines
from scripts.evaluation.scores import CharSpan


def test_without_a_map_annotated_labels_keep_their_names() -> None:
    assert name_annotated(["GPE", "PEST"], {}, {"ORG": "ORG"}) == {"GPE": "GPE", "PEST": "PEST"}


def test_the_map_names_annotated_labels_too() -> None:
    given = {"ORG": "organisation", "GPE": "place"}
    assert name_annotated(["GPE", "PEST"], given, {"ORG": "organisation"}) == {
        "GPE": "place",
        "PEST": "PEST",
    }


def test_a_label_outside_the_map_is_no_retained_one_of_the_same_name() -> None:
    """The annotators' PER is not what the gold calls PER, which the map has PERSON for."""
    assert name_annotated(["PER"], {"PERSON": "PER"}, {"PERSON": "PER"}) == {}


def test_retained_labels_that_the_gold_does_not_know_are_named_and_compared_with_the_base() -> None:
    nlp = spacy.blank("en")
    rules = {"Ada": "PERSON", "Bern": "GPE", "1815": "DATE"}
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"pattern": word, "label": label} for word, label in rules.items()])  # type: ignore[attr-defined]
    pipelines = Pipelines(base=nlp, specialist=spacy.blank("en"), update=nlp, records={})
    labels = sort_labels(["PERSON", "GPE", "DATE", "LAW"], ["PLANT"])
    text = "Ada left Bern in 1815."
    gold = [Reference(text, [CharSpan(0, 3, "PER"), CharSpan(9, 13, "LOC")], [])]
    label_map = {"PERSON": "PER", "GPE": "LOC", "DATE": "TIME"}
    judged = judge_retained(pipelines, RetainedGold(gold, label_map), labels, Sampling(100))
    assert judged
    assert judged.comparison.untested == ["DATE", "LAW"]
    agreement, _ = judge_rehearsal(pipelines, [text], labels, Sampling(100), ["DATE", "LAW"])
    assert agreement.comparison.micro["untested"].support == 1
    assert agreement.comparison.micro["retained"].support == 3
