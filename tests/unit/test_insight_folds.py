"""Folds: every text is predicted by a specialist that has not seen it."""

from itertools import groupby, pairwise
from pathlib import Path

import pytest

from scripts.corpora.corpus import count_docs, get_provenance
from scripts.insights import folds
from scripts.insights.folds import (
    FOLDS,
    SHARES,
    GoldText,
    Part,
    describe_texts,
    fold_of,
    held_out,
    parts,
    read_gold,
    taken,
    write_part,
)
from scripts.project.errors import UserError
from scripts.project.files import hash_text
from tests.small_insights import gold_doc, oak_doc, write_gold


def texts(count: int) -> list[GoldText]:
    docs = [oak_doc(number) for number in range(count)]
    return [GoldText(doc, "train", fold_of(doc)) for doc in docs]


def test_no_specialist_is_trained_on_what_it_is_asked() -> None:
    gold = texts(200)
    asked = []
    for fold in range(FOLDS):
        others = {text.doc.text for text in taken(gold, Part(fold, 1.0))}
        mine = [text.doc.text for text in held_out(gold, fold)]
        assert 30 < len(mine) < 70
        assert not others & set(mine)
        assert len(others) + len(mine) == 200
        asked += mine
    assert sorted(asked) == sorted(text.doc.text for text in gold)


def test_a_smaller_share_is_the_beginning_of_a_larger_one() -> None:
    gold = texts(200)
    sizes = []
    for small, large in pairwise(SHARES):
        first, second = (taken(gold, Part(2, share)) for share in (small, large))
        assert second[: len(first)] == first
        sizes.append(round(len(second) / len(first), 1))
    assert sizes == [2.0, 2.0, 2.0]


def test_texts_that_differ_in_numbers_and_case_share_a_fold() -> None:
    same = [gold_doc("Sow 12 beans, on day 3.", []), gold_doc("sow 7 BEANS on day 31", [])]
    assert len(set(map(fold_of, same))) == 1
    assert {fold_of(oak_doc(number)) for number in range(60)} == set(range(FOLDS))


def test_texts_of_a_group_share_a_fold_and_stand_together(tmp_path: Path) -> None:
    groups = [hash_text(f"patient {number}") for number in range(20)]
    write_gold(tmp_path, [oak_doc(number, groups[number % 20]) for number in range(200)])
    gold = read_gold(tmp_path)
    of = [get_provenance(text.doc).group for text in gold]
    assert len({(text.fold, group) for text, group in zip(gold, of, strict=True)}) == 20
    assert len(list(groupby(of))) == 20
    for fold in range(FOLDS):
        seen = {get_provenance(text.doc).group for text in taken(gold, Part(fold, 1.0))}
        asked = {get_provenance(text.doc).group for text in held_out(gold, fold)}
        assert asked
        assert not seen & asked


def test_too_few_groups_are_an_error(tmp_path: Path) -> None:
    write_gold(tmp_path, [oak_doc(number, f"group {number % 2}") for number in range(80)])
    with pytest.raises(UserError, match=r"so few groups \(meta.group\)"):
        read_gold(tmp_path)


def test_folds_stay_when_the_export_grows(tmp_path: Path) -> None:
    docs = [oak_doc(number) for number in range(120)]
    write_gold(tmp_path / "small", docs[:60])
    write_gold(tmp_path / "large", docs)
    small = {text.doc.text: text.fold for text in read_gold(tmp_path / "small")}
    large = {text.doc.text: text.fold for text in read_gold(tmp_path / "large")}
    assert len(small) == 60
    assert small.items() <= large.items()
    order = [text for text in large if text in small]
    assert order == list(small)


def test_too_few_texts_are_an_error(tmp_path: Path) -> None:
    empty = [gold_doc(f"nothing in {oak_doc(number).text[:-4]}", []) for number in range(60)]
    write_gold(tmp_path, [*empty, oak_doc(1)])
    with pytest.raises(UserError, match="1 annotated texts have an entity"):
        read_gold(tmp_path)


def test_a_training_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    gold = texts(200)
    monkeypatch.setattr(folds, "MAX_WORDS", 300)
    bounded = taken(gold, Part(0, 1.0))
    words = sum(len(text.doc) for text in bounded)
    assert 300 <= words < 300 + len(bounded[-1].doc)
    assert len(taken(gold, Part(0, 0.5))) == round(len(bounded) / 2)


def test_the_workflow_s_dev_texts_choose_the_checkpoint(tmp_path: Path) -> None:
    gold = [
        text._replace(split="dev" if n % 10 == 0 else "test") for n, text in enumerate(texts(50))
    ]
    write_part(gold, tmp_path)
    assert count_docs(tmp_path / "gold/train") == 45
    assert count_docs(tmp_path / "gold/dev") == 5


def test_where_all_texts_are_the_workflow_s_dev_texts_they_are_trained_on(tmp_path: Path) -> None:
    write_part([text._replace(split="dev") for text in texts(10)], tmp_path)
    assert count_docs(tmp_path / "gold/train") == count_docs(tmp_path / "gold/dev") == 10


def test_the_key_changes_with_the_annotation() -> None:
    text = "an oak and an elm"
    before, after = gold_doc(text, [(3, 6, "PLANT")]), gold_doc(text, [(14, 17, "PLANT")])
    keys = {describe_texts([GoldText(doc, "train", 0)]) for doc in (before, after, before)}
    assert len(keys) == 2


def test_the_longest_trainings_come_first() -> None:
    shares = [part.share for part in parts()]
    assert shares == sorted(shares, reverse=True)
    assert len(set(parts())) == FOLDS * len(SHARES)
