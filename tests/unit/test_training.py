"""Completing configs: components, corpora and lengths."""

from pathlib import Path

import pytest
from spacy.util import load_config

from scripts.pipelines import BaseRecord, unused_name
from scripts.training import SPECIALIST_SIZING, UPDATE_SIZING, set_components, steps_for


def base_record(recognizers: list[str], upstream: list[str]) -> BaseRecord:
    return BaseRecord("b", "1.0.0", "en", ">=3.8", "b", ["GPE"], recognizers, upstream, "0" * 64)


def test_a_second_ner_stands_before_the_frozen_recognizers_of_the_base() -> None:
    config = load_config(Path("configs/update.cfg"), interpolate=False)
    set_components(config, base_record(["ner_update", "ner"], ["tok2vec"]), "update")
    assert config["nlp"]["pipeline"] == ["ner_update_2", "tok2vec", "ner_update", "ner"]
    assert config["training"]["frozen_components"] == ["tok2vec", "ner_update", "ner"]
    assert config["initialize"]["after_init"]["component"] == "ner_update_2"
    assert config["components"]["ner_update_2"] == {
        "source": "${paths.specialist}",
        "component": "ner",
    }
    assert config["components"]["tok2vec"] == {"source": "${paths.base}"}


def test_precedence_base_puts_it_after_them() -> None:
    config = load_config(Path("configs/update.cfg"), interpolate=False)
    set_components(config, base_record(["ner"], []), "base")
    assert config["nlp"]["pipeline"] == ["ner", "ner_update"]


def test_a_listening_ner_gets_a_tok2vec_of_its_own() -> None:
    config = load_config(Path("configs/specialist.cfg"), interpolate=False)
    set_components(config, base_record(["entities"], ["tok2vec"]), "update")
    assert config["nlp"]["pipeline"] == ["entities"]
    assert config["components"] == {
        "entities": {
            "source": "${paths.base}",
            "component": "entities",
            "replace_listeners": ["model.tok2vec"],
        }
    }
    assert config["training"]["frozen_components"] == []


@pytest.mark.parametrize("strategy", ["update", "two-teacher", "pseudo"])
def test_checkpoints_are_chosen_by_old_and_new_labels_alike(strategy: str) -> None:
    config = load_config(Path(f"configs/{strategy}.cfg"))
    weights = {
        name: weight for name, weight in config["training"]["score_weights"].items() if weight
    }
    assert weights == {"update_score": 1.0}


def test_small_corpora_are_read_often_and_large_ones_seldom() -> None:
    for sizing in (SPECIALIST_SIZING, UPDATE_SIZING):
        least, most = sizing.epochs
        assert sizing.epochs_for(0) == sizing.epochs_for(100) == most
        assert sizing.epochs_for(10**8) == least
    assert SPECIALIST_SIZING.epochs_for(60_000) == 10


def test_steps_follow_the_schedule_of_the_batch_size() -> None:
    assert steps_for(1000, start=100, stop=100, compound=1.0) == 10
    assert steps_for(1000, start=100, stop=1000, compound=2.0) == 4  # 100 + 200 + 400 + 800
    assert steps_for(0, start=100, stop=100, compound=1.0) == 0


def test_unused_name() -> None:
    assert unused_name(["ner"], "ner_update") == "ner_update"
    assert unused_name(["ner_update", "ner_update_2"], "ner_update") == "ner_update_3"
