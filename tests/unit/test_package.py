"""What goes into a package: meta, config, licence files, and what is refused."""

import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.language import Language
from thinc.api import Config

from scripts.package import check_release, run_tool
from scripts.project.errors import UserError
from scripts.release import staging
from scripts.release.meta import Identity, build_meta
from scripts.release.released import package_name
from scripts.release.staging import needed_code, portable_config, stage, without_paths
from tests.evidence import BASE, decision, evaluation, evaluation_with_gold, lineage

UNSAID = Identity("drugs", "1.2.3", author=None, license=None, description=None)
OWN: dict[str, Any] = {
    "lang": "en",
    "name": "base",
    "version": "2.0.0",
    "author": "Bo",
    "email": "bo@example.org",
    "url": "https://example.org",
    "license": "CC BY-SA 4.0",
    "description": "The base's.",
    "spacy_version": ">=3.8.0,<3.9.0",
    "requirements": ["spacy>=3.8.0,<3.9.0", "spacy-lookups-data>=1.0"],
    "sources": ["OntoNotes"],
    "performance": {"tag_acc": 0.97, "ents_f": 0.85, "ents_per_type": {"ORG": {"f": 0.8}}},
}


@Language.factory("tests_lower")
def make_lower(nlp: Language, name: str) -> Any:
    return lambda doc: doc


def meta(identity: Identity = UNSAID) -> dict[str, Any]:
    """The meta of a package of the update in tests/evidence.py."""
    scores = evaluation()
    return build_meta(OWN, identity=identity, base=BASE, evaluation=scores, lineage=lineage(scores))


def test_meta_without_the_users_words() -> None:
    made = meta()
    assert (made["name"], made["version"]) == ("drugs", "1.2.3")
    assert made["description"] == "en_base 2.0.0, updated with annotations of DRUG."
    assert made["license"] == "CC BY-SA 4.0"
    assert (made["author"], made["email"], made["url"]) == ("", "", "")


def test_meta_with_the_users_words() -> None:
    made = meta(Identity("en_drugs", "1.2.3", "Ada", "MIT", "Finds\n drugs."))
    assert (made["name"], made["author"], made["license"]) == ("drugs", "Ada", "MIT")
    assert made["description"] == "Finds drugs."


def test_meta_keeps_the_bases_sources_and_tells_of_the_base() -> None:
    assert meta()["sources"] == [
        {"name": "OntoNotes"},
        {
            "name": "en_base 2.0.0",
            "url": "https://example.org",
            "author": "Bo",
            "license": "CC BY-SA 4.0",
        },
    ]


def test_meta_replaces_the_entity_scores_only() -> None:
    performance = meta()["performance"]
    assert performance["tag_acc"] == 0.97
    assert performance["ents_f"] == 0.812
    assert performance["ents_per_type"] == {"DRUG": {"p": 0.812, "r": 0.812, "f": 0.812}}


def test_meta_requires_the_spacy_that_trained_it() -> None:
    made = meta()
    assert made["spacy_version"].startswith(f">={spacy.__version__},")
    assert made["requirements"] == ["spacy-lookups-data>=1.0"]


@pytest.mark.parametrize("name", ["drugs", "en_drugs"])
def test_package_name(name: str) -> None:
    assert package_name("en", name) == "en_drugs"


def test_a_refused_update_is_not_packaged() -> None:
    refused = evaluation_with_gold(40.0)
    with pytest.raises(UserError, match="The gate refused this pipeline"):
        check_release(refused, decision(refused), "a" * 64)


def test_a_pipeline_that_was_not_evaluated_is_not_packaged() -> None:
    scores = evaluation_with_gold(70.0)
    check_release(scores, decision(scores), "a" * 64)
    with pytest.raises(UserError, match="of another pipeline"):
        check_release(scores, decision(scores), "c" * 64)


def test_a_tool_that_fails_shows_its_last_lines() -> None:
    with pytest.raises(UserError, match="No module named no_such_tool"):
        run_tool(["no_such_tool"], Path())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/home/ada/models/bert-base", "bert-base"),
        ("/home/ada/models/bert/", "bert"),
        ("C:\\models\\bert", "bert"),
        ("~/models/bert", "bert"),
        ("sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
        ("/", "/"),
        ("spacy.Tokenizer.v1", "spacy.Tokenizer.v1"),
        (["/", "/a/b", 3, None], ["/", "b", 3, None]),
    ],
)
def test_absolute_paths_become_names(value: Any, expected: Any) -> None:
    assert without_paths({"x": {"y": value}}) == {"x": {"y": expected}}


def write_pipeline(folder: Path) -> None:
    """A pipeline whose config is full of paths, one of them in a component."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "DRUG", "pattern": "aspirin"}])
    nlp.to_disk(folder)
    config = Config().from_disk(folder / "config.cfg")
    config["paths"].update(train="/home/ada/train.spacy", own="/home/ada/own")
    config["system"]["seed"] = 7
    config["nlp"]["batch_size"] = 17
    config["corpora"] = {"train": {"@readers": "own.Reader.v1", "paths": ["/home/ada/x"]}}
    config["initialize"]["before_init"] = {"@callbacks": "own.cb.v1", "path": "/home/ada/y"}
    config["components"]["entity_ruler"]["ent_id_sep"] = "${paths.own}"
    config.to_disk(folder / "config.cfg")


def test_staged_pipeline_loads_and_names_no_path(tmp_path: Path) -> None:
    model, base, staged = tmp_path / "model", tmp_path / "base", tmp_path / "staged"
    write_pipeline(model)
    base.mkdir()
    (base / "LICENSE").write_text("the base's")
    before = (model / "config.cfg").read_text()
    stage(model, base, staged, {"lang": "en", "name": "x", "version": "1.0.0"})
    text = (staged / "config.cfg").read_text()
    assert "/home/ada" in before
    assert "/home" not in text
    assert "own." not in text
    assert (model / "config.cfg").read_text() == before
    assert (staged / "LICENSE").read_text() == "the base's"
    assert srsly.read_json(staged / "meta.json")["name"] == "x"
    nlp = spacy.load(staged)
    assert [ent.label_ for ent in nlp("Take aspirin.").ents] == ["DRUG"]
    assert nlp.config["system"]["seed"] == 7
    assert nlp.batch_size == 17


def test_portable_config_is_a_whole_config() -> None:
    config = portable_config(spacy.blank("en").config.interpolate())
    assert config.interpolate()["initialize"]["vectors"] is None


def test_components_are_needed_where_a_factory_of_theirs_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "components", sys.modules[__name__])
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "plain")
    nlp.add_pipe("tests_lower")
    nlp.to_disk(tmp_path / "own")
    assert needed_code(tmp_path / "plain") == []
    assert [path.name for path in needed_code(tmp_path / "own")] == [Path(__file__).name]
