"""Where a pipeline is."""

import zipfile
from pathlib import Path

import pytest

from scripts.project.errors import UserError
from scripts.training.finding import find_wheel, pipeline_folder
from tests.small_pipelines import write_ruler


def place_of(where: str | None, name: str = "rules", version: str = "1.0.0") -> Path:
    with pipeline_folder(where, name=name, version=version) as folder:
        assert (folder / "config.cfg").is_file()
        return folder


def test_a_folder_or_one_around_it(tmp_path: Path) -> None:
    inner = write_ruler(tmp_path / "rules", "1.0.0")
    assert place_of(str(inner)) == inner
    assert place_of(str(tmp_path)) == inner


def test_a_wheel_is_unpacked_and_removed(tmp_path: Path) -> None:
    model = write_ruler(tmp_path / "rules", "1.0.0")
    with zipfile.ZipFile(tmp_path / "en_rules.whl", "w") as wheel:
        for path in (path for path in model.rglob("*") if path.is_file()):
            wheel.write(path, Path("en_rules", "en_rules-1.0.0") / path.relative_to(model))
    assert not place_of(str(tmp_path / "en_rules.whl")).exists()


def test_the_package_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inner = Path("packages/en_rules-1.0.0/en_rules/en_rules-1.0.0")
    other = Path("packages/en_other_rules-1.0.0/en_other_rules/en_other_rules-1.0.0")
    for folder in (other, inner):
        folder.parent.mkdir(parents=True)
        write_ruler(folder, "1.0.0")
    assert place_of(None) == inner
    assert place_of(None, name="en_rules") == inner
    with pytest.raises(UserError, match=r"no package rules 2\.0\.0"):
        place_of(None, version="2.0.0")


def test_the_wheel_of_a_run_or_another(tmp_path: Path) -> None:
    for name in ("de_en_rules-1.0.0", "en_rules-1.0.0", "en_rules-1.0.0a"):
        (tmp_path / name / "dist").mkdir(parents=True)
        (tmp_path / name / "dist" / f"{name}-py3-none-any.whl").touch()
    built = tmp_path / "en_rules-1.0.0" / "dist" / "en_rules-1.0.0-py3-none-any.whl"
    for name in ("rules", "en_rules"):
        assert find_wheel(None, name=name, version="1.0.0", packages=tmp_path) == built
    assert find_wheel(str(built), name="", version="") == built
    with pytest.raises(UserError, match="is no wheel"):
        find_wheel(str(tmp_path), name="", version="")
    built.unlink()
    with pytest.raises(UserError, match=r"There are 0 files dist/\*.whl in .*en_rules-1.0.0"):
        find_wheel(None, name="rules", version="1.0.0", packages=tmp_path)


@pytest.mark.parametrize("where", ["nowhere", "nowhere.whl"])
def test_what_is_not_there(where: str) -> None:
    with pytest.raises(UserError, match="There is no"):
        place_of(where)
