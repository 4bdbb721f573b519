"""Versions: which were released, which is free, which comes next."""

import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scripts.project.errors import UserError
from scripts.release.released import (
    Content,
    Wheels,
    check_version,
    find_released,
    find_wheels,
    labels_of,
    package_name,
    propose,
    read_released,
    wheel_name,
)

DATA: dict[str, str | None] = {
    "base": "b",
    "export": "e",
    "raw_text": None,
    "replay_gold": None,
    "encoder": None,
}
NOW = Content(DATA, ["DRUG", "ORG"])


def write_wheel(folder: Path, version: str, **of_meta: Any) -> Path:
    """A wheel with no more in it than what tells of a version."""
    meta = {
        "lang": "en",
        "name": "drugs",
        "version": version,
        "lineage": {"data": DATA, "labels": {"annotated": ["DRUG"], "retained": ["ORG"]}},
    } | of_meta
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / wheel_name(meta)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("en_drugs/meta.json", msgspec.json.encode(meta))
        archive.writestr(f"en_drugs/en_drugs-{version}/meta.json", "{}")
        archive.writestr(f"en_drugs/en_drugs-{version}/CHANGELOG.md", f"# {version}")
    return path


def changed(**data: str) -> Content:
    """What a version is made of now, when some of the data are others."""
    return Content(DATA | data, NOW.labels)


def test_wheels_are_built_in_packages_and_released_where_the_var_says(tmp_path: Path) -> None:
    write_wheel(tmp_path / "packages" / "en_drugs-0.2.0" / "dist", "0.2.0")
    write_wheel(tmp_path / "given", "0.10.0")
    write_wheel(tmp_path / "given", "0.1.0", name="other")
    wheels = find_wheels(tmp_path / "packages", str(tmp_path / "given"))
    found = find_released("en_drugs", wheels)
    assert [one.version for one in found] == [(0, 2, 0), (0, 10, 0)]  # by number, not by letter
    assert [one.built_here for one in found] == [True, False]
    assert found[0].changelog == "# 0.2.0"
    assert len(find_released("en_drugs", find_wheels(tmp_path / "packages", None))) == 1
    with pytest.raises(UserError, match=r"No wheel at .*nowhere \(vars.released\)"):
        find_wheels(tmp_path / "packages", str(tmp_path / "nowhere"))


def test_a_version_may_be_made_again_from_the_same_data(tmp_path: Path) -> None:
    released = [read_released(write_wheel(tmp_path, "0.1.0"))]
    assert check_version("en_drugs", "0.1.0", NOW, released) == []
    assert check_version("en_drugs", "0.2.0", changed(export="x"), released) == []


@pytest.mark.parametrize(
    ("part", "words"),
    [("export", "another export"), ("base", "another base"), ("raw_text", "other raw text")],
)
def test_a_released_version_is_not_made_again_from_other_data(
    tmp_path: Path, part: str, words: str
) -> None:
    wheel = write_wheel(tmp_path, "0.1.0")
    with pytest.raises(UserError) as error:
        check_version("en_drugs", "0.1.0", changed(**{part: "x"}), [read_released(wheel)])
    assert error.value.fact == f"en_drugs 0.1.0 is released ({wheel}), from {words}."
    assert "--vars.version 0.1.1 (the labels are the same)" in error.value.remedy


def test_a_version_that_was_only_built_here_is_replaced_with_a_warning(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "packages" / "en_drugs-0.1.0" / "dist", "0.1.0")
    built = find_released("en_drugs", find_wheels(tmp_path / "packages", None))
    (warning,) = check_version("en_drugs", "0.1.0", changed(export="x"), built)
    assert warning == f"{wheel} was built from another export: it is replaced."
    assert propose(NOW, built).version == "0.1.0"
    named = find_released("en_drugs", find_wheels(tmp_path / "packages", str(wheel)))
    with pytest.raises(UserError, match="is released"):
        check_version("en_drugs", "0.1.0", changed(export="x"), named)


def test_a_release_that_does_not_tell_of_its_data_is_not_made_again(tmp_path: Path) -> None:
    old = read_released(write_wheel(tmp_path, "0.1.0", lineage={}, labels={"ner": ["DRUG"]}))
    with pytest.raises(UserError, match="data that it does not tell of"):
        check_version("en_drugs", "0.1.0", NOW, [old])
    assert labels_of(old.meta) == ["DRUG"]


def test_a_version_under_the_highest_one_is_warned_of(tmp_path: Path) -> None:
    released = [read_released(write_wheel(tmp_path, "0.2.0"))]
    (warning,) = check_version("en_drugs", "0.1.0", NOW, released)
    assert "0.2.0" in warning


def test_labels_make_a_minor_version_all_else_a_patch(tmp_path: Path) -> None:
    released = [read_released(write_wheel(tmp_path, version)) for version in ("0.1.0", "1.4.2")]
    assert propose(NOW, released).version == "1.4.3"
    more = propose(Content(DATA, ["DISEASE", "DRUG", "ORG"]), released)
    assert more == ("1.5.0", "labels added: DISEASE")
    fewer = propose(Content(DATA, ["DRUG"]), released)
    assert fewer == ("1.5.0", "labels gone: ORG")
    assert propose(NOW, []).version == "0.1.0"


def test_a_damaged_wheel_is_named(tmp_path: Path) -> None:
    wheel = tmp_path / "en_drugs-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK, but not for long")
    with pytest.raises(UserError, match=f"{wheel} is no whole wheel"):
        find_released("en_drugs", Wheels([], [wheel]))


@pytest.mark.parametrize("name", ["drugs", "en_drugs"])
def test_package_name(name: str) -> None:
    assert package_name("en", name) == "en_drugs"
