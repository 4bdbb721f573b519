"""Several components in one run: what each part is told, and that the last keeps the others."""

from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.language import Language

from scripts import parts
from scripts.parts import UPDATE, Part, absolute, check_kept, update_all
from scripts.project.errors import UserError
from scripts.project.part_list import read_parts
from scripts.project.settings import read_project_vars
from tests.small_components import train_classifier
from tests.small_ners import train_ner


def test_a_part_is_a_set_of_vars(tmp_path: Path) -> None:
    srsly.write_yaml(tmp_path / "parts.yml", [{"component": "ner"}, {"component": "textcat"}])
    assert [part["component"] for part in read_parts(tmp_path / "parts.yml")] == ["ner", "textcat"]


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        ("component: ner", "no list of parts"),
        ("[]", "no list of parts"),
        ("- ner", "no list of parts"),
        ("- componnt: ner", "no var 'componnt'"),
        ("- {", "cannot be read"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str, fact: str) -> None:
    (tmp_path / "parts.yml").write_text(content)
    with pytest.raises(UserError, match=fact):
        read_parts(tmp_path / "parts.yml")


def test_files_of_the_project_are_found_from_the_folder_of_a_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.txt").write_text("Some text.")
    given = {"raw_text": "raw.txt", "base_model": "en_core_web_sm", "encoder": "full"}
    given |= {"teacher": "raw.txt", "teacher_label_map": None}
    given |= {"export": "exports/*.json", "retained_gold": None, "name": "raw.txt"}
    assert absolute(given) == given | {
        "raw_text": str(tmp_path / "raw.txt"),
        "teacher": str(tmp_path / "raw.txt"),
        "export": str(tmp_path / "exports/*.json"),
    }


def told(
    monkeypatch: pytest.MonkeyPatch, own: list[dict[str, Any]], **more: object
) -> list[dict[str, Any]]:
    """The vars with which parts would be run."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(parts, "update", lambda part, values, workflow: found.append(values))
    monkeypatch.setattr(Part, "wheel", Path("first.whl"))
    values = read_project_vars()
    update_all(own, values | more, Path("runs"))
    return found


def test_what_only_a_start_from_nothing_has_is_for_the_first_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = [{"component": "ner"}, {"component": "textcat", "control": "topic"}]
    given = {"base_model": "blank:de", "optimize": "accuracy", "vectors": "de_core_news_md"}
    first, second = told(monkeypatch, own, **given)
    assert {name: first[name] for name in given} == given
    assert (second["base_model"], second["optimize"]) == ("first.whl", "efficiency")
    assert (second["vectors"], second["control"]) == (None, "topic")


def test_vars_that_a_later_part_does_not_take_are_refused_before_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own: list[dict[str, Any]] = [{"component": "ner"}, {"component": "textcat"}]
    for name, value in {"precedence": "base", "base_label_map": "names.yml"}.items():
        with pytest.raises(UserError, match=f"{name} is .*, which a textcat does not take"):
            told(monkeypatch, own, **{name: value})
        assert len(told(monkeypatch, [{**own[0], name: value}, own[1]])) == 2


def test_the_wheel_of_a_part_is_that_of_its_version(tmp_path: Path) -> None:
    """Beside it lie those of earlier runs."""
    part = Part("ner", tmp_path, "both_part1", "1.1.0")
    for name in ("en_both_part1-1.0.0", "en_both_part1-1.1.0", "en_both-1.1.0"):
        (tmp_path / "packages" / name / "dist").mkdir(parents=True)
        (tmp_path / "packages" / name / "dist" / f"{name}-py3-none-any.whl").touch()
    assert part.wheel.name == "en_both_part1-1.1.0-py3-none-any.whl"


def write_part(component: str, folder: Path, nlp: Language) -> Part:
    (folder / UPDATE).mkdir(parents=True)
    nlp.to_disk(folder / UPDATE)
    return Part(component, folder, "both", "1.0.0")


def test_a_part_that_changes_another_is_refused(tmp_path: Path) -> None:
    entities = train_ner("We saw basil", [(7, 12, "PLANT")])
    first = write_part("ner", tmp_path / "first", entities)
    both = spacy.blank("en")
    both.add_pipe("ner", source=entities)
    both.add_pipe("textcat", source=train_classifier("textcat"))
    check_kept([first, write_part("textcat", tmp_path / "second", both)])

    both.remove_pipe("ner")
    both.add_pipe("ner", source=train_ner("We saw mint", [(7, 11, "PLANT")]))
    with pytest.raises(UserError, match="changed ner of the part ner"):
        check_kept([first, write_part("textcat", tmp_path / "third", both)])
