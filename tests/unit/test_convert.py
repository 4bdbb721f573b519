"""From an export to corpora: the rules, each with its counter and its line."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.tokens import Doc

from scripts.conversion import exports
from scripts.conversion.fields import Wanted
from scripts.conversion.label_config import ConfiguredLabel, LabelConfig
from scripts.conversion.label_map import LabelMap, Target
from scripts.convert import REFUSED, convert, load_tokenizer, remember_words
from scripts.corpora.corpus import SPLITS, get_provenance, read_corpus
from scripts.corpora.splits import assign_split
from scripts.project.errors import UserError
from tests.small_exports import annotation, region, spanned, task

NLP = spacy.blank("en")
TEXT = "Anna met anti-Trumpism voters in New York City"
Converted = tuple[dict[str, Any], dict[str, Doc]]
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Converted]:
    """Convert tasks; gives the report, and gold and project Docs by text."""

    def converted(*tasks: Any, **options: Any) -> Converted:
        path = tmp_path / "export.json"
        path.write_text(json.dumps(tasks), encoding="utf8")
        options = {"max_rejected": 1.0, "label_map": LabelMap(), **options}
        output = tmp_path / "corpus"
        report = convert(paths=[path], tokenizer=NLP.tokenizer, output=output, **options)
        assert json.loads((output / "conversion.json").read_text()) == report
        docs = {
            doc.text: doc
            for source in ("gold", "project")
            for split in SPLITS
            for doc in read_corpus(output / source / split, NLP.vocab)
        }
        return report, docs

    return converted


def entities(doc: Doc) -> list[tuple[str, str]]:
    return [(e.text, e.label_) for e in doc.ents]


def missing(doc: Doc) -> list[str]:
    return [token.text for token in doc if token.ent_iob == 0]


def lines(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(r["task"], r["label"], r["reason"], r["done"]) for r in report["regions"]]


ANNA = spanned(TEXT, "Anna", "PER")


def test_what_is_gold_and_what_is_not(run: Callable[..., Converted]) -> None:
    prediction = {"id": 5, "result": [ANNA], "model_version": "m"}
    report, docs = run(
        task(1, TEXT, annotation(ANNA)),
        task(2, "Annotated without entities", annotation()),
        task(3, "Nobody has seen this sentence"),
        task(4, "Only a draft so far here", drafts=[prediction]),
        task(5, "Only predictions of a model", predictions=[prediction]),
        task(6, "Skipped by the only annotator", annotation(ANNA, was_cancelled=True)),
        task(7, "Skipped by one of them", annotation(was_cancelled=True), annotation()),
    )
    sources = {get_provenance(doc).tasks[0]: get_provenance(doc).source for doc in docs.values()}
    assert sources == {1: "gold", 2: "gold", 3: "project", 4: "project", 5: "project", 7: "gold"}
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == []
    assert docs["Annotated without entities"].ents == ()
    assert missing(docs["Annotated without entities"]) == []
    assert not docs["Nobody has seen this sentence"].has_annotation("ENT_IOB")
    assert report["tasks"] == {
        "tasks": 7,
        "annotated": 1,
        "annotated_empty": 2,
        "unannotated": 1,
        "only_drafts": 1,
        "only_predictions": 1,
        "skipped": 1,
        "merged_into_others": 0,
    }
    assert report["labels"] == {"annotated": ["PER"], "counts": {"PER": 1}, "unmapped": []}
    assert report["regions"] == []


def test_accepted_prediction_is_an_annotation(run: Callable[..., Converted]) -> None:
    accepted = {**ANNA, "origin": "prediction"}
    _, docs = run(task(1, TEXT, annotation(accepted, parent_prediction=7)))
    assert entities(docs[TEXT]) == [("Anna", "PER")]


def test_ground_truth_overrules(run: Callable[..., Converted]) -> None:
    city = spanned(TEXT, "New York City", "LOC")
    report, docs = run(
        task(1, TEXT, annotation(ANNA), annotation(city, by=2, ground_truth=True), annotation(ANNA))
    )
    assert entities(docs[TEXT]) == [("New York City", "LOC")]
    assert missing(docs[TEXT]) == []
    assert report["spans"]["overruled"] == 2
    assert report["spans"]["regions"] == 3


def test_majority_and_dispute(run: Callable[..., Converted]) -> None:
    city = spanned(TEXT, "New York City", "LOC")
    part = spanned(TEXT, "New York", "LOC")
    report, docs = run(
        task(1, TEXT, annotation(ANNA, city), annotation(ANNA, part, by=2), annotation(part, by=3))
    )
    assert entities(docs[TEXT]) == [("Anna", "PER"), ("New York", "LOC")]
    assert missing(docs[TEXT]) == ["City"]
    assert lines(report) == [(1, "LOC", "no_majority", "tokens missing")]
    assert {(tuple(r["annotators"]), r["label"]): r["exact"] for r in report["agreement"]}[
        ("2", "3"), "LOC"
    ] == 1.0


def test_same_text_in_several_tasks_is_one_example(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(1, TEXT, annotation(ANNA)),
        task(2, "Another one"),
        task(3, TEXT),
        task(4, TEXT, annotation(ANNA, by=2)),
    )
    assert get_provenance(docs[TEXT]).tasks == (1, 3, 4)
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert report["tasks"]["merged_into_others"] == 2
    assert len(docs) == 2


def test_rows_of_one_task_are_one_task_of_the_example(run: Callable[..., Converted]) -> None:
    """JSON_MIN has a row an annotation."""
    row = {"id": 7, "text": TEXT, "label": [ANNA["value"]]}
    report, docs = run(
        {**row, "annotator": 1, "annotation_id": 1}, {**row, "annotator": 2, "annotation_id": 2}
    )
    assert get_provenance(docs[TEXT]).tasks == (7,)
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert report["tasks"]["merged_into_others"] == 1


def test_offsets_are_repaired(run: Callable[..., Converted]) -> None:
    text = "👩‍🚀 met Anna in Paris"
    report, docs = run(
        task(
            1,
            text,
            annotation(
                region(10, 14, "Anna", "PER"),
                region(0, 3, "Paris", "LOC"),
                region(5, 8, " met", "X"),
            ),
        )
    )
    assert entities(docs[text]) == [("met", "X"), ("Anna", "PER"), ("Paris", "LOC")]
    assert lines(report) == [
        (1, "PER", "utf16", "repaired"),
        (1, "LOC", "occurrence", "repaired"),
        (1, "X", "occurrence", "repaired"),
    ]
    assert report["regions"][0]["to"] == [8, 12]


def test_rejected_region_makes_the_rest_missing(run: Callable[..., Converted]) -> None:
    report, docs = run(task(1, TEXT, annotation(ANNA, region(5, 9, "Bob", "PER"))))
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == [t.text for t in NLP(TEXT)][1:]
    assert lines(report) == [(1, "PER", "text_not_found", "rejected")]
    assert (report["spans"]["regions"], report["spans"]["rejected"]) == (2, 1)


def test_trimmed_and_cut(run: Callable[..., Converted]) -> None:
    trimmed = region(4, 9, " met ", "V")
    cut = spanned(TEXT, "rumpism", "T")
    report, docs = run(task(1, TEXT, annotation(trimmed, cut)))
    assert entities(docs[TEXT]) == [("met", "V")]
    assert missing(docs[TEXT]) == ["Trumpism"]
    assert lines(report) == [
        (1, "V", "edge_whitespace", "repaired"),
        (1, "T", "token_boundaries", "tokens missing"),
    ]


def test_nested_crossing_and_twice(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(
            1,
            TEXT,
            annotation(
                spanned(TEXT, "New York", "A"),
                spanned(TEXT, "New York City", "B"),
                spanned(TEXT, "voters in New", "C"),
                ANNA,
                ANNA,
            ),
        )
    )
    doc = docs[TEXT]
    assert entities(doc) == [("Anna", "PER"), ("voters in New", "C")]
    assert missing(doc) == ["York", "City"]
    assert {(s.text, s.label_) for s in doc.spans["sc"]} == {
        ("New York", "A"),
        ("New York City", "B"),
        ("voters in New", "C"),
        ("Anna", "PER"),
    }
    assert report["spans"]["overlap"] == 2
    assert report["labels"]["annotated"] == ["A", "B", "C", "PER"]


@pytest.mark.parametrize("separate", [True, False])
def test_two_labels_on_a_span(separate: bool, run: Callable[..., Converted]) -> None:
    labels = [("A",), ("B",)] if separate else [("A", "B")]
    regions = [spanned(TEXT, "Anna", *given) for given in labels]
    report, docs = run(task(1, TEXT, annotation(*regions)))
    assert entities(docs[TEXT]) == []
    assert missing(docs[TEXT]) == ["Anna"]
    assert report["spans"]["two_labels"] == 2


def test_label_map(run: Callable[..., Converted]) -> None:
    label_map = LabelMap(
        {
            "Person": Target("PER", 1),
            "People": Target("PER"),
            "Verb": Target(None),
            "X": Target("x", 2),
        }
    )
    report, docs = run(
        task(
            1,
            TEXT,
            annotation(
                spanned(TEXT, "Anna", "Person", "People", "X"),
                spanned(TEXT, "met", "Verb"),
                spanned(TEXT, "voters", "Peple"),
                spanned(TEXT, "City", "Person", "Peple"),
            ),
        ),
        task(2, "x", annotation(region(0, 1, "x", "X"), region(0, 1, "x", "People"))),
        label_map=label_map,
    )
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == ["voters", "City"]
    assert report["labels"]["annotated"] == ["PER", "x"]
    assert report["labels"]["unmapped"] == [{"label": "Peple", "count": 2, "similar": "People"}]
    assert report["spans"]["ignored_label"] == 1
    assert report["spans"]["unmapped_label"] == 2


def test_label_map_with_unknown_labels(run: Callable[..., Converted]) -> None:
    with pytest.raises(UserError, match="Dog") as caught:
        run(task(1, TEXT, annotation(ANNA)), label_map=LabelMap({"Dog": Target("D")}))
    assert "PER" in caught.value.remedy


def test_label_outside_the_configuration(run: Callable[..., Converted]) -> None:
    config = LabelConfig("label", "text", "text", False, (ConfiguredLabel("PER", ()),))
    other = region(5, 8, "met", "V", control="other")
    report, docs = run(
        task(1, TEXT, annotation(ANNA, spanned(TEXT, "City", "LOC"), other)),
        label_map=LabelMap(None, config.labels),
        config=config,
    )
    assert entities(docs[TEXT]) == [("Anna", "PER")]
    assert missing(docs[TEXT]) == ["City"]
    assert report["labels"]["annotated"] == ["PER"]
    assert report["results"]["regions of other fields"] == 1


@pytest.mark.parametrize("label", ["None", "O", "with space", "Größe", "B-PER", "-", "_"])
def test_labels_of_any_name(label: str, run: Callable[..., Converted]) -> None:
    _, docs = run(task(1, TEXT, annotation(spanned(TEXT, "New York", label))))
    assert entities(docs[TEXT]) == [("New York", label)]


@pytest.mark.parametrize(
    "text",
    ["\u0000 Anna", "a\r\nb Anna", "א Anna ב", "e\u0301 Anna\u200d", "\u00a0Anna", "👩‍🚀 Anna"],
)
def test_any_text(text: str, run: Callable[..., Converted]) -> None:
    _, docs = run(task(1, text, annotation(spanned(text, "Anna", "PER"))))
    (entity,) = docs[text].ents or [None]
    assert entity is None or entity.text == "Anna"
    assert entity or missing(docs[text])


def test_texts_that_cannot_be_used(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(1, TEXT, annotation(ANNA)),
        task(2, "lone \ud83d surrogate", annotation(region(0, 4, "lone", "X"))),
        task(3, " \n"),
        {"id": 4, "data": {"other": "x"}, "annotations": []},
        task(5, 17),
    )
    assert list(docs) == [TEXT]
    assert [(line["task"], line["reason"]) for line in report["left_out"]] == [
        (2, "lone surrogates, which no Doc can hold"),
        (3, "the text is empty"),
        (4, "no text under 'text'"),
        (5, "no text under 'text'"),
    ]
    assert lines(report) == [(2, "X", "text_rejected", "rejected")]


def test_damaged_annotation_is_neither_gold_nor_project(run: Callable[..., Converted]) -> None:
    report, docs = run(
        task(1, TEXT, annotation(ANNA)), task(2, "Something else", {"id": 9, "result": None})
    )
    assert list(docs) == [TEXT]
    assert report["left_out"] == [{"task": 2, "reason": "damaged_annotation", "annotation": "9"}]


def test_too_many_rejected(run: Callable[..., Converted], tmp_path: Path) -> None:
    run(task(1, TEXT, annotation(ANNA)))
    before = sorted(tmp_path.rglob("*"))
    bad = region(5, 9, "Bob", "PER")
    with pytest.raises(UserError, match=r"1 of 2 spans were rejected \(50.0%\)"):
        run(task(1, TEXT, annotation(ANNA, bad)), max_rejected=0.49)
    refused = tmp_path / "corpus" / REFUSED
    assert sorted(tmp_path.rglob("*")) == sorted([*before, refused])
    assert srsly.read_json(refused)["spans"]["rejected"] == 1
    assert srsly.read_json(tmp_path / "corpus" / "conversion.json")["spans"]["regions"] == 1
    run(task(1, TEXT, annotation(ANNA, bad)), max_rejected=0.5)
    assert not refused.exists()


def test_strict(run: Callable[..., Converted]) -> None:
    run(task(1, TEXT, annotation(ANNA)), strict=True)
    with pytest.raises(UserError, match="strict"):
        run(task(1, TEXT, annotation(spanned(TEXT, "rumpism", "T"))), strict=True)


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
    ],
)
def test_nothing_to_learn_from(
    tasks: list[Any], fact: str, run: Callable[..., Converted], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=fact):
        run(*tasks)
    assert not (tmp_path / "corpus" / "gold").exists()
    assert not (tmp_path / "corpus" / "conversion.json").exists()


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
    sizes = [
        len(list(read_corpus(tmp_path / "corpus" / "gold" / split, NLP.vocab))) for split in SPLITS
    ]
    assert sorted(sizes) == [0, 0, 20]


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
