"""Work in processes of their own, which ends with the process that started it."""

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from scripts.project.errors import UserError
from scripts.project.executors import LocalJobs, make_executor

SLEEP = """
import sys, time
from scripts.project.parents import end_with_parent
end_with_parent(int(sys.argv[1]))
time.sleep(600)
"""
TRAIN = """
import sys
from pathlib import Path
from scripts.training.runs import spacy_train
spacy_train(Path("-"), Path(sys.argv[1]), gpu_id=-1)  # a config from stdin, which has no end
"""


def double(shared: int, item: int) -> tuple[int, int]:
    return os.getpid(), shared * item


def sleep_in_a_child(shared: Path, _item: int) -> None:
    child = subprocess.Popen([sys.executable, "-c", SLEEP, str(os.getpid())])
    partial = shared.with_suffix(".partial")
    partial.write_text(str(child.pid), encoding="utf8")
    partial.rename(shared)
    child.wait()


def child_of(path: Path) -> psutil.Process:
    """The process whose id stands in a file, once it is there."""
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    return psutil.Process(int(path.read_text("utf8")))


def training_of(process: subprocess.Popen[bytes]) -> psutil.Process:
    """The `spacy train` that a process has started, once it has."""
    until = time.monotonic() + 60
    while True:
        for child in psutil.Process(process.pid).children():
            if "scripts.trainer" in child.cmdline():
                return child
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)


def test_work_is_done_by_other_processes() -> None:
    executor = LocalJobs(1)
    try:
        done = [executor.submit(double, 2, item).result() for item in range(3)]
    finally:
        executor.close()
    assert [result for _, result in done] == [0, 2, 4]
    assert {pid for pid, _ in done} != {os.getpid()}


def test_closing_ends_what_the_work_has_started(tmp_path: Path) -> None:
    executor = LocalJobs(1)
    executor.submit(sleep_in_a_child, tmp_path / "child", 0)
    child = child_of(tmp_path / "child")
    assert child.is_running()
    executor.close()
    child.wait(timeout=20)
    assert not child.is_running()


@pytest.mark.slow
def test_all_ends_when_the_process_is_killed(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; import time\n"
        "from scripts.project.executors import LocalJobs\n"
        "from tests.unit.test_executors import sleep_in_a_child\n"
        "if __name__ == '__main__':\n"
        f"    LocalJobs(1).submit(sleep_in_a_child, Path({str(tmp_path / 'child')!r}), 0)\n"
        "    time.sleep(600)\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf8")
    process = subprocess.Popen(
        [sys.executable, tmp_path / "program.py"], env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    child = child_of(tmp_path / "child")
    worker = child.parent()
    assert worker
    process.kill()
    process.wait()
    child.wait(timeout=20)
    worker.wait(timeout=20)


def test_work_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    executor = LocalJobs(1)
    future = executor.submit(sleep_in_a_child, tmp_path / "child", 0)
    child = child_of(tmp_path / "child")
    worker = child.parent()
    assert worker
    worker.kill()
    with pytest.raises(executor.lost):
        future.result()
    child.wait(timeout=20)
    executor.close()


@pytest.mark.slow
def test_a_training_ends_with_the_process_that_has_started_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TRAIN, tmp_path], stdin=subprocess.PIPE
    ) as process:
        training = training_of(process)
        process.kill()
        process.wait()
        training.wait(timeout=60)
        assert not training.is_running()


def test_a_gpu_of_this_machine_serves_one_job() -> None:
    executor = make_executor("local", jobs=4, gpu_id=0)
    executor.close()
    assert executor.jobs == 1


@pytest.mark.skipif(find_spec("ray") is not None, reason="ray is installed")
def test_ray_that_is_not_installed_is_an_error_in_two_lines() -> None:
    with pytest.raises(UserError, match="not installed"):
        make_executor("ray", jobs=1, gpu_id=-1)
