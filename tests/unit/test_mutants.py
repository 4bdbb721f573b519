"""`make nightly` fails where the tests see too few changes to the code."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import PROJECT, judge, read_modules, read_results

MODULES = ["scripts.conversion.gold", "scripts.conversion.spans", "scripts.release.needs"]


def results(*ended: str) -> list[str]:
    """Lines as `mutmut results --all true` writes them: 10 changes to each module, and how
    the first one's ended.
    """
    each = [list(ended) + ["killed"] * (10 - len(ended)), *[["killed"] * 10] * 2]
    return [
        f"    {module}.xǁMapǁfind__mutmut_{number}: {status}"
        for module, statuses in zip(MODULES, each, strict=True)
        for number, status in enumerate(statuses, 1)
    ]


@pytest.mark.parametrize(
    ("ended", "enough"),
    [
        ([], True),
        (["survived"] * 4, True),  # 16 of 20 in the conversion
        (["survived"] * 5, False),  # though 25 of all 30
        (["no tests"] * 5, False),
        (["not checked"] * 5, False),  # somebody ended it
        (["suspicious"] * 5, False),
        (["timeout"] * 10, True),
        (["skipped"] * 10, True),  # 10 of the 10 others
        (["skipped"] * 10 + ["survived"] * 4, False),
    ],
)
def test_four_of_five_are_wanted(ended: list[str], enough: bool) -> None:
    assert judge(read_results(results(*ended)), MODULES)[1] == enough


def test_the_shares_are_told() -> None:
    lines, _ = judge(read_results(results("survived", "timeout")), MODULES)
    assert lines == [
        " 90.0% of 10 in scripts.conversion.gold, 1 survived",
        "100.0% of 10 in scripts.conversion.spans",
        "100.0% of 10 in scripts.release.needs",
        " 95.0% in scripts.conversion; 80% are wanted.",
        "100.0% in scripts.release; 80% are wanted.",
    ]


def test_a_module_without_any_change_is_not_enough() -> None:
    assert not judge(read_results(results()[10:]), MODULES)[1]
    assert not judge({}, MODULES)[1]


def test_the_modules_are_there() -> None:
    for module in read_modules():
        assert (PROJECT.parent / f"{module.replace('.', '/')}.py").is_file()


@pytest.mark.parametrize(("status", "code"), [("killed", 0), ("survived", 1)])
def test_the_exit_status_is_that_of_make(status: str, code: int, tmp_path: Path) -> None:
    lines = [f"{module}.x_f__mutmut_1: {status}" for module in read_modules()]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.mutants"],
        input="\n".join(lines),
        text=True,
        cwd=PROJECT.parent,
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (code, "")
