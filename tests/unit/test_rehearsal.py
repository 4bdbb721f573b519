"""The rehearsal data: doses, and what dev holds when few texts are annotated."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import load_config
from spacy.vocab import Vocab

from scripts.corpora.corpus import (
    MIN_DEV_SPANS,
    Provenance,
    get_provenance,
    has_spans,
    read_corpus,
    set_provenance,
    write_corpus,
)
from scripts.corpora.raw_text import RawFile
from scripts.corpora.selection import NOTHING, Selection
from scripts.project.engines import LocalProcesses
from scripts.project.files import hash_file, hash_text, remove, write_json
from scripts.training.labelling import Means
from scripts.training.merging import FORMER, Scheme, TokenSpan
from scripts.training.pipelines import BaseRecord
from scripts.training.rehearsal import (
    MIN_RAW,
    Dose,
    Labelled,
    Manifest,
    select_raw,
    write_labelled,
)
from scripts.training.runs import place_corpora
from scripts.training.teachers import Teachers, mark_former

BLANK = spacy.blank("en")
SCHEME = Scheme(annotated=frozenset({"PLANT"}), base=frozenset({"GPE"}))


def ruled(**patterns: str) -> Language:
    """A pipeline that finds words: label to word."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": word} for label, word in patterns.items()])
    return nlp


def gold_doc(text: str, source: str = "gold") -> Doc:
    """A text whose word "oak" is a PLANT."""
    doc = BLANK.make_doc(text)
    doc.ents = [Span(doc, token.i, token.i + 1, "PLANT") for token in doc if token.text == "oak"]
    set_provenance(doc, Provenance(source, (1,), hash_text(text)))  # type: ignore[arg-type]
    return doc


def write_gold(corpus: Path, dev: int) -> None:
    """Ten texts with a span each in train, so many in dev, one project text in dev; no test."""
    for split, count in (("train", 10), ("dev", dev), ("test", 0)):
        texts = [f"{split} {number} has an oak near Rome" for number in range(count)]
        write_corpus(map(gold_doc, texts), corpus / "gold" / split)
        project = [gold_doc("Paris", "project")] if split == "dev" else []
        write_corpus(project, corpus / "project" / split)


def test_the_dose_is_a_number_or_a_ratio_with_a_least() -> None:
    assert Dose(docs=17, ratio=3).texts(1000) == 17
    assert Dose(docs=0, ratio=3).texts(1000) == 3000
    assert Dose(docs=0, ratio=0.5).texts(10_000) == 5000
    assert Dose(docs=0, ratio=3).texts(5) == MIN_RAW


@pytest.fixture
def means(tmp_path: Path) -> Means:
    """Teachers in folders: a base that knows Rome, Paris and Ada, a specialist that knows oaks."""
    names = {"GPE": ["Rome", "Paris"], "PERSON": ["Ada"]}
    for name, words in {"base": names, "specialist": {"PLANT": ["oak"]}}.items():
        nlp = spacy.blank("en")
        patterns = [{"label": label, "pattern": w} for label, some in words.items() for w in some]
        nlp.add_pipe("entity_ruler").add_patterns(patterns)
        nlp.to_disk(tmp_path / name)
    ruler = ["entity_ruler"]
    record = BaseRecord("b", "1", "en", "", "b", ["GPE", "PERSON"], ruler, [], ruler, "")
    write_json(tmp_path / "base.json", record._asdict())
    work = tmp_path / "corpus/.rehearse"
    folders = tmp_path / "base", tmp_path / "specialist"
    return Means(*folders, -1, Scheme(frozenset({"PLANT"}), frozenset(names)), "base", work)


def rehearse(
    means: Means, texts: list[str], dose: Dose, spans: int = 0, workers: int = 1
) -> tuple[Selection, Labelled]:
    """Select and label, as the command does; all shards hold four texts."""
    corpus = means.work.parent
    raw = corpus.parent / "raw.txt"
    raw.write_text("\n".join(texts), encoding="utf8")
    engine = LocalProcesses(workers)
    selection = select_raw([RawFile(str(raw))], corpus, dose, means.work / "texts", engine)
    return selection, write_labelled(means, selection, corpus, spans, engine)


def files(folder: Path) -> dict[str, str]:
    """The corpora and their hashes."""
    return {
        str(path.relative_to(folder)): hash_file(path)
        for name in ("merged", "rehearsal")
        for path in sorted((folder / name).rglob("*.spacy"))
    }


def sentence(number: int) -> str:
    """One in forty has a person, all have a town; none is near another."""
    words = hash_text(str(number))[:8]
    who = "Ada" if number % 40 == 0 else "She"
    return f"{who} {' '.join(words)} saw an oak in Rome"


@pytest.mark.parametrize(("dev", "helped"), [(3, True), (MIN_DEV_SPANS, False)])
def test_few_gold_spans_in_dev_get_help_from_the_training_texts(
    tmp_path: Path, means: Means, dev: int, helped: bool
) -> None:
    corpus = means.work.parent
    write_gold(corpus, dev)
    assert has_spans(corpus / "gold/dev", MIN_DEV_SPANS) is not helped
    labelled = write_labelled(means, NOTHING, corpus, 0, LocalProcesses(1))
    assert labelled.texts["merged"] == {"train": 10, "dev": dev + 10 * helped + 1}
    assert labelled.texts["rehearsal"] == {"train": 0, "dev": 0, "test": 0}
    docs = list(read_corpus(corpus / "merged/dev", Vocab()))
    sources = [get_provenance(doc).source for doc in docs]
    assert sources == ["gold"] * (dev + 10 * helped) + ["project"]
    assert {ent.label_ for ent in docs[0].ents} == {"PLANT", "GPE"}
    config = load_config("configs/specialist.cfg", interpolate=False)
    place_corpora(config, corpus)
    expected = [str(corpus / "gold/dev")] + [str(corpus / "gold/train")] * helped
    assert config["corpora"]["dev"]["paths"] == expected


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.corpora.selection.SHARD_DOCS", 4)


@pytest.mark.usefixtures("small_shards")
def test_shards_are_the_same_by_any_number_of_processes(tmp_path: Path, means: Means) -> None:
    write_gold(means.work.parent, 3)
    texts, found = list(map(sentence, range(60))), []
    for workers in (1, 2):
        rehearse(means, texts, Dose(20, 0), workers=workers)
        found.append(files(means.work.parent))
        remove(means.work)
        (means.work.parent / "shards.json").unlink()
    assert found[0] == found[1]
    assert len([name for name in found[0] if name.startswith("rehearsal/train")]) > 2


@pytest.mark.usefixtures("small_shards")
def test_what_was_made_is_taken_over_unless_it_is_damaged(means: Means) -> None:
    corpus = means.work.parent
    write_gold(corpus, 3)
    texts = list(map(sentence, range(60)))
    rehearse(means, texts, Dose(20, 0))
    before, manifest = files(corpus), Manifest.read(corpus / "shards.json")
    remove(means.work)
    damaged = corpus / "rehearsal/train/00001.spacy"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (corpus / "rehearsal/train/00002.spacy").unlink()
    rehearse(means, texts, Dose(20, 0))
    assert files(corpus) == before
    again = {one.name: one for one in Manifest.read(corpus / "shards.json").shards}
    made_again = [one.name for one in manifest.shards if again[one.name] != one]
    assert made_again == ["rehearsal/train/00001", "rehearsal/train/00002"]


@pytest.mark.usefixtures("small_shards")
def test_other_teachers_label_everything_again(means: Means) -> None:
    corpus = means.work.parent
    write_gold(corpus, 3)
    rehearse(means, [sentence(0)], Dose(20, 0))
    first = Manifest.read(corpus / "shards.json")
    remove(means.work)
    other = means._replace(shared_on_raw="missing")
    rehearse(other, [sentence(0)], Dose(20, 0))
    second = Manifest.read(corpus / "shards.json")
    assert first.teachers != second.teachers
    for one, two in zip(first.shards, second.shards, strict=True):
        assert (one.name, one.source) == (two.name, two.source)
        assert one.key != two.key


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("workers", [1, 2])
def test_texts_with_rare_labels_are_added_until_there_are_enough(
    means: Means, workers: int
) -> None:
    corpus = means.work.parent
    write_gold(corpus, 3)
    texts = list(map(sentence, range(600)))
    selection, plain = rehearse(means, texts, Dose(40, 0))
    assert plain.spans["PERSON"] < 4
    assert plain.read == 0
    dose = list(read_corpus(corpus / "rehearsal/train", Vocab()))
    selection, labelled = rehearse(means, texts, Dose(40, 0, spans=4), spans=4, workers=workers)
    docs = list(read_corpus(corpus / "rehearsal/train", Vocab()))
    assert [doc.text for doc in docs[: len(dose)]] == [doc.text for doc in dose]
    assert all("Ada" in doc.text for doc in docs[len(dose) :])
    assert labelled.spans["PERSON"] == sum("Ada" in doc.text for doc in docs) >= 4
    assert 0 < labelled.read < sum(shard.texts for shard in selection.shards["more"])
    assert labelled.texts["rehearsal"]["train"] == len(docs)


def test_labels_that_nobody_can_find_end_with_the_text(means: Means) -> None:
    write_gold(means.work.parent, 3)
    texts = [sentence(number) for number in range(1, 40)]
    _, labelled = rehearse(means, texts, Dose(5, 0, spans=8), spans=8)
    assert labelled.spans["PERSON"] == 0
    assert labelled.read > 5


@pytest.mark.parametrize("order", [["former", "ner"], ["ner", "former"]])
def test_what_the_former_update_found_is_told_from_what_the_frozen_ner_found(
    order: list[str],
) -> None:
    nlp = spacy.blank("en")
    for name, label in zip(order, ("FIRST", "SECOND"), strict=True):
        ruler = nlp.add_pipe("entity_ruler", name=name, config={"overwrite_ents": False})
        patterns = [{"label": label, "pattern": word} for word in ("oak", label.lower())]
        ruler.add_patterns(patterns)
    record = BaseRecord("b", "1", "en", "", "b", [], order, [], order, "", former="former")
    for mark, place in mark_former(record).items():
        nlp.add_pipe("mark_entities_v1", name=mark, config={"group": mark}, **place)
    teachers = Teachers(nlp, ruled(PLANT="oak"))
    doc = nlp.make_doc("an oak , first and second")
    ((same, predicted),) = teachers.label([doc])
    assert predicted.base == [
        TokenSpan(1, 2, "FIRST"),
        TokenSpan(3, 4, "FIRST"),
        TokenSpan(5, 6, "SECOND"),
    ]
    own = {"FIRST"} if order[0] == "former" else {"SECOND"}
    assert predicted.former == [span for span in predicted.base if span.label in own]
    predicted.keep_in(same)
    assert [span.label_ for span in same.spans[FORMER]] == [s.label for s in predicted.former]
