"""The benchmark of speed: turns, ratios, and what the page says of them."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from scripts.project.files import write_json
from tests.benchmarks.performance.converting import label_names
from tests.benchmarks.performance.page import draw_ratios, results_part
from tests.benchmarks.performance.results import (
    ROWS,
    Comparison,
    Machine,
    Results,
    Row,
    is_met,
    ratio_of,
    score,
)
from tests.benchmarks.performance.turns import Measured, Side, take_turns

FASTER = Row("reading", "ours", "theirs", 0.9)
LEAST = Row("nothing to do", "ours", "theirs", 2.0, at_most=True)
MACHINE = Machine("a processor", 2, 16, "3.8")


def a_round(ours: float, theirs: float) -> dict[str, Measured]:
    return {"ours": Measured(ours, ours / 2), "theirs": Measured(theirs, theirs)}


def test_a_ratio_is_the_median_of_the_rounds_not_the_ratio_of_medians() -> None:
    ratio = ratio_of(FASTER, [a_round(1, 1), a_round(10, 5), a_round(2, 8)])
    assert ratio.walls == [1, 0.5, 4]
    assert (ratio.wall, ratio.processor) == (1, 2)


def test_what_may_take_at_most_so_long_is_divided_the_other_way() -> None:
    assert ratio_of(LEAST, [a_round(3, 2)]).wall == 1.5
    assert is_met(LEAST, 1.5)
    assert not is_met(LEAST, 2.01)
    assert score(LEAST, 1.0) == 2.0


def test_a_bound_is_met_as_it_is_shown() -> None:
    assert is_met(FASTER, 0.8951)
    assert not is_met(FASTER, 0.8949)
    assert score(FASTER, 0.45) == 0.5


def append(path: Path) -> Callable[[int], None]:
    def work(_: int) -> None:
        with path.open("a") as file:
            file.write(f"{os.getpid()}\n")

    return work


def test_sides_take_turns_and_each_begins_in_half_of_the_rounds(tmp_path: Path) -> None:
    file = tmp_path / "turns"
    sides = [Side(name, append, [file]) for name in ("first", "second")]
    rounds = take_turns(sides, 2)
    assert [list(one) for one in rounds] == [["first", "second"]] * 2
    turns = file.read_text().split()  # the first round is not counted
    assert turns == [*turns[:2], *turns[1::-1], *turns[:2]]
    assert len(set(turns)) == 2


def stop(status: int) -> Callable[[int], None]:
    return lambda _: os._exit(status)


def test_a_side_that_ends_is_named() -> None:
    with pytest.raises(RuntimeError, match="the lost one"):
        take_turns([Side("the lost one", stop, [3])], 1)


def results() -> Results:
    row = ROWS[0]
    rounds = [{row.own: Measured(2.0, 1.0), row.other: Measured(1.0, 1.0)}]
    return Results(MACHINE, {row.comparison: Comparison(100, 1.5, rounds)}, {"all": (10.0, 13.0)})


def test_the_page_has_rows_of_what_was_measured_and_marks_what_is_missed() -> None:
    part = results_part(results())
    (row,) = [line for line in part.splitlines() if "at least" in line]
    assert row == f"| {ROWS[0].own} | {ROWS[0].other} | at least 0.90 | 1.00 | **0.50** | 0.50 |"
    assert "| all | 10 | 13 | **1.30** |" in part
    assert draw_ratios(results()).startswith("<svg")


def test_results_of_another_machine_are_not_kept(tmp_path: Path) -> None:

    path = tmp_path / "performance.json"
    write_json(path, msgspec.to_builtins(results()))
    assert Results.read(path, MACHINE) == results()
    assert not Results.read(path, Machine("another", 2, 16, "3.8")).comparisons


def test_names_within_a_text_are_entities_of_one_label() -> None:
    text = "Then Ada Lovelace met Charles, and Ada Lovelace left."
    spans = label_names(text).spans or ()
    assert [text[span.start : span.end] for span in spans] == [
        "Ada Lovelace",
        "Charles",
        "Ada Lovelace",
    ]
    assert spans[0].labels == spans[2].labels
