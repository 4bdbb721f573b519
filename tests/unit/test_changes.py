import pytest

from scripts.evaluation.changes import MAX_CHARACTERS, choose_changes, find_changes, kind_of
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


def test_long_texts_are_left_out() -> None:
    assert choose_changes([make_change("gain", "x" * (MAX_CHARACTERS + 1))], 10) == []
