"""Specialists of folds: a real one is trained, asked, and not trained again."""

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.insights.folds import MIN_TEXTS, Part, held_out, read_gold, taken
from scripts.insights.trainings import Means, measure, read_outcome, reading
from scripts.project.files import write_json
from scripts.training.learning import Learning
from scripts.training.pipelines import describe_base
from tests.small_insights import gold_doc, oak_doc, write_gold
from tests.small_ners import train_ner


@pytest.fixture
def means(tmp_path: Path) -> Means:
    """A base that knows a town, and texts with oaks and an emoji."""
    nlp = train_ner("Ada saw Rome", [(8, 12, "GPE")])
    nlp.to_disk(tmp_path / "base")
    record = describe_base(nlp, tmp_path / "base", "test")
    write_json(tmp_path / "base.json", record._asdict())
    docs = [oak_doc(number) for number in range(MIN_TEXTS + 20)]
    text = "🌱 the oak of Rome"
    write_gold(tmp_path / "corpus", [*docs, gold_doc(text, [(6, 9, "PLANT")])])
    return Means(
        base=tmp_path / "base",
        record=record,
        config=Path("configs/specialist.cfg"),
        corpus=tmp_path / "corpus",
        work=tmp_path / "work",
        seed=0,
        gpu_id=-1,
        max_steps=60,
        learning=Learning(),
    )


def test_a_specialist_answers_for_texts_it_has_not_seen_and_is_kept(means: Means) -> None:
    gold, part = read_gold(means.corpus), Part(read_gold(means.corpus)[0].fold, 1.0)
    outcome = measure(means, part)
    asked = {text.doc.user_data["hash"]: text.doc for text in held_out(gold, part.fold)}
    assert {one.hash for one in outcome.said} == set(asked)
    assert outcome.texts == len(taken(gold, part))
    labels = {label for one in outcome.said for *_, label in one.found}
    assert labels == {"PLANT"}  # the base's towns are none of the annotators' business
    for one in outcome.said:
        for start, end, _ in one.found:
            assert asked[one.hash].text[start:end] == "oak"
        assert all(0 < score <= 1 for *_, score in one.believed)
    assert any(one.believed for one in outcome.said)

    (kept,) = means.work.iterdir()  # the pipeline itself is gone
    written = kept.stat().st_mtime_ns
    assert measure(means, part) == outcome == read_outcome(kept)
    assert kept.stat().st_mtime_ns == written
    other = replace(means, seed=1, max_steps=2)
    assert measure(other, part).key != outcome.key
    assert kept.stat().st_mtime_ns > written


def test_what_is_damaged_is_trained_again(means: Means) -> None:
    short, part = replace(means, max_steps=2), Part(1, 0.125)
    outcome = measure(short, part)
    (kept,) = means.work.iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])
    assert read_outcome(kept) is None
    assert measure(short, part).said == outcome.said
    assert not any(one.believed for one in outcome.said)  # asked of the largest share alone


def test_the_words_to_read_are_known_beforehand(means: Means) -> None:
    words = reading(means)
    assert len(words) == 16
    assert 0 < max(words[-4:]) < min(words[:4])
