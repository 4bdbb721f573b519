"""The store of versions: what is served, what was before, what a pipeline's name is."""

from pathlib import Path

import pytest

from scripts.project.errors import UserError
from scripts.serving.versions import Versions, describe
from tests.small_pipelines import write_ruler


@pytest.fixture
def store(tmp_path: Path) -> Versions:
    versions = Versions(tmp_path / "models")
    versions.use_baseline(write_ruler(tmp_path / "base", "1.0.0"))
    return versions


def released(store: Versions, folder: Path, number: int) -> str:
    pipeline = write_ruler(folder / str(number), f"0.{number}.0", {"GPE": [f"Town{number}"]})
    (folder / "gate.json").write_text("{}")
    return store.release(pipeline, update=number, evidence={"gate.json": folder / "gate.json"}).id


def test_the_id_changes_with_the_weights_not_only_with_the_number(tmp_path: Path) -> None:
    one = describe(write_ruler(tmp_path / "one", "1.0.0"), update=None)
    same = describe(write_ruler(tmp_path / "same", "1.0.0"), update=None)
    other = describe(write_ruler(tmp_path / "other", "1.0.0", {"GPE": ["Rome"]}), update=None)
    assert one.id == same.id
    assert one.id != other.id
    assert one.id.startswith("en_rules-1.0.0-")


def test_a_release_is_a_copy_with_its_evidence_and_is_served(
    store: Versions, tmp_path: Path
) -> None:
    base = store.current_id()
    name = released(store, tmp_path, 1)
    current = store.current()
    assert (current.id, current.update) == (name, 1)
    assert Path(current.folder).parent == tmp_path / "models" / "versions" / name
    assert (Path(current.folder).parent / "gate.json").exists()
    assert describe(Path(current.folder), update=1).id == name
    assert [version.id for version in store.all()] == [base, name]


def test_rollback_goes_back_step_by_step_and_to_any_version(
    store: Versions, tmp_path: Path
) -> None:
    base = store.current_id()
    first, second = released(store, tmp_path, 1), released(store, tmp_path, 2)
    assert store.rollback().id == first
    assert store.rollback().id == base
    with pytest.raises(UserError, match="no version before"):
        store.rollback()
    assert store.rollback(second).id == second
    assert store.rollback().id == base
    with pytest.raises(UserError, match=r"no version '9\.9'"):
        store.rollback("9.9")
    assert len(store.all()) == 3


def test_to_release_the_same_twice_is_to_release_it_once(store: Versions, tmp_path: Path) -> None:
    base = store.current_id()
    assert released(store, tmp_path, 1) == released(store, tmp_path, 1)
    assert store.rollback().id == base


def test_a_restart_serves_what_was_served_unless_another_pipeline_is_given(
    store: Versions, tmp_path: Path
) -> None:
    name = released(store, tmp_path, 1)
    assert Versions(tmp_path / "models").use_baseline(tmp_path / "base").id == name
    other = write_ruler(tmp_path / "other", "3.0.0")
    assert Versions(tmp_path / "models").use_baseline(other).id.startswith("en_rules-3.0.0")
    assert store.rollback().id == name


def test_what_is_no_pipeline_is_an_error_of_two_lines(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no pipeline"):
        Versions(tmp_path).use_baseline(tmp_path)
    with pytest.raises(UserError, match="nothing was served"):
        Versions(tmp_path / "empty").current()
