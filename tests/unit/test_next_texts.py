"""Texts to annotate next: uncertain ones, and unlike each other."""

from scripts.insights.next_texts import Waiting, choose_next, choose_unlike, sample
from tests.small_ners import train_ner

LIKE = [f"sow the beans in row {number} of the north bed" for number in ("one", "two", "three")]
OTHER = ["an owl came by at night", "my tomatoes have blight again"]


def test_the_most_uncertain_comes_first_and_then_what_is_unlike_it() -> None:
    chosen = choose_unlike([*LIKE, *OTHER], [0.9, 0.89, 0.88, 0.6, 0.5], 3)
    assert chosen == [0, 3, 4]


def test_copies_and_certain_texts_are_never_chosen() -> None:
    assert choose_unlike([OTHER[0], OTHER[0], OTHER[1]], [0.9, 0.8, 0.0], 5) == [0]
    assert choose_unlike([], [], 5) == []


def test_a_text_is_looked_at_once() -> None:
    texts = [Waiting([1], "b", "x"), Waiting([2], "a", "y"), Waiting([1], "b", "x")]
    assert [one.hash for one in sample(texts)] == ["a", "b"]


def test_a_pipeline_s_doubts_decide() -> None:
    nlp = train_ner("Ada saw an oak", [(11, 14, "PLANT")])
    texts = [Waiting([7], "a", "Ada saw an oak"), Waiting([8], "b", "oak oak Ada lilies oak saw")]
    chosen = choose_next(nlp, texts, ["PLANT"])
    assert chosen[0].tasks == [8]
    assert 0 <= chosen[0].certainty < 0.9
    assert all(span.label == "PLANT" for span in chosen[0].found)
