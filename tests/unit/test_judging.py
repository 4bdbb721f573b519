from scripts.evaluation.judging import name_annotated


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
