"""Splits that stay, and near-duplicates."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.corpora.near_duplicates import (
    NEAR,
    index_signatures,
    open_index,
    signatures,
    write_index,
)
from scripts.corpora.splits import HeldOut, assign_split, normalise

WORDS = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(500)]


def sentences(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(6, 30))) for _ in range(count)]


def test_pinned() -> None:
    """A change of the hash would move texts of earlier releases between splits."""
    assert {c: assign_split(f"A text {c}") for c in "abcdefghijkl"} == {
        **dict.fromkeys("abceghijk", "train"),
        **dict.fromkeys("dfh", "test"),
        "l": "dev",
    }
    assert assign_split("A text a", "patient 7") == assign_split("Another", "patient 7")


def test_shares() -> None:
    counts = Counter(map(assign_split, sentences(5000, 1)))
    assert counts["train"] / 5000 == pytest.approx(0.7, abs=0.03)
    assert counts["dev"] / 5000 == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Call 555-1234 now!", "call 1 99 NOW"), ("É_1.", "é ٣"), ("a  b", "A\nb")],
)
def test_case_punctuation_and_digits_do_not_matter(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert assign_split(one) == assign_split(other)


def test_adding_texts_moves_none() -> None:
    texts = sentences(1000, 2)
    first = {text: assign_split(text) for text in texts[:100]}
    for size in range(100, 1001, 100):
        grown = {text: assign_split(text) for text in texts[:size]}
        assert {text: grown[text] for text in first} == first


def jaccard(one: str, other: str) -> float:
    a, b = ({tuple(t.split()[i : i + 3]) for i in range(len(t.split()) - 2)} for t in (one, other))
    return len(a & b) / len(a | b)


def test_near_and_far() -> None:
    texts = sentences(300, 3)
    held_out = HeldOut(texts)
    rng = random.Random(4)
    near, far = [], []
    for text in texts:
        words = text.split()
        if len(words) >= 25:
            words[rng.randrange(2)] = "changed"
            near.append(" ".join(words))
            assert jaccard(near[-1], text) > 0.8
            words[::4] = ["other"] * len(words[::4])
            far.append(" ".join(words))
    assert all(held_out.near_many(near))
    assert not any(held_out.near_many(far))
    assert not any(held_out.near_many(sentences(300, 5)))


def test_estimate_follows_jaccard() -> None:
    rng = random.Random(6)
    base = rng.choices(WORDS, k=200)
    for share in (0.0, 0.02, 0.05, 0.1, 0.3):
        other = [w if rng.random() > share else "changed" for w in base]
        one, two = " ".join(base), " ".join(other)
        same = (signatures([one])[0] == signatures([two])[0]).mean()
        assert same == pytest.approx(jaccard(one, two), abs=0.2)
        assert HeldOut([one]).near(two) == (same >= NEAR)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text(texts: list[str]) -> None:
    held_out = HeldOut(texts)
    assert held_out.near_many(texts) == [True] * len(texts)


def test_batches_do_not_matter() -> None:
    texts = ["", "one", "one two", *sentences(50, 7), " ".join(sentences(800, 8))]
    together = signatures(texts)
    assert all(np.array_equal(signatures([t])[0], s) for t, s in zip(texts, together, strict=True))
    assert index_signatures(together).find(together[::-1]) == list(range(len(texts)))[::-1]


def test_scripts_without_spaces() -> None:
    held_out = HeldOut(["王小明昨天下午在花园里给薄荷和月季浇了很多水。"])
    assert held_out.near("王小明昨天下午在花园里给薄荷和月季浇了很多水吗？")
    assert held_out.near("王小红昨天下午在花园里给薄荷和月季浇了很多水。")
    assert not held_out.near("今年的向日葵长得比去年好，陈奶奶很高兴。")


def test_nothing_held_out() -> None:
    assert not HeldOut([]).near("a text")


def test_an_index_in_files_finds_the_same(tmp_path: Path) -> None:
    known, asked = signatures(sentences(3000, 9)), signatures(sentences(400, 9) + sentences(99, 1))
    path = tmp_path / "known"
    path.write_bytes(known.tobytes())
    write_index(path)
    expected = index_signatures(known).find(asked)
    assert open_index(path).find(asked) == expected
    assert expected[:400] == list(range(400))


def test_an_empty_index_in_files(tmp_path: Path) -> None:
    (tmp_path / "known").write_bytes(b"")
    write_index(tmp_path / "known")
    assert open_index(tmp_path / "known").find(signatures(["a text"])) == [-1]
