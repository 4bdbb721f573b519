"""The benchmark's jobs: which there are, in which order, and when one must be done again."""

from pathlib import Path

import pytest
import srsly

from scripts.project.errors import UserError
from scripts.project.settings import STRATEGIES
from tests.benchmarks.updates.data import BY_NAME, FULL, UPDATES, check_data, write_export
from tests.benchmarks.updates.plan import (
    SEEDS,
    Job,
    Variant,
    default_strategy,
    find_variants,
    hash_code,
    job_vars,
    make_plan,
)

ROOT = Path.cwd()


def test_every_strategy_is_measured_but_the_one_that_chooses_among_them() -> None:
    names = {variant.name for variant in find_variants(ROOT)}
    assert set(STRATEGIES) - {"auto"} | {"double-base", "bound"} <= names


def test_a_config_among_the_experiments_is_a_strategy_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "configs/experiments").mkdir(parents=True)
    (tmp_path / "configs/experiments/small.cfg").touch()
    (tmp_path / "project.yml").write_text("vars: {strategy: double}")
    (small,) = (one for one in find_variants(tmp_path) if one.name == "small")
    assert small.vars == {"strategy": "double", "config": "configs/experiments/small.cfg"}


def test_one_seed_of_everything_comes_first_and_five_of_the_default_in_all() -> None:
    variants = find_variants(ROOT)
    jobs = make_plan(variants, [])
    seeds = [job.seed for job in jobs]
    assert seeds == sorted(seeds)
    assert seeds.count(0) == len(variants) * len(UPDATES)
    later = {job.variant.name for job in jobs if job.seed}
    assert later == {default_strategy(ROOT), "naive"}
    assert max(seeds) == SEEDS - 1


def test_jobs_are_chosen_by_patterns_of_their_names() -> None:
    jobs = make_plan(find_variants(ROOT), ["bc5cdr/double/*", "*/pseudo/0"])
    names = [job.name for job in jobs]
    assert "wnut17/pseudo/0" in names
    assert len(names) == SEEDS + len(UPDATES)


def test_a_pattern_that_fits_no_job_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(UserError, match="bc5cdr/nothing/0") as caught:
        make_plan(find_variants(ROOT), ["bc5cdr/nothing/0"])
    assert "double-base" in caught.value.remedy


def test_only_the_bound_takes_all_raw_text() -> None:
    data = Path("/data")
    values = {
        variant.name: job_vars(Job(UPDATES[0], variant, 3), data, FULL)
        for variant in find_variants(ROOT)
    }
    assert values["bound"]["raw_text"] == "/data/raw/*.txt"
    assert {one["raw_text"] for name, one in values.items() if name != "bound"} == {
        "/data/raw/wikisplit_sentences.txt"
    }
    assert {one["seed"] for one in values.values()} == {"3"}


def test_a_comment_changes_no_hash_but_code_does(tmp_path: Path) -> None:
    sources = {
        "one": '"""Says this."""\n\ndef f(x: int) -> int:\n    return x + 1\n',
        "same": "# why\ndef f(x: int) -> int:\n    # more\n    return (x + 1)\n",
        "other": "def f(x: int) -> int:\n    return x + 2\n",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source)
    one, same, other = (hash_code(tmp_path / f"{name}.py") for name in sources)
    assert one == same != other


def test_missing_data_are_two_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="data are not there") as caught:
        check_data(tmp_path)
    assert "docs/benchmark.md" in caught.value.remedy


def test_unannotated_tasks_have_no_annotation_except_for_the_bound(tmp_path: Path) -> None:
    line = {"text": "takes ibuprofen", "spans": [{"start": 6, "end": 15, "label": "DRUG"}]}
    update = BY_NAME["ner_drugs"]
    (tmp_path / update.train).parent.mkdir(parents=True)
    lines = [line | {"text": f"{line['text']} {number}"} for number in range(5)]
    srsly.write_jsonl(tmp_path / update.train, lines)
    annotated = []
    for all_gold in (False, True):
        scale = FULL._replace(annotated=2)
        write_export(update, tmp_path, tmp_path / "out", scale=scale, all_gold=all_gold)
        tasks = srsly.read_json(tmp_path / "out/export.json")
        annotated.append([len(task["annotations"]) for task in tasks])
    assert annotated == [[1, 1, 0, 0, 0], [1] * 5]


def test_a_job_is_compared_with_the_specialist_of_its_own_update_and_seed() -> None:
    job = Job(UPDATES[1], Variant("bound", {}, all_gold=True), 2)
    assert job.plain.name == f"{UPDATES[1].name}/naive/2"
    assert not job.plain.variant.all_gold
