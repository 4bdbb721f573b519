"""The commands that train, in this process and for a few steps: what they write."""

from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly

from scripts import dose, interpolate, train
from scripts.training import runs
from scripts.training.pipelines import load_pipeline
from scripts.training.strategies import TRIED
from tests.rounds import Round, train_here
from tests.small_components import train_classifier, write_choices, write_raw
from tests.small_rehearsals import sentence
from tests.small_sweeps import make_rehearsed

STEPS = 4


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Base, specialist and corpora as they are before `train`. Tests write beside them."""
    folder = tmp_path_factory.mktemp("rehearsed")
    make_rehearsed(folder)
    (folder / "raw.txt").write_text("\n".join(map(sentence, range(300, 400))), encoding="utf8")
    srsly.write_json(folder / "teacher.json", None)
    none = dict.fromkeys(("retained_gold", "retained_gold_map"))
    gate = {"max_loss": 1.0, "min_agreement": 98.5}
    srsly.write_json(
        folder / "inputs.json", none | gate | {"raw_text": {"paths": [str(folder / "raw.txt")]}}
    )
    return folder


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "spacy_train", train_here)


def given(folder: Path) -> dict[str, Any]:
    """What all commands that train an update are given."""
    names = ("base", "specialist", "corpus")
    return {name: folder / name for name in names} | {"config": "null", "max_steps": STEPS}


def run_train(folder: Path, output: Path, strategy: str, **options: Any) -> dict[str, Any]:
    """Train into a folder; returns what the command tells of it."""
    train.main(
        teacher=folder / "teacher",
        strategy=strategy,
        output=output / "update",
        record=output / "strategy.json",
        candidates=output / "candidates",
        condition=folder / "inputs.json",
        **given(folder) | options,
    )
    told: dict[str, Any] = srsly.read_json(output / "strategy.json")
    return told


def weights(folder: Path) -> bytes:
    """Of a pipeline's ner."""
    return bytes(load_pipeline(folder).get_pipe("ner").model.to_bytes())


def test_a_share_of_the_base_is_mixed_into_one_model(rehearsed: Path, tmp_path: Path) -> None:
    told = run_train(rehearsed, tmp_path, "two-teacher")
    assert (told["strategy"], told["chosen"], told["shares"]) == ("two-teacher", "two-teacher", [])
    interpolate.main(
        base=rehearsed / "base",
        update=tmp_path / "update",
        corpus=rehearsed / "corpus",
        output=tmp_path / "mixed",
    )
    mixed, update = (load_pipeline(tmp_path / name) for name in ("mixed", "update"))
    assert mixed.pipe_names == update.pipe_names
    assert mixed.get_pipe("ner").labels == ("GPE", "PERSON", "PLANT")
    at_once = run_train(rehearsed, tmp_path / "at_once", "interpolate")
    assert {share["alpha"] for share in at_once["shares"]} >= {0.0, 0.5}
    # The strategy does what the two commands do.
    assert weights(tmp_path / "at_once/update") == weights(tmp_path / "mixed")


def test_auto_takes_one_of_its_candidates_as_it_is(rehearsed: Path, tmp_path: Path) -> None:
    told = run_train(rehearsed, tmp_path, "auto")
    assert [one["strategy"] for one in told["candidates"]] == [*TRIED]
    assert told["chosen"] in TRIED
    (model,) = (tmp_path / "candidates" / told["chosen"]).rglob("config.cfg")
    assert weights(tmp_path / "update") == weights(model.parent)
    assert told["chosen"] in told["why"] or "No candidate" in told["why"]


def test_each_dose_is_trained_once(
    rehearsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_dose() -> dict[str, Any]:
        dose.main(
            inputs=rehearsed / "inputs.json",
            retained_gold=rehearsed / "inputs.json",
            strategy="two-teacher",
            output=tmp_path / "dose.json",
            figure=tmp_path / "dose.svg",
            **given(rehearsed),
        )
        told: dict[str, Any] = srsly.read_json(tmp_path / "dose.json")
        return told

    first = run_dose()
    texts = [one["texts"] for one in first["doses"]]
    assert texts == sorted(set(texts))
    assert len(texts) > 1
    assert all(0 <= one["scores"]["annotated_f"] <= 100 for one in first["doses"])
    assert (tmp_path / "dose.svg").read_text("utf8").startswith("<svg")
    monkeypatch.setattr(runs, "spacy_train", None)  # nothing is left to train
    assert run_dose() == first
    assert not (tmp_path / ".dose").exists()


def test_a_classifier_s_classes_stay_beside_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, new = ("GARDEN", "MONEY"), ("MUSIC",)
    train_classifier("textcat", known).to_disk(tmp_path / "base")
    write_choices(tmp_path / "export.json", 40, new)
    write_raw(tmp_path / "raw.txt", 120, known)
    one = Round(
        "textcat",
        tmp_path / "base",
        tmp_path / "export.json",
        tmp_path / "raw.txt",
        docs=60,
        training={"max_steps": 20},
    )
    update = spacy.load(one.run(tmp_path / "round", monkeypatch))
    assert update.pipe_names == ["textcat", "hold_textcat", "textcat_update", "merge_textcat"]
    cats = update("The band plays.").cats
    assert {*known, *new} <= {*cats}
    assert sum(cats.values()) == pytest.approx(1, abs=1e-4)
