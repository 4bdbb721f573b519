"""Copies of the project: what they hold, and what stays when they are brought up to date."""

from pathlib import Path

import pytest

from scripts.project.copies import lay_out, renew


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project, with what a run has made of it."""
    folder = tmp_path / "project"
    files = ("scripts/one.py", "scripts/part/two.py", "configs/update.cfg", "assets/demo/export")
    for name in (*files, "project.yml", "constraints.txt", "assets/inputs.json", "corpus/made"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_copy_has_the_code_and_links_to_the_inputs(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    lay_out(project, copy)
    assert (copy / "scripts/part/two.py").read_text() == "scripts/part/two.py"
    assert (copy / "assets/demo").resolve() == project / "assets/demo"
    assert not (copy / "assets/inputs.json").exists()
    assert not (copy / "corpus").exists()


def test_what_a_copy_has_made_stays_when_the_code_changes(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    renew(project, copy)
    for name in ("corpus/gold", "assets/inputs.json", "project.lock"):
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("made")
    (project / "scripts/part/two.py").rename(project / "scripts/three.py")
    (project / "project.yml").write_text("another")
    (project / "assets/demo").rename(project / "assets/more")
    renew(project, copy)
    assert sorted(path.name for path in (copy / "scripts").rglob("*.py")) == ["one.py", "three.py"]
    assert (copy / "project.yml").read_text() == "another"
    for name in ("corpus/gold", "assets/inputs.json", "project.lock"):
        assert (copy / name).read_text() == "made"
    assert sorted(path.name for path in (copy / "assets").iterdir()) == ["inputs.json", "more"]


def test_code_that_is_the_same_is_left_alone(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    renew(project, copy)
    cache = copy / "scripts" / "__pycache__"
    cache.mkdir()
    (cache / "one.cpython-311.pyc").touch()
    before = {path: path.stat().st_ino for path in copy.rglob("*") if not path.is_symlink()}
    renew(project, copy)
    assert {path: path.stat().st_ino for path in copy.rglob("*") if not path.is_symlink()} == before
