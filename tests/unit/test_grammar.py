import pytest

from scripts.demonstration.grammar import (
    AnnotatedSpan,
    Grammar,
    Piece,
    join,
    keep_names,
    parse,
    part_of,
    seeded,
    write_sentence,
)

GRAMMAR = Grammar(
    names={"first": ("Ada",), "fruit": ("apple", "pear")},
    words={"thing": ("iron",)},
    rules={
        "person": ("{first} Smith",),
        "firm": ("{person} & Sons",),
        "both": ("{person}, {firm}",),
    },
    entities={"person": "PERSON", "firm": "ORG"},
)


def write(pattern: str, seed: int = 0) -> tuple[str, list[tuple[str, str]]]:
    written = join(write_sentence(GRAMMAR, pattern, seeded(seed)), "g")
    return written.text, [(written.text[s.start : s.end], s.label) for s in written.spans]


def test_entities_have_spans_and_an_entity_inside_another_has_none() -> None:
    assert write("{both} 🌹 {person}") == (
        "Ada Smith, Ada Smith & Sons 🌹 Ada Smith",
        [("Ada Smith", "PERSON"), ("Ada Smith & Sons", "ORG"), ("Ada Smith", "PERSON")],
    )


def test_spans_count_code_points() -> None:
    pieces = [Piece("🌹 "), Piece("Ada", "PERSON")]
    assert join(pieces, "g").spans == (AnnotatedSpan(2, 5, "PERSON"),)


def test_choices_may_be_nested() -> None:
    texts = {write("x [a|b [c|d]]", seed)[0] for seed in range(40)}
    assert texts == {"x a", "x b c", "x b d"}


def test_an_article_fits_what_follows_and_a_sentence_begins_with_a_capital() -> None:
    assert write("{thing} and a {thing}")[0] == "Iron and an iron"
    assert write("hi, a {first}")[0] == "hi, an Ada"
    assert write("A [pear] has a core")[0] == "A pear has a core"


@pytest.mark.parametrize("pattern", ["a [b|c", "a | b", "a ] b", "a { b", "a {b c} d"])
def test_a_pattern_that_is_not_in_order_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the message differs by fault)
        parse(pattern)


def test_each_name_has_one_part_for_ever() -> None:
    shares = {"all": 0.5, "train": 0.3, "test": 0.2}
    names = [f"name {number}" for number in range(2000)]
    parts = [part_of(name, shares) for name in names]
    assert part_of("Ada", shares) == "train"
    for part, share in shares.items():
        assert abs(parts.count(part) / len(names) - share) < 0.04


def test_kept_names_are_those_of_the_parts() -> None:
    shares = {"all": 0.5, "test": 0.5}
    kept = [keep_names(GRAMMAR, {part}, shares).names["fruit"] for part in shares]
    assert sorted(kept[0] + kept[1]) == ["apple", "pear"]
