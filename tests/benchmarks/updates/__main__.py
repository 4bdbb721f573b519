"""Measure every strategy on four updates of a real base, and write what came out.

    python -m tests.benchmarks.updates [--only 'bc5cdr/*/0'] [--jobs 2]
    python -m tests.benchmarks.updates --corrections     # with 5 to 100 annotated tasks

A job is an update by a strategy with a seed. Its result is a file in tests/benchmarks/results;
jobs that have one are skipped, so the benchmark goes on where it was ended (`--renew` does those
again that other code did). Afterwards it writes docs/benchmark.md, docs/benchmark.svg and
tests/benchmarks/summary.json. The data stand beside the project (docs/benchmark.md).
"""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich import print as rich_print

from scripts.project.errors import UserError, run
from tests.workflow.conftest import ROOT, copy_project, environment

from .data import CORRECTIONS, DATA, FULL, QUICK, UPDATES, check_data
from .page import updates_table, write_page
from .plan import Job, default_strategy, find_variants, make_plan
from .results import read_results
from .schedule import (
    CORES,
    Finished,
    Programs,
    alone,
    in_words,
    one_core_each,
    run_tasks,
    time_left,
)
from .stages import Place, known_seconds, make_tasks
from .summary import summarize

RESULTS = ROOT / "tests/benchmarks/results"
WORK = ROOT / "training/benchmark"  # what strategies share, and logs; may be deleted


def main(
    only: Annotated[list[str] | None, typer.Option(help="jobs to run, as 'bc5cdr/*/0'")] = None,
    jobs: Annotated[int, typer.Option(help="at once, a core each", min=1)] = CORES,
    data: Annotated[Path, typer.Option(help="folder of the public data")] = DATA,
    renew: Annotated[bool, typer.Option(help="do jobs again that other code did")] = False,
    corrections: Annotated[
        bool, typer.Option(help="few tasks in the place of the four updates")
    ] = False,
    summary: Annotated[
        bool, typer.Option(help="run nothing, sum up the results there are")
    ] = False,
    quick: Annotated[
        bool, typer.Option(hidden=True, help="few steps and texts, to try it")
    ] = False,
) -> None:
    """Measure strategies on four updates of a real base; results that are there are kept."""
    results, work = (WORK / "quick/results", WORK / "quick") if quick else (RESULTS, WORK)
    results = results / "corrections" if corrections else results
    updates = CORRECTIONS if corrections else UPDATES
    if not summary:
        check_data(data)
        with alone(work):
            scale = QUICK if quick else FULL
            programs = Programs(one_core_each(environment()))
            code = copy_code(work / "code")
            place = Place(code, work, data.resolve(), results, scale, programs, renew, {})
            run_benchmark(make_plan(find_variants(code), only or [], updates), jobs, place)
    if corrections:
        print(updates_table(summarize(list(read_results(results)))))
        return
    page = work if quick else ROOT / "docs"
    write_page(list(read_results(results)), default_strategy(ROOT), page, results.parent)
    rich_print(f"Written: {page / 'benchmark.md'}")


def run_benchmark(planned: list[Job], at_once: int, place: Place) -> None:
    """Run all jobs that have no result yet. Raises UserError when one of them failed."""
    place.results.mkdir(parents=True, exist_ok=True)
    tasks = make_tasks(planned, place)
    known = known_seconds(place.results)
    undone = {job.name for job in planned} & {task.name for task in tasks}
    rich_print(f"{len(planned)} jobs, {len(planned) - len(undone)} of them done before")

    def report(finished: Finished) -> None:
        what = finished.error.fact if finished.error else in_words(finished.seconds)
        if not finished.error:
            known.setdefault(finished.task.kind, []).append(finished.seconds)
        left = in_words(time_left(finished.waiting, known, at_once))
        print(f"{finished.task.name}: {what}; {len(finished.waiting)} to go, {left}", flush=True)

    failed = run_tasks(tasks, at_once=at_once, programs=place.programs, report=report)
    if failed:
        raise UserError(
            f"{len(failed)} of {len(planned)} jobs failed: {', '.join(failed)}.",
            f"The output of each is in {place.work / 'logs'}; run again to go on.",
        )


def copy_code(folder: Path) -> Path:
    """A copy of the project: it may be edited while the benchmark runs."""
    if folder.exists():
        shutil.rmtree(folder)
    return copy_project(folder).folder


if __name__ == "__main__":
    run(main)
