"""A disk that is full in the middle of a write, and one that cannot be written to."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command_lines import convert_line, finish, rehearse_line, write_raw
from tests.small_conversions import written

from .conftest import TINY, Done, Project, command, environment, state, without_work

Finished = tuple[Project, Done]
Copy = Callable[[Project], Project]
KB = 1024


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A file system mounted on a folder until the block ends; skips where that is refused."""
    folder.mkdir(exist_ok=True)
    line = ["mount", *options, str(folder)]
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        pytest.skip("mounting a small disk needs Linux")
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting a small disk needs root: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, free: int) -> Path:
    """Leave so many bytes free on a disk; returns the file to delete again."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(max(0, shutil.disk_usage(disk).free - free)))
    return filler


def run(project: Project, name: str) -> Done:
    """Run a command although nothing has changed."""
    done = subprocess.run(
        [*command(name, dict(TINY)), "--force"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
        env=environment(),
    )
    return Done(done.returncode, done.stdout)


@pytest.mark.parametrize(
    ("name", "output", "free"),
    [
        ("convert", "corpus", 0),
        ("convert", "corpus", 200 * KB),
        ("rehearse", "corpus", 40 * KB),
        ("train", "training", 1500 * KB),  # spacy train can save half a checkpoint
        ("package", "packages", 1000 * KB),
    ],
)
def test_a_full_disk(
    finished: Finished, copy_of: Copy, tmp_path: Path, name: str, output: str, free: int
) -> None:
    project = copy_of(finished[0])
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64m", "tmpfs") as disk:
        shutil.move(project.folder / output, disk / output)
        (project.folder / output).symlink_to(disk / output)
        before = state(project)
        filler = fill(disk, free)
        done = run(project, name)
        assert done.status != 0, done.output
        assert "Traceback" not in done.output, done.output
        assert "No space left on the disk" in done.output, done.output
        assert without_work(state(project)) == before
        filler.unlink()
        done = run(project, name)
        assert done.status == 0, done.output
        assert set(state(project)) == set(before)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "share"), [("convert", 0.5), ("rehearse", 0.8)])
def test_after_a_full_disk_the_outputs_are_the_same(
    tmp_path: Path, name: str, share: float
) -> None:
    raw = write_raw(tmp_path, 500)

    def line(place: Path) -> list[str]:
        return (
            convert_line(tmp_path / "inputs", place / "corpus")
            if name == "convert"
            else rehearse_line(place, raw)
        )

    assert finish(line(tmp_path / "whole")).returncode == 0
    expected = written(tmp_path / "whole" / "corpus")
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=32m", "tmpfs") as disk:
        given = line(disk)
        needed = sum(path.stat().st_size for path in (tmp_path / "whole").rglob("*.spacy"))
        before = written(disk)
        filler = fill(disk, round(share * needed))
        done = finish(given)
        assert done.returncode == 1
        fact, remedy = done.stderr.splitlines()[-2:]
        assert "No space left on the disk" in fact
        assert remedy.startswith("Free some space")
        assert "Traceback" not in done.stderr
        filler.unlink()
        left = {path: known for path, known in written(disk).items() if "/." not in path}
        assert left == before
        assert finish(given).returncode == 0
        assert written(disk / "corpus") == expected


def test_a_read_only_project(finished: Finished, copy_of: Copy) -> None:
    project = copy_of(finished[0])
    folder = project.folder
    with mounted(folder, "--bind", str(folder)):
        remount = ["mount", "-o", "remount,ro,bind", str(folder)]
        subprocess.run(remount, check=True)
        done = project.run("all", **TINY)
        assert done.status != 0, done.output
        assert "cannot be written to" in done.output, done.output
        assert "Traceback" not in done.output
