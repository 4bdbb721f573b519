"""Gold and two teachers: who is believed, and what becomes missing."""

import spacy

from scripts.training.merging import (
    Labelling,
    Scheme,
    TokenSpan,
    complete_gold,
    complete_replay,
    make_aware,
    make_aware_on_raw_text,
    merge_on_project_text,
    merge_on_raw_text,
    read_labelling,
)

SCHEME = Scheme(annotated=frozenset({"PLANT", "PERSON"}), base=frozenset({"PERSON", "GPE", "DATE"}))


def test_scheme_tells_retained_new_and_shared_labels() -> None:
    assert SCHEME.retained == {"GPE", "DATE"}
    assert SCHEME.new == {"PLANT"}
    assert SCHEME.shared == {"PERSON"}


def test_gold_wins_over_the_base_and_a_cut_entity_becomes_missing() -> None:
    gold = Labelling([TokenSpan(1, 2, "PLANT")])
    base = [TokenSpan(0, 3, "GPE"), TokenSpan(4, 5, "DATE")]
    merged = complete_gold(gold, base, SCHEME)
    assert merged.entities == [TokenSpan(1, 2, "PLANT"), TokenSpan(4, 5, "DATE")]
    assert merged.missing == {0, 2}


def test_the_base_is_not_believed_about_shared_labels_on_gold() -> None:
    merged = complete_gold(Labelling(), [TokenSpan(0, 1, "PERSON")], SCHEME)
    assert merged == Labelling()


def test_missing_gold_stays_missing_and_swallows_what_touches_it() -> None:
    merged = complete_gold(Labelling(missing={2}), [TokenSpan(1, 3, "GPE")], SCHEME)
    assert merged == Labelling(missing={1, 2})


def test_on_project_text_the_specialist_comes_first() -> None:
    base = [TokenSpan(0, 2, "GPE"), TokenSpan(3, 4, "PERSON")]
    specialist = [TokenSpan(1, 2, "PLANT"), TokenSpan(5, 6, "GPE")]
    merged = merge_on_project_text(base, specialist, SCHEME)
    assert merged == Labelling([TokenSpan(1, 2, "PLANT")], {0})


def test_on_raw_text_the_base_comes_first() -> None:
    base = [TokenSpan(0, 2, "GPE"), TokenSpan(3, 4, "PERSON")]
    specialist = [TokenSpan(1, 3, "PLANT"), TokenSpan(5, 6, "PLANT"), TokenSpan(7, 8, "PERSON")]
    merged = merge_on_raw_text(base, specialist, SCHEME)
    assert sorted(merged.entities) == [*base, TokenSpan(5, 6, "PLANT")]
    assert merged.missing == {2}


def test_whose_word_counts_for_shared_labels_on_raw_text_may_be_chosen() -> None:
    base = [TokenSpan(0, 2, "GPE"), TokenSpan(3, 4, "PERSON")]
    specialist = [TokenSpan(3, 5, "PERSON"), TokenSpan(6, 7, "PERSON"), TokenSpan(8, 9, "PLANT")]
    asked = merge_on_raw_text(base, specialist, SCHEME, "specialist")
    assert sorted(asked.entities) == [TokenSpan(0, 2, "GPE"), *specialist]
    doubted = merge_on_raw_text(base, specialist, SCHEME, "missing")
    assert sorted(doubted.entities) == [TokenSpan(0, 2, "GPE"), TokenSpan(8, 9, "PLANT")]
    assert doubted.missing == {3, 4, 6}


def test_an_aware_ner_leaves_the_base_alone_and_learns_nothing_from_doubtful_tokens() -> None:
    base = [TokenSpan(0, 2, "GPE"), TokenSpan(3, 4, "PERSON")]
    specialist = [TokenSpan(1, 3, "PLANT"), TokenSpan(5, 6, "PLANT")]
    aware = make_aware_on_raw_text(merge_on_raw_text(base, specialist, SCHEME), [], SCHEME)
    assert aware.entities == [TokenSpan(3, 4, "PERSON")]  # shared: the base's word on raw text
    assert aware.missing == {2, 5}


def test_an_aware_ner_keeps_what_its_former_self_knew() -> None:
    former, frozen = TokenSpan(0, 2, "GPE"), TokenSpan(3, 4, "GPE")
    merged = Labelling([former, frozen, TokenSpan(5, 6, "PLANT")])
    assert make_aware(merged, [former], SCHEME).entities == [former, TokenSpan(5, 6, "PLANT")]
    assert make_aware_on_raw_text(merged, [former], SCHEME) == Labelling([former], {5})


def test_gold_of_old_labels_is_completed_where_it_says_nothing() -> None:
    gold = Labelling([TokenSpan(0, 1, "GPE")])
    base = [TokenSpan(2, 3, "GPE"), TokenSpan(4, 5, "DATE"), TokenSpan(0, 2, "DATE")]
    specialist = [TokenSpan(6, 7, "PLANT"), TokenSpan(4, 5, "PLANT"), TokenSpan(8, 9, "PERSON")]
    whole = complete_replay(gold, base, specialist, {"GPE"}, SCHEME)
    assert sorted(whole.entities) == [
        TokenSpan(0, 1, "GPE"),
        TokenSpan(4, 5, "DATE"),
        TokenSpan(6, 7, "PLANT"),
    ]
    assert whole.missing == {1}


def test_written_labellings_are_read_back() -> None:
    doc = spacy.blank("en").make_doc("a b c d e")
    labelling = Labelling([TokenSpan(1, 3, "GPE")], {4})
    labelling.write(doc)
    assert [token.ent_iob_ for token in doc] == ["O", "B", "I", "O", ""]
    assert read_labelling(doc) == labelling
