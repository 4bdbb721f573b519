from scripts.evaluation.error_examples import choose_examples
from scripts.evaluation.error_kinds import Error, Place
from scripts.evaluation.held_out import Reference
from scripts.evaluation.scores import CharSpan

TEXT = "Ada saw rust on basil and left . " * 20
REFERENCES = [Reference(TEXT, [], []), Reference("Rust on basil", [], [])]
RUST, BASIL = CharSpan(8, 12, "PEST"), CharSpan(16, 21, "PLANT")


def missed(document: int, span: CharSpan) -> Error:
    return Error(document, "missed", Place(span, None, "gold"))


def test_labels_take_turns_up_to_the_limit_of_each_kind() -> None:
    errors = [missed(0, RUST._replace(start=start)) for start in range(8, 12)]
    errors += [missed(0, BASIL), Error(1, "spurious", Place(None, CharSpan(0, 4, "PEST"), "gold"))]
    chosen = choose_examples("gold test", "update", REFERENCES, errors, 3)
    assert [(one.kind, one.reference.label if one.reference else None) for one in chosen] == [
        ("missed", "PEST"),
        ("missed", "PLANT"),
        ("missed", "PEST"),
        ("spurious", None),
    ]
    assert {(one.test_set, one.pipeline) for one in chosen} == {("gold test", "update")}


def test_offsets_are_those_of_the_part_that_is_shown() -> None:
    later = len(TEXT) // 2
    place = Place(
        CharSpan(later + 8, later + 12, "PERSON"), CharSpan(later + 8, later + 15, "PEST"), "base"
    )
    (one,) = choose_examples("gold test", "base", REFERENCES, [Error(0, "old_as_new", place)], 5)
    assert one.text.startswith("… ")
    assert len(one.text) < len(TEXT)
    assert one.reference is not None
    assert one.found is not None
    assert one.text[one.reference.start : one.reference.end] == "rust"
    assert one.text[one.found.start : one.found.end] == "rust on"
    assert one.by == "base"
