"""What the benchmark counts, keeps and sums up, on results made by hand."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import srsly

from scripts.evaluation.bootstrap import CountArray, Interval
from scripts.evaluation.held_out import Reference
from scripts.evaluation.records import FalseAlarms
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError
from scripts.training.pipelines import BaseRecord
from scripts.training.records import DevScores
from tests.benchmarks.updates.data import Measured
from tests.benchmarks.updates.page import END, START, draw_figure, put_results, write_page
from tests.benchmarks.updates.results import (
    Counted,
    Result,
    Scores,
    Speed,
    read_results,
    result_path,
    write_result,
)
from tests.benchmarks.updates.scoring import Found, compare
from tests.benchmarks.updates.summary import check_targets, summarize

DOCUMENTS = 60
DEV = DevScores(80.0, 75.0, 85.0, 1.0, None, None, None)
RESULT = Result(
    update="bc5cdr",
    strategy="double",
    seed=0,
    key="k",
    code="c",
    dev=DEV,
    new={"all": Scores(60, 0, 66, 68)},
    retained={"wikigold": {"all": Scores(80, 60, 0, 60), "ORG": Scores(50, 60, 0, 58)}},
    retention=Interval(1, 0.99, 1.01),
    plasticity=Interval(1.02, 1, 1.04),
    false_alarms=FalseAlarms(10, 1000, 40, 4),
    speed=Speed(1000, 9000, 6000, 0.8, 5000, 4000, 0.8),
    megabytes={"base": 9, "update": 14},
    recognizers=2,
    shared_seconds={"base": 3, "convert": 4, "specialist": 50, "rehearse": 10},
    own_seconds={"inputs": 1, "train": 60, "scores": 30},
)


def counts(hits: int, documents: int = DOCUMENTS) -> CountArray:
    """A gold span in each document; the base finds half, the specialist two thirds."""
    found = np.zeros((documents, 3, 1, 3), int)
    for pipeline, right in enumerate((documents // 2, 2 * documents // 3, hits)):
        found[:right, pipeline, :, 0] = 1
        found[right:, pipeline, :, 2] = 1
    return found


def counted(hits: int = 30, kept: int = 30, **changes: Any) -> Counted:
    return Counted(replace(RESULT, **changes), counts(hits), counts(kept))


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    arrays = {"new": counts(3), "retained": counts(5)}
    path = result_path(tmp_path, "bc5cdr/double/0")
    write_result(path, RESULT, arrays)
    (tmp_path / "summary.json").write_text("{}")
    (back,) = read_results(tmp_path)
    assert back.result == RESULT
    assert (back.new == arrays["new"]).all()
    assert (back.retained == arrays["retained"]).all()
    assert sorted(path.name for path in tmp_path.iterdir() if "double" in path.name) == [
        "bc5cdr.double.0.json",
        "bc5cdr.double.0.npz",
    ]


def test_a_damaged_result_is_an_error_of_two_lines(tmp_path: Path) -> None:
    path = result_path(tmp_path, "bc5cdr/double/0")
    write_result(path, RESULT, {"new": counts(3), "retained": counts(5)})
    path.with_suffix(".npz").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"bc5cdr\.double\.0"):
        list(read_results(tmp_path))


def test_training_time_leaves_out_what_any_update_needs() -> None:
    assert RESULT.training_seconds == 50 + 10 + 60


def compare_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sets: Measured, annotated: list[str]
) -> tuple[dict[str, Any], Mapping[str, CountArray]]:
    """The base finds all of gold, the specialist the new labels, the update all but EWT's ORG."""
    labels = {"labels": ["GPE", "ORG", "PERSON"], "recognizers": ["ner"]}
    (tmp_path / "training").mkdir()
    fields = {key: list[str]() for key in BaseRecord._fields} | labels
    srsly.write_json(tmp_path / "training/base.json", fields)
    monkeypatch.chdir(tmp_path)
    back = {"PER": "PERSON", "LOC": "GPE"}
    named = {
        name: [[s._replace(label=back.get(s.label, s.label)) for s in one.spans] for one in golds]
        for name, golds in sets.retained.items()
    }
    new = [one.spans for one in sets.new]
    alarm = [[CharSpan(0, 1, "NEW")] for _ in sets.unseen]
    nothing: Found = {name: [[] for _ in spans] for name, spans in named.items()}
    found: dict[str, Found] = {
        "base": {**named, "new": [[] for _ in new], "unseen": [[] for _ in alarm]},
        "specialist": {**nothing, "new": new, "unseen": alarm},
        "update": {**named, "EWT": [[]], "new": new, "unseen": [[], *alarm[1:]]},
    }
    return compare(sets, found, annotated, words=500)


SETS = Measured(
    new=[Reference("a b", [CharSpan(0, 1, "NEW")], [])],
    retained={
        "wikigold": [Reference("c d", [CharSpan(0, 1, "PER"), CharSpan(2, 3, "LOC")], [])],
        "EWT": [Reference("e", [CharSpan(0, 1, "ORG")], [])],
    },
    unseen=["f", "g"],
)


def test_retained_gold_is_counted_under_its_own_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, arrays = compare_in(tmp_path, monkeypatch, SETS, ["NEW"])
    assert result["new"]["NEW"] == Scores(1, 0, 100, 100)
    assert result["retained"]["wikigold"]["PER"] == Scores(1, 100, 0, 100)
    assert result["retained"]["EWT"]["all"] == Scores(1, 100, 0, 0)
    assert result["retention"].value == pytest.approx(0.8)  # F 4 / 5 against 1
    assert result["plasticity"].value == 1
    assert result["false_alarms"] == FalseAlarms(2, 500, 2, 1)
    assert arrays["retained"].shape[:2] == (2, 3)


def test_gold_labels_that_stand_for_shared_ones_are_no_matter_of_retention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, _ = compare_in(tmp_path, monkeypatch, SETS, ["NEW", "PERSON"])
    assert set(result["retained"]["wikigold"]) == {"all", "LOC", "ORG"}
    assert result["false_alarms"].update == 1


def test_means_are_over_seeds_first_and_then_over_updates() -> None:
    results = [
        counted(hits=40),
        counted(hits=20, seed=1),
        counted(hits=40, update="skillspan"),
    ]
    (summary,) = summarize(results)
    assert summary.updates["bc5cdr"].plasticity == pytest.approx((1 + f_ratio(20, 40)) / 2)
    assert summary.plasticity.value == pytest.approx((3 + f_ratio(20, 40)) / 4)
    assert summary.plasticity.lower < summary.plasticity.value <= summary.plasticity.upper
    assert summary.retention == Interval(1, 1, 1)


def f_ratio(hits: int, before: int) -> float:
    """F where nothing is spurious and a document holds one span."""

    def f(right: int) -> float:
        return 2 * right / (DOCUMENTS + right)

    return f(hits) / f(before)


def test_more_seeds_that_differ_make_no_narrower_bounds_than_documents_alone() -> None:
    alike = [counted(hits=35, seed=seed) for seed in range(5)]
    different = [counted(hits=15 + 10 * seed, seed=seed) for seed in range(5)]
    (narrow,), (wide,) = summarize(alike), summarize(different)
    assert width(wide.plasticity) > width(narrow.plasticity)


def width(interval: Interval) -> float:
    return interval.upper - interval.lower


def test_targets_say_by_how_much_they_are_met_or_missed() -> None:
    single = counted(hits=38, strategy="pseudo", recognizers=1)
    summaries = summarize([counted(hits=40), single, counted(strategy="naive", recognizers=1)])
    targets = {one.name: one for one in check_targets(summaries, "double")}
    assert targets["NER cost / base's"].verdict == "met"
    assert targets["false alarms / specialist's"].margin == pytest.approx(0.1)
    worst = targets["worst retained label, points (ORG of wikigold, bc5cdr)"]
    assert (worst.value, worst.verdict) == (-2, "missed")
    assert targets["one model (pseudo): plasticity"].value == pytest.approx(f_ratio(38, 40))


def test_a_label_with_little_gold_is_no_worst_label() -> None:
    few = {"wikigold": {"all": Scores(49, 60, 0, 10), "ORG": Scores(49, 60, 0, 10)}}
    (summary,) = summarize([counted(retained=few)])
    assert summary.worst_label is None


def test_the_page_keeps_what_stands_around_the_results(tmp_path: Path) -> None:
    page = tmp_path / "benchmark.md"
    page.write_text(f"# Before\n{START}\nwritten before\n{END}\nafter\n")
    results = [counted(), counted(strategy="naive")]
    write_page(results, "double", tmp_path, tmp_path)
    text = page.read_text()
    assert text.startswith(f"# Before\n{START}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "written before" not in text
    assert text.index("| `double` |") < text.index("| `naive` |")
    assert "missed" in text
    assert srsly.read_json(tmp_path / "summary.json")["default"] == "double"
    assert (tmp_path / "benchmark.svg").read_text().startswith("<svg")


def test_results_go_between_the_marks_whatever_they_hold() -> None:
    assert put_results(f"{START}{END}", r"\1 \g<0>") == f"{START}\n\n\\1 \\g<0>\n{END}"


def test_the_figure_has_a_point_for_each_result_that_has_both_ratios() -> None:
    results = [counted(), counted(seed=1), counted(plasticity=None), counted(strategy="naive")]
    assert draw_figure(results).count("retention: ") - draw_figure([]).count("retention: ") == 2
