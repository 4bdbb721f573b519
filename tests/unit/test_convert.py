"""From an export to corpora: fields, splits, processes, and what is refused."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy

from scripts.conversion import exports
from scripts.conversion.fields import Wanted
from scripts.conversion.label_map import LabelMap
from scripts.convert import convert, load_tokenizer, remember_words
from scripts.corpora.corpus import SPLITS, get_provenance, read_corpus
from scripts.corpora.splits import assign_split
from scripts.kinds.known import find_kind
from scripts.project.errors import UserError
from scripts.project.files import hash_text
from tests.small_conversions import ANNA, NLP, SHARED, TEXT, Converted, entities
from tests.small_exports import annotation, region, spanned, task


@pytest.mark.parametrize(
    ("tasks", "fact"),
    [
        ([], "no tasks"),
        ([task(1, TEXT)], "no labelled text.*1 tasks with nothing"),
        ([task(1, TEXT, drafts=[1])], "1 drafts"),
        ([task(1, TEXT, annotation())], "1 annotations"),
        ([task(1, TEXT, annotation(ANNA, was_cancelled=True))], "neither skipped nor damaged"),
        (
            [
                {
                    "id": 1,
                    "data": {"image": "/data/a.png"},
                    "annotations": [
                        annotation({"type": "rectanglelabels", "value": {"x": 1}}),
                        annotation({"type": "choices", "value": {"choices": ["a"]}}),
                    ],
                }
            ],
            "1 rectanglelabels, 1 choices",
        ),
        (
            [
                {
                    "id": 1,
                    "data": {"dialogue": [{"author": "A", "text": "Hello"}]},
                    "annotations": [annotation({"type": "paragraphlabels", "value": {}})],
                }
            ],
            "1 tasks with 1 paragraphlabels, 1 tasks without usable text",
        ),
    ],
)
def test_nothing_to_learn_from(
    tasks: list[Any], fact: str, run: Callable[..., Converted], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=fact):
        run(*tasks)
    assert not (tmp_path / "corpus" / "gold").exists()
    assert not (tmp_path / "corpus" / "conversion.json").exists()


def test_results_that_another_component_learns(run: Callable[..., Converted]) -> None:
    choice = {"type": "choices", "value": {"choices": ["a"]}}
    with pytest.raises(UserError) as error:
        run(task(1, TEXT, annotation(choice)))
    assert "--vars.component textcat" in error.value.remedy
    with pytest.raises(UserError) as error:
        run(task(1, TEXT, annotation(ANNA)), kind=find_kind("textcat"))
    assert "--vars.component ner" in error.value.remedy


def two_fields(number: int, title: str, body: str, *results: Any) -> dict[str, Any]:
    data = {"title": title, "body": body}
    return {"id": number, "data": data, "annotations": [annotation(*results)]}


def on(field: str, start: int, end: int, quote: str) -> dict[str, Any]:
    return {**region(start, end, quote, "X", control=f"label_{field}"), "to_name": field}


def test_field_of_the_text(run: Callable[..., Converted]) -> None:
    tasks = [
        two_fields(1, "A title", "Anna left", on("body", 0, 4, "Anna"), on("title", 2, 7, "title")),
        two_fields(2, "More", "Bob left", on("body", 0, 3, "Bob")),
    ]
    report, docs = run(*tasks)
    assert sorted(docs) == ["Anna left", "Bob left"]
    assert report["results"]["regions of other fields"] == 1
    _, docs = run(*tasks, wanted=Wanted(text_field="title"))
    assert entities(docs["A title"]) == [("title", "X")]
    _, docs = run(*tasks, wanted=Wanted(control="label_title"))
    assert entities(docs["A title"]) == [("title", "X")]
    with pytest.raises(UserError, match="body, title fit"):
        run(two_fields(1, "Anna", "Anna left", on("b", 0, 4, "Anna")))
    with pytest.raises(UserError, match="no field 'nothing'") as caught:
        run(*tasks, wanted=Wanted(text_field="nothing"))
    assert "body, title" in caught.value.remedy
    with pytest.raises(UserError, match="nothing"):
        run(*tasks, wanted=Wanted(control="nothing"))


def test_of_several_tags_on_one_text_one_is_taken(run: Callable[..., Converted]) -> None:
    results = [region(0, 4, "Anna", "X"), region(5, 9, "left", "Y", control="words")]
    one = task(1, "Anna left", annotation(*results))
    report, docs = run(one, wanted=Wanted(control="words"))
    assert entities(docs["Anna left"]) == [("left", "Y")]
    assert report["labels"]["annotated"] == ["Y"]
    assert report["results"]["regions of other fields"] == 1
    _, docs = run(one)
    assert entities(docs["Anna left"]) == [("Anna", "X"), ("left", "Y")]


def test_file_that_does_not_decide_the_field(tmp_path: Path) -> None:
    decided, open_ = tmp_path / "a.json", tmp_path / "b.json"
    decided.write_text(json.dumps([two_fields(1, "T", "Anna left", on("body", 0, 4, "Anna"))]))
    bare = {"id": 2, "data": {"title": "U", "body": "Eve stayed"}, "annotations": []}
    open_.write_text(json.dumps([bare]))
    options: dict[str, Any] = {"tokenizer": NLP.tokenizer, "label_map": LabelMap()}
    report = convert(paths=[open_, decided], output=tmp_path / "c", **options)
    assert report["examples"]["project"]["near_duplicates"] == 0
    texts = {
        doc.text
        for split in SPLITS
        for doc in read_corpus(tmp_path / "c" / "project" / split, NLP.vocab)
    }
    assert texts == {"Eve stayed"}
    with pytest.raises(UserError, match="body, title fit"):
        convert(paths=[open_], output=tmp_path / "c", **options)


def test_hypertext(run: Callable[..., Converted]) -> None:
    value = {
        "start": "/p[1]",
        "end": "/p[1]",
        "globalOffsets": {"start": 7, "end": 10},
        "text": "Bob",
        "hypertextlabels": ["PER"],
    }
    result = {"id": "r", "type": "hypertextlabels", "value": value}
    _, docs = run(
        {
            "id": 1,
            "data": {"page": "<p>Anna &amp; <b>Bob</b><br>left</p>"},
            "annotations": [annotation(result)],
        },
        {"id": 2, "data": {"page": "<i>Eve</i>"}, "annotations": []},
    )
    assert sorted(docs) == ["Anna & Bob\nleft", "Eve"]
    assert entities(docs["Anna & Bob\nleft"]) == [("Bob", "PER")]


def sentences(count: int) -> list[str]:
    rng = random.Random(1)
    words = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(400)]
    return [" ".join(rng.choices(words, k=20)) for _ in range(count)]


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return set(zip(words, words[1:], words[2:], strict=False))


def test_growing_export_moves_no_text(run: Callable[..., Converted], tmp_path: Path) -> None:
    texts = sentences(200)
    rng = random.Random(2)
    texts += [" ".join(["changed", *text.split()[1:]]) for text in rng.sample(texts, 50)]
    rng.shuffle(texts)
    places: dict[str, str] = {}
    for size in range(25, 251, 25):
        tasks = [
            task(i, text, *([annotation(region(0, 3, text[:3], "X"))] if i % 3 else []))
            for i, text in enumerate(texts[:size])
        ]
        report, _ = run(*tasks)
        written: dict[str, str] = {}
        for source in ("gold", "project"):
            for split in SPLITS:
                for doc in read_corpus(tmp_path / "corpus" / source / split, NLP.vocab):
                    written[doc.text] = split
        assert all(written[t] == split for t, split in places.items() if t in written)
        assert all(assign_split(t) == split for t, split in written.items())
        held_out = [shingles(text) for text, split in written.items() if split != "train"]
        for runs in (shingles(text) for text, split in written.items() if split == "train"):
            assert all(len(runs & other) / len(runs | other) < 0.85 for other in held_out)
        left_out = {line["text"] for line in report["left_out"]}
        assert set(places) - set(written) <= left_out
        places |= written
    assert left_out


def test_workers_and_chunks_change_nothing(
    run: Callable[..., Converted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = sentences(60)
    texts += texts[:20] + texts[:5]
    tasks = [
        task(i, text, annotation(region(0, 3, text[:3], "X"), by=i % 3), *([] if i % 7 else [5]))
        for i, text in enumerate(texts)
    ]
    report, docs = run(*tasks)
    for chunk, workers in ((4000, 1), (4000, 2), (1, 2)):
        monkeypatch.setattr(exports, "_CHUNK", chunk)
        again, same = run(*tasks, workers=workers)
        assert again["tasks"] == report["tasks"]
        assert again["spans"] == report["spans"]
        assert again["agreement"] == report["agreement"]
        assert {t: get_provenance(d) for t, d in same.items()} == {
            t: get_provenance(d) for t, d in docs.items()
        }
        assert {t: entities(d) for t, d in same.items()} == {
            t: entities(d) for t, d in docs.items()
        }
    assert report["tasks"]["merged_into_others"] == 25
    assert not [p for p in (tmp_path / "corpus").iterdir() if p.name.startswith(".")]


def test_damage_in_a_worker_is_the_users_error(
    run: Callable[..., Converted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_CHUNK", 1)
    path = tmp_path / "damaged.json"
    whole = json.dumps([task(i, TEXT, annotation(ANNA)) for i in range(1500)])
    path.write_text(whole[:-10].replace('"id": 1400', '"id" 1400') + whole[-10:])
    with pytest.raises(UserError, match="element 1401"):
        convert(
            paths=[path],
            tokenizer=NLP.tokenizer,
            output=tmp_path / "corpus",
            label_map=LabelMap(),
            workers=2,
        )
    assert list((tmp_path / "corpus").iterdir()) == []


def test_disputes_can_be_imported_for_review(run: Callable[..., Converted], tmp_path: Path) -> None:
    part = spanned(TEXT, "New York", "LOC")
    run(
        task(1, TEXT, annotation(ANNA, part, by="eva"), annotation(ANNA, by="bob")),
        task(2, "Agreed by both", annotation(by="eva"), annotation(by="bob")),
    )
    (review,) = json.loads((tmp_path / "corpus" / "disputes.json").read_text())
    assert review["data"] == {"text": TEXT}
    assert review["meta"] == {"tasks": [1]}
    versions = {p["model_version"]: p["result"] for p in review["predictions"]}
    assert [r["value"]["text"] for r in versions["eva"]] == ["Anna", "New York"]
    assert [r["value"] for r in versions["bob"]] == [ANNA["value"]]
    assert versions["bob"][0]["from_name"] == "label"
    run(task(1, TEXT, annotation(ANNA)))
    assert json.loads((tmp_path / "corpus" / "disputes.json").read_text()) == []


def test_group_keeps_texts_together(run: Callable[..., Converted], tmp_path: Path) -> None:
    run(
        *(
            task(i, text, annotation(region(0, 3, text[:3], "X")), meta={"group": "one"})
            for i, text in enumerate(sentences(20))
        )
    )
    docs = [list(read_corpus(tmp_path / "corpus" / "gold" / split, NLP.vocab)) for split in SPLITS]
    assert sorted(map(len, docs)) == [0, 0, 20]
    assert {get_provenance(doc).group for some in docs for doc in some} == {hash_text("one")}


def test_without_a_group_there_is_none_in_the_corpora(run: Callable[..., Converted]) -> None:
    _, docs = run(task(1, "Anna sleeps", annotation(region(0, 4, "Anna", "X"))))
    assert set(docs["Anna sleeps"].user_data) == {"source", "tasks", "hash"}


def test_tokenizer_of_a_pipeline(tmp_path: Path) -> None:
    NLP.to_disk(tmp_path / "base")
    doc = load_tokenizer(tmp_path / "base")("Don't!")
    assert [t.text for t in doc] == ["Do", "n't", "!"]


@pytest.mark.parametrize(
    ("name", "lang", "gold", "spans"),
    [("nl_biographynet_full.json", "nl", 2, 13), ("pt_multi_annotator_nested.json", "pt", 10, 39)],
)
def test_real_exports(name: str, lang: str, gold: int, spans: int, tmp_path: Path) -> None:
    path = SHARED / "exports" / name
    if not path.exists():
        pytest.skip(f"needs {path}, which stands beside the project")
    report = convert(
        paths=[path],
        tokenizer=spacy.blank(lang).tokenizer,
        output=tmp_path,
        label_map=LabelMap(),
    )
    assert sum(report["splits"].values()) == gold
    assert report["spans"]["regions"] == report["spans"]["code_points"] == spans


def test_a_tokenizer_that_remembers_more_words_gives_the_same_tokens() -> None:
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdef'.,-", k=rng.randint(1, 9))) for _ in range(20_000)]
    texts = [" ".join(rng.choices(words, k=40)) for _ in range(1000)]
    usual, remembering = spacy.blank("en").tokenizer, spacy.blank("en").tokenizer
    remember_words(remembering)
    assert remembering.max_cache_size > len(words) > usual.max_cache_size
    for text in texts:
        assert [t.text for t in remembering(text)] == [t.text for t in usual(text)]


def test_a_tokenizer_of_another_kind_is_taken_as_it_is() -> None:
    tokenizer = lambda text: spacy.blank("xx").make_doc(text)  # noqa: E731
    assert remember_words(tokenizer) is tokenizer
