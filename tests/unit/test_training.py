"""Completing configs: components, corpora and lengths."""

from dataclasses import replace
from pathlib import Path

import pytest
from spacy.util import load_config
from thinc.api import Config

from scripts.project.encoder import Transformer
from scripts.training.pipelines import BaseRecord, unused_name
from scripts.training.runs import (
    SMALL_SIZING,
    SPECIALIST_SIZING,
    UPDATE_SIZING,
    TrainingRun,
    set_components,
    set_warm_up,
    steps_for,
    use_vectors,
)
from tests.small_runs import training_run


def base_record(recognizers: list[str], upstream: list[str]) -> BaseRecord:
    """A base that knows GPE and PERSON."""
    labels, together = ["GPE", "PERSON"], upstream + recognizers
    return BaseRecord(
        "b", "1.0.0", "en", ">=3.8", "b", labels, recognizers, upstream, together, "0" * 64
    )


def complete(strategy: str, run: TrainingRun, base: BaseRecord, taken: list[str]) -> Config:
    """A shipped config with the components of a base."""
    config = load_config(Path(f"configs/{strategy}.cfg"), interpolate=False)
    set_components(config, base, taken, run)
    return config


def test_a_second_ner_stands_before_the_frozen_recognizers_of_the_base(tmp_path: Path) -> None:
    base = base_record(["ner_update", "ner"], ["tok2vec"])
    run = training_run(tmp_path, base, annotated=["PLANT"])
    config = complete("update", run, base, ["tok2vec", "tagger", "ner_update", "ner"])
    assert config["nlp"]["pipeline"] == ["ner_update_2", "tok2vec", "ner_update", "ner"]
    assert config["training"]["frozen_components"] == ["tok2vec", "ner_update", "ner"]
    assert config["initialize"]["after_init"]["component"] == "ner_update_2"
    assert config["components"]["ner_update_2"] == {
        "source": "${paths.specialist}",
        "component": "ner",
    }
    assert config["components"]["tok2vec"] == {"source": "${paths.base}"}
    small = complete("update-small", run, base, ["tok2vec", "tagger", "ner_update", "ner"])
    assert small["nlp"]["pipeline"] == config["nlp"]["pipeline"]
    assert small["components"]["ner_update_2"]["factory"] == "ner"


@pytest.mark.parametrize("number", [0, 20_000])
def test_a_new_ner_sees_the_word_vectors_of_a_base_that_has_some(number: int) -> None:
    config = load_config(Path("configs/update-small.cfg"))
    use_vectors(config, {"width": 300 if number else 0, "vectors": number})
    embed = config["components"]["ner_update"]["model"]["tok2vec"]["embed"]
    assert embed["include_static_vectors"] is bool(number)


def test_the_second_ner_of_a_former_update_is_trained_further(tmp_path: Path) -> None:
    former = ["ner_update", "hold_shared", "merge_shared"]
    base = base_record(["ner_update", "ner"], [])._replace(
        entity_components=["ner_update", "hold_shared", "ner", "merge_shared"],
        former="ner_update",
        former_companions=["hold_shared", "merge_shared"],
        shared=["GPE", "PERSON"],
        dropped=["PERSON"],
    )
    run = training_run(tmp_path, base, annotated=["PLANT"])
    config = complete("update", run, base, [*former, "ner"])
    assert config["nlp"]["pipeline"] == ["ner_update", "hold_shared", "ner", "merge_shared"]
    assert config["training"]["frozen_components"] == ["hold_shared", "ner", "merge_shared"]
    assert config["components"]["ner_update"] == {
        "source": "${paths.base}",
        "component": "ner_update",
    }
    assert config["components"]["merge_shared"]["labels"] == ["GPE", "PERSON"]
    assert config["components"]["merge_shared"]["dropped"] == ["PERSON"]
    assert "forget" not in config["initialize"]["after_init"]


@pytest.mark.parametrize(
    ("former_encoder", "anew"), [(None, True), ("bert-00000000", True), ("bert-01234567", False)]
)
def test_another_encoder_than_the_former_s_starts_anew_in_its_place(
    tmp_path: Path, former_encoder: str | None, anew: bool
) -> None:
    base = base_record(["ner_update", "ner"], [])._replace(
        former="ner_update", former_encoder=former_encoder
    )
    run = training_run(tmp_path, base, annotated=["PLANT"])
    run = replace(run, encoder=Transformer("bert-01234567", tmp_path, None))
    config = complete("transformer", run, base, ["ner_update", "ner"])
    assert config["nlp"]["pipeline"] == ["ner_update", "ner"]
    assert ("factory" in config["components"]["ner_update"]) is anew


def test_a_warm_up_takes_a_tenth_of_a_training_however_long_that_is() -> None:
    learn_rate = load_config(Path("configs/transformer.cfg"))["training"]["optimizer"]["learn_rate"]
    set_warm_up(learn_rate, 430)
    assert (learn_rate["warmup_steps"], learn_rate["total_steps"]) == (43, 430)
    set_warm_up(learn_rate, 1)
    assert (learn_rate["warmup_steps"], learn_rate["total_steps"]) == (1, 1)


def test_precedence_base_puts_it_after_them(tmp_path: Path) -> None:
    base = base_record(["ner"], [])
    run = training_run(tmp_path, base, annotated=["PLANT"], precedence="base")
    assert complete("update", run, base, ["ner"])["nlp"]["pipeline"] == ["ner", "ner_update"]


@pytest.mark.parametrize(
    ("precedence", "order"),
    [
        ("update", ["ner_update", "hold_shared", "ner", "merge_shared"]),
        ("base", ["ner", "hold_shared", "ner_update", "merge_shared"]),
    ],
)
def test_for_shared_labels_the_second_ner_comes_first(
    tmp_path: Path, precedence: str, order: list[str]
) -> None:
    base = base_record(["ner"], [])
    run = training_run(tmp_path, base, annotated=["PLANT", "PERSON"], precedence=precedence)
    config = complete("update", run, base, ["ner"])
    assert config["nlp"]["pipeline"] == order
    merge = config["components"]["merge_shared"]
    assert (merge["labels"], merge["dropped"]) == (["PERSON"], [])
    assert merge["held_first"] is (precedence == "update")
    assert config["training"]["frozen_components"] == [n for n in order if n != "ner_update"]


def test_a_listening_ner_gets_a_tok2vec_of_its_own(tmp_path: Path) -> None:
    base = base_record(["entities"], ["tok2vec"])
    run = training_run(tmp_path, base, annotated=["PLANT"])
    config = complete("specialist", run, base, ["tok2vec", "entities"])
    assert config["nlp"]["pipeline"] == ["entities"]
    assert config["components"] == {
        "entities": {
            "source": "${paths.base}",
            "component": "entities",
            "replace_listeners": ["model.tok2vec"],
        }
    }
    assert config["training"]["frozen_components"] == []


@pytest.mark.parametrize("strategy", ["update", "update-small", "two-teacher", "pseudo"])
def test_checkpoints_are_chosen_by_old_and_new_labels_alike(strategy: str) -> None:
    config = load_config(Path(f"configs/{strategy}.cfg"))
    weights = {
        name: weight for name, weight in config["training"]["score_weights"].items() if weight
    }
    assert weights == {"update_score": 1.0}


def test_small_corpora_are_read_often_and_large_ones_seldom() -> None:
    for sizing in (SPECIALIST_SIZING, UPDATE_SIZING, SMALL_SIZING):
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
