"""The rehearsal data: doses, and what dev holds when few texts are annotated."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.util import load_config
from spacy.vocab import Vocab

from scripts.corpora.corpus import (
    MIN_DEV_SPANS,
    bare_copy,
    get_provenance,
    has_spans,
    read_corpus,
)
from scripts.corpora.sampling import RawText, write_run
from scripts.corpora.selection import NOTHING
from scripts.project.engines import LocalProcesses
from scripts.project.files import remove
from scripts.training.labelling import Means, load_with_words
from scripts.training.merging import FORMER, Scheme, TokenSpan
from scripts.training.pipelines import BaseRecord
from scripts.training.rehearsal import (
    MIN_RAW,
    Dose,
    Manifest,
    write_labelled,
)
from scripts.training.runs import place_corpora
from scripts.training.teachers import Teachers, mark_former
from tests.small_rehearsals import files, make_means, rehearse, sentence, write_gold

SCHEME = Scheme(annotated=frozenset({"PLANT"}), base=frozenset({"GPE"}))


def ruled(**patterns: str) -> Language:
    """A pipeline that finds words: label to word."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": word} for label, word in patterns.items()])
    return nlp


def test_the_dose_is_a_number_or_a_ratio_with_a_least() -> None:
    assert Dose(docs=17, ratio=3).texts(1000) == 17
    assert Dose(docs=0, ratio=3).texts(1000) == 3000
    assert Dose(docs=0, ratio=0.5).texts(10_000) == 5000
    assert Dose(docs=0, ratio=3).texts(5) == MIN_RAW


@pytest.fixture
def means(tmp_path: Path) -> Means:
    return make_means(tmp_path)


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
        rehearse(means, texts, Dose(20, 0), LocalProcesses(workers))
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
    rehearse(means, texts, Dose(20, 0), LocalProcesses(1))
    before, manifest = files(corpus), Manifest.read(corpus / "shards.json")
    remove(means.work)
    damaged = corpus / "rehearsal/train/00001.spacy"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (corpus / "rehearsal/train/00002.spacy").unlink()
    rehearse(means, texts, Dose(20, 0), LocalProcesses(1))
    assert files(corpus) == before
    again = {one.name: one for one in Manifest.read(corpus / "shards.json").shards}
    made_again = [one.name for one in manifest.shards if again[one.name] != one]
    assert made_again == ["rehearsal/train/00001", "rehearsal/train/00002"]


def test_the_words_of_the_first_shard_stay_known(means: Means, tmp_path: Path) -> None:
    write_run([RawText("0", "An unheard-of sycamore")], tmp_path / "texts")
    teachers = load_with_words(means, tmp_path / "texts")
    for nlp in (teachers.base, teachers.specialist):
        with nlp.memory_zone():
            nlp.make_doc("some hornbeam")
        assert "sycamore" in nlp.vocab.strings
        assert "hornbeam" not in nlp.vocab.strings


def test_a_copy_has_the_tokens_and_nothing_else_also_of_words_that_its_vocabulary_lacks() -> None:
    nlp = ruled(GPE="Rome")
    doc = nlp("She, in  Rome: didn't\n")
    for vocab in (nlp.vocab, Vocab()):
        copy = bare_copy(doc, vocab)
        assert [token.text_with_ws for token in copy] == [token.text_with_ws for token in doc]
        assert not copy.has_annotation("ENT_IOB")


@pytest.mark.usefixtures("small_shards")
def test_other_teachers_label_everything_again(means: Means) -> None:
    corpus = means.work.parent
    write_gold(corpus, 3)
    rehearse(means, [sentence(0)], Dose(20, 0), LocalProcesses(1))
    first = Manifest.read(corpus / "shards.json")
    remove(means.work)
    other = means._replace(shared_on_raw="missing")
    rehearse(other, [sentence(0)], Dose(20, 0), LocalProcesses(1))
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
    selection, plain = rehearse(means, texts, Dose(40, 0), LocalProcesses(1))
    assert plain.spans["PERSON"] < 4
    assert plain.read == 0
    dose = list(read_corpus(corpus / "rehearsal/train", Vocab()))
    selection, labelled = rehearse(means, texts, Dose(40, 0, spans=4), LocalProcesses(workers))
    docs = list(read_corpus(corpus / "rehearsal/train", Vocab()))
    assert [doc.text for doc in docs[: len(dose)]] == [doc.text for doc in dose]
    assert all("Ada" in doc.text for doc in docs[len(dose) :])
    assert labelled.spans["PERSON"] == sum("Ada" in doc.text for doc in docs) >= 4
    assert 0 < labelled.read < sum(shard.texts for shard in selection.shards["more"])
    assert labelled.texts["rehearsal"]["train"] == len(docs)


def test_labels_that_nobody_can_find_end_with_the_text(means: Means) -> None:
    write_gold(means.work.parent, 3)
    texts = [sentence(number) for number in range(1, 40)]
    _, labelled = rehearse(means, texts, Dose(5, 0, spans=8), LocalProcesses(1))
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


def test_without_a_base_raw_text_is_for_the_test_alone(tmp_path: Path) -> None:
    means = make_means(tmp_path)
    means = means._replace(scheme=Scheme(frozenset({"PLANT"}), frozenset()))
    write_gold(means.work.parent, dev=30)
    texts = [sentence(number) for number in range(200)]
    dose = Dose(0, 3.0, spans=5, test_alone=True)
    _, labelled = rehearse(means, texts, dose, LocalProcesses(1))
    assert labelled.texts["merged"] == {"train": 0, "dev": 0}
    test = labelled.texts["rehearsal"].pop("test")
    assert labelled.texts["rehearsal"] == {"train": 0, "dev": 0}
    assert 20 < test < 60  # a fifth
    assert labelled.read == 0
