"""Samples of texts: they depend on the texts alone, however these are read."""

import random
from pathlib import Path

import pytest

from scripts.corpora import sampling
from scripts.corpora.corpus import SPLITS
from scripts.corpora.sampling import Rules, Sample, merge, select_texts
from scripts.corpora.splits import assign_split
from scripts.project.errors import UserError
from scripts.project.files import hash_text

SIZES = {"train": 5, "dev": 3, "test": 4}
TEXTS = [f"text number {'x' * i} of many" for i in range(100)]


def test_the_choice_does_not_depend_on_the_order() -> None:
    one = select_texts(TEXTS, Rules(SIZES))
    other = select_texts(reversed(TEXTS), Rules(SIZES))
    assert one.texts == other.texts
    assert {split: len(chosen) for split, chosen in one.texts.items()} == SIZES
    assert one.counts["read"] == 100
    assert one.counts["not needed"] == 100 - sum(SIZES.values())
    for split, chosen in one.texts.items():
        expected = sorted(hash_text(text) for text in TEXTS if assign_split(text) == split)
        assert [raw.hash for raw in chosen] == expected[: SIZES[split]]


def test_samples_of_parts_make_the_sample_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SPILL", 60)  # so that most is written to disk
    texts = TEXTS * 2
    random.Random(0).shuffle(texts)
    samples = []
    for number in range(4):
        sample = Sample(Rules(SIZES), None, tmp_path / str(number))
        sample.add(texts[number * 50 : number * 50 + 50])
        samples.append(sample)
    assert list(tmp_path.iterdir())
    for split, expected in select_texts(TEXTS, Rules(SIZES)).texts.items():
        runs = [run for sample in samples for run in sample.texts(split)]
        assert list(merge(runs, SIZES[split])) == expected
    for sample in samples:
        sample.remove_runs()
    assert not list(tmp_path.iterdir())


def test_texts_that_are_left_out_are_counted_with_the_reason() -> None:
    rules = Rules(dict.fromkeys(SPLITS, 9), frozenset({hash_text("c d")}), shortest=2, longest=9)
    chosen = select_texts(["a b", "a b", "c d", "x", "y" * 10, "e \ud800"], rules)
    assert [raw.text for texts in chosen.texts.values() for raw in texts] == ["a b"]
    assert chosen.counts == {
        "read": 6,
        "repeated": 1,
        "in the export": 1,
        "too short": 1,
        "too long": 1,
        "with lone surrogates, which no Doc can hold": 1,
        "not needed": 0,
    }


def test_texts_in_another_language_are_left_out() -> None:
    sample = Sample(Rules(dict.fromkeys(SPLITS, 9)), lambda text: text.startswith("the"))
    sample.add(["the one", "der eine"])
    assert sample.counts == {"read": 2, "in another language": 1}


def test_no_usable_text_is_an_error() -> None:
    with pytest.raises(UserError, match="no usable text: nothing read"):
        select_texts([], Rules(SIZES))
