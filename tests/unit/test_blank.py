"""A base that knows nothing: what it is made of, and which vars go with it."""

from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.util import load_config

from scripts.base import check_base, write_blank
from scripts.dose import check_dose
from scripts.inputs import prepare_base
from scripts.project.errors import UserError
from scripts.project.resolve import resolve_blank
from scripts.release.meta import base_source, describe
from scripts.training.beside import set_component
from scripts.training.blank import make_blank
from scripts.training.merging import Scheme
from scripts.training.pipelines import BaseRecord
from tests.evidence import BASE, evaluation, lineage
from tests.small_pipelines import write_vectors

SETTINGS: dict[str, Any] = {
    "base_model": "blank:de",
    "base_label_map": None,
    "teacher": None,
    "optimize": "efficiency",
    "vectors": None,
    "encoder": "full",
    "config": None,
    "retained_gold": None,
    "replay_gold": None,
}


@pytest.mark.parametrize("lang", ["de", "es", "zh", "ar", "xx"])
def test_it_has_an_ner_without_labels_that_finds_nothing(lang: str, tmp_path: Path) -> None:
    record = resolve_blank(f"blank:{lang}", "efficiency", None, known={})
    assert record is not None
    write_blank(record, tmp_path, seed=0)
    base = check_base(tmp_path, record, lang=lang)
    assert (base.lang, base.labels, base.recognizers) == (lang, [], ["ner"])
    assert (base.upstream, base.source) == ([], f"blank:{lang}")
    assert not spacy.load(tmp_path)("Berlin 北京 برلين 🌱").ents


def test_accuracy_is_a_larger_network_and_a_seed_gives_the_same_weights() -> None:
    small, again, other = (
        make_blank("en", optimize="efficiency", vectors=None, seed=seed) for seed in (0, 0, 1)
    )
    large = make_blank("en", optimize="accuracy", vectors=None, seed=0)
    assert width(large) > width(small)
    assert not sees_vectors(large)
    assert weights(small) == weights(again) != weights(other)


@pytest.mark.parametrize("component", ["textcat", "textcat_multilabel", "spancat", "tagger", "pos"])
def test_for_another_component_it_is_empty_and_its_network_is_as_wanted(
    component: str, tmp_path: Path
) -> None:
    vectors = write_vectors(tmp_path / "vectors", 3)
    for optimize, seen, width in (("accuracy", None, 256), ("efficiency", str(vectors), 96)):
        record = resolve_blank("blank:de", optimize, seen, known={})
        assert record is not None
        base = tmp_path / optimize
        base.mkdir()
        write_blank(record, base, seed=0, component=component)
        found = check_base(base, record, lang=None, component=component)
        assert (found.labels, found.recognizers, spacy.load(base).pipe_names) == ([], [], [])
        block = new_block(found._replace(optimize=optimize), base)
        embed = block["model"]["tok2vec"]["embed"]
        assert (embed["width"], embed["include_static_vectors"]) == (width, seen is not None)
    usual = new_block(found, base)
    assert usual.get("model", {}).get("tok2vec", {}).get("embed") is None  # spaCy's own


def new_block(base: BaseRecord, folder: Path) -> dict[str, Any]:
    """The block of a component that the base has not."""
    config = load_config("configs/component.cfg", interpolate=False)
    scheme = Scheme(frozenset({"NOUN", "VERB"}), frozenset())
    set_component(config, base, folder, scheme, ["gold"], [])
    return dict(config["components"][base.component])


def test_vectors_become_its_own_with_their_licence(tmp_path: Path) -> None:
    vectors = write_vectors(tmp_path / "vectors", 3)
    record = resolve_blank("blank:de", "efficiency", str(vectors), known={})
    assert record is not None
    (tmp_path / "base").mkdir()
    write_blank(record, tmp_path / "base", seed=0)
    nlp = spacy.load(tmp_path / "base")
    assert sees_vectors(nlp)
    assert nlp.vocab["Hund"].has_vector
    assert (tmp_path / "base" / "LICENSE").read_text() == "MIT"
    (source,) = nlp.meta["sources"]
    assert source == {"name": "Word vectors of de_vectors 0.0.0", "license": "MIT"}
    assert str(tmp_path) not in (tmp_path / "base" / "config.cfg").read_text()


def test_vectors_that_are_none_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no word vectors"):
        make_blank("de", optimize="accuracy", vectors=write_vectors(tmp_path, 0), seed=0)
    with pytest.raises(UserError, match="are of the language de, the base is blank:fr"):
        make_blank(
            "fr",
            optimize="accuracy",
            vectors=write_vectors(tmp_path, 3),
            place="de_wheel.whl",
            seed=0,
        )
    with pytest.raises(UserError, match=r"vars\.vectors"):
        resolve_blank("blank:de", "efficiency", "no/such/folder", known={})


def test_a_language_that_spacy_has_not_is_an_error() -> None:
    with pytest.raises(UserError, match="blank:qq"):
        make_blank("qq", optimize="efficiency", vectors=None, seed=0)


@pytest.mark.parametrize("name", ["en_core_web_sm", "blank", "blank:German", "blank:", "demo"])
def test_other_bases_are_not_blank(name: str) -> None:
    assert resolve_blank(name, "efficiency", None, known={}) is None


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"retained_gold": "gold.jsonl"}, "vars.retained_gold"),
        ({"replay_gold": "gold.jsonl", "config": "my.cfg"}, "vars.replay_gold and vars.config"),
        ({"base_label_map": "map.yml"}, "vars.base_label_map"),
        ({"encoder": "small"}, "vars.encoder"),
        ({"base_model": "demo", "optimize": "accuracy"}, "vars.optimize"),
        ({"base_model": "demo", "vectors": "de_core_news_md"}, "vars.vectors"),
    ],
)
def test_vars_that_do_not_go_with_the_base_are_errors(changed: dict[str, str], fact: str) -> None:
    with pytest.raises(UserError) as error:
        prepare_base(SETTINGS | changed, {})
    assert fact in error.value.fact


def test_a_map_of_the_base_is_an_input_of_the_base(tmp_path: Path) -> None:
    path = tmp_path / "map.yml"
    srsly.write_yaml(path, {"PER": "PERSON"})
    demo = prepare_base(SETTINGS | {"base_model": "demo", "base_label_map": str(path)}, {})
    assert demo["base_label_map"]["paths"] == [str(path)]
    assert "base_label_map" not in prepare_base(SETTINGS | {"base_model": "demo"}, {})


def test_what_has_no_base_has_no_dose_of_raw_text() -> None:
    with pytest.raises(UserError, match="no base"):
        check_dose("double", has_raw_text=True, has_base=False)
    check_dose("double", has_raw_text=True, has_base=True)


def test_the_package_names_no_base() -> None:
    base = BASE._replace(labels=[], source="blank:de")
    assert base_source({"license": "MIT"}, base) == []
    assert (
        describe(base, lineage(evaluation()))
        == "Learnt from nothing (blank:de) from annotations of DRUG."
    )
    (source,) = base_source({"license": "MIT"}, BASE)
    assert source == {"name": "en_base 2.0.0", "license": "MIT"}


def embedding(nlp: Any) -> dict[str, Any]:
    config: dict[str, Any] = nlp.config["components"]["ner"]["model"]["tok2vec"]["embed"]
    return config


def width(nlp: Any) -> int:
    return int(embedding(nlp)["width"])


def sees_vectors(nlp: Any) -> bool:
    return bool(embedding(nlp)["include_static_vectors"])


def weights(nlp: Any) -> bytes:
    model: bytes = nlp.get_pipe("ner").model.to_bytes()
    return model
