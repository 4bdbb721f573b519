import pytest

from scripts.evaluation.changes import (
    MAX_CHARACTERS,
    choose_changes,
    count_changes,
    find_changes,
    kind_of,
)
from scripts.evaluation.held_out import Reference
from scripts.evaluation.records import Change
from scripts.evaluation.scores import CharSpan

TEXT = "Ada saw rust on basil"
ADA, RUST, BASIL = CharSpan(0, 3, "PERSON"), CharSpan(8, 12, "PEST"), CharSpan(16, 21, "PLANT")


@pytest.mark.parametrize(
    ("base", "update", "kind"),
    [
        ([], [RUST], "gain"),
        ([RUST], [], "loss"),
        ([], [BASIL], "loss"),
        ([BASIL], [], "gain"),
        ([], [RUST, BASIL], "both"),
        ([ADA], [], "unknown"),
        ([ADA], [RUST], "gain"),
    ],
)
def test_gold_tells_gains_from_losses(
    base: list[CharSpan], update: list[CharSpan], kind: str
) -> None:
    assert kind_of(Reference(TEXT, [RUST], []), base, update, ["PEST", "PLANT"]) == kind


def test_what_lies_on_missing_tokens_is_unknown() -> None:
    assert kind_of(Reference(TEXT, [], [(16, 21)]), [], [BASIL], ["PLANT"]) == "unknown"


def test_only_texts_that_differ_are_changes() -> None:
    references = [Reference(TEXT, [RUST], []), Reference("Rain", [], [])]
    (change,) = find_changes("gold test", references, [[ADA], []], [[RUST, ADA], []], ["PEST"])
    assert (change.kind, change.update, change.reference) == ("gain", [ADA, RUST], [RUST])
    (raw,) = find_changes("rehearsal test", references, [[ADA], []], [[], []], ())
    assert (raw.kind, raw.reference) == ("unknown", None)


def make_change(kind: str, text: str, label: str = "PEST") -> Change:
    assert kind in ("gain", "loss")
    spans = [CharSpan(0, 1, label)]
    return Change("gold test", "gain" if kind == "gain" else "loss", text, [], spans, spans)


def test_losses_are_not_crowded_out_by_gains() -> None:
    gains = [make_change("gain", f"text {number}") for number in range(90)]
    losses = [make_change("loss", f"a longer text {number}") for number in range(9)]
    chosen = choose_changes(gains + losses, 10)
    assert [change.kind for change in chosen] == ["loss"] * 5 + ["gain"] * 5


def test_every_sort_of_change_is_seen_before_the_second_of_a_sort() -> None:
    many = [make_change("gain", f"text {number}") for number in range(50)]
    rare = make_change("gain", "a much longer text", label="PLANT")
    assert rare in choose_changes([*many, rare], 2)


def test_a_rare_label_is_seen_however_many_sorts_of_change_there_are() -> None:
    labels = [f"L{number}" for number in range(12)]
    pairs = [
        Change("gold test", "gain", f"{a} {b}", [], [CharSpan(0, 1, a), CharSpan(2, 3, b)], [])
        for a in labels
        for b in labels
        if a < b
    ]
    rare = make_change("gain", "a text much longer than all of the others", label="PLANT")
    chosen = choose_changes([*pairs, rare], 7)
    assert rare in chosen
    seen = {span.label for change in chosen for span in change.update}
    assert seen == {*labels, "PLANT"}


def test_the_same_changes_are_chosen_in_any_order() -> None:
    changes = [make_change("gain", f"text {n}", label=f"L{n % 7}") for n in range(60)]
    assert choose_changes(changes, 20) == choose_changes(changes[::-1], 20)


def test_of_a_long_text_the_parts_are_shown_that_changed() -> None:
    filler = "Nothing much was said of anything at all . " * 40
    text = f"{TEXT} {filler}{TEXT} {filler}"
    later = len(TEXT) + 1 + len(filler)
    rust = RUST._replace(start=RUST.start + later, end=RUST.end + later)
    reference = Reference(text, [BASIL, rust], [])
    changes = find_changes("gold test", [reference], [[]], [[BASIL, RUST, rust]], ["PEST", "PLANT"])
    assert [change.kind for change in changes] == ["both", "gain"]
    first, second = changes
    assert max(len(first.text), len(second.text)) <= MAX_CHARACTERS
    assert first.text.startswith("Ada")
    assert first.text.endswith(" …")
    assert second.text.startswith("… ")
    assert second.update == second.reference
    assert [second.text[one.start : one.end] for one in second.update] == ["rust"]
    assert first.reference is not None
    assert [first.text[one.start : one.end] for one in first.reference] == ["basil"]


def test_texts_are_counted_once_by_kind() -> None:
    references = [Reference(TEXT, [RUST], []), Reference(TEXT, [RUST], []), Reference("", [], [])]
    counts = count_changes(references, [[], [RUST], []], [[RUST], [], []], ["PEST"])
    assert counts == {"loss": 1, "gain": 1, "both": 0, "unknown": 0}
