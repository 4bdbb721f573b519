"""A teacher in the base's place: what it says, whose word counts, and what is refused."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.tokens import Doc

from scripts.base import show_alike as show_to_base
from scripts.conversion.label_map import LabelMap
from scripts.convert import convert, load_tokenizer
from scripts.convert import show_alike as show_to_annotators
from scripts.corpora.sampling import RawText
from scripts.inputs import check_teacher, prepare_base, prepare_teacher
from scripts.project.errors import UserError
from scripts.project.settings import DISTILL
from scripts.project.teacher import is_model, resolve_teacher
from scripts.training import labelling
from scripts.training.distilling import check_names, write_speaker
from scripts.training.labelling import make_raw_doc, raw_docs, teachers_key
from scripts.training.merging import (
    Labelling,
    Scheme,
    TokenSpan,
    complete_gold,
    merge_on_project_text,
    merge_on_raw_text,
)
from scripts.training.pipelines import (
    BaseRecord,
    describe_base,
    find_speaker,
    fingerprint,
    has_teacher,
    load_pipeline,
)
from scripts.training.standing_in import Teacher, find_answers, own_labels
from scripts.training.strategies import refuse_teacher
from scripts.training.teachers import load_teachers
from tests.small_ners import train_ner
from tests.small_teachers import make_teacher

SCHEME = Scheme(frozenset({"PLANT", "PERSON"}), frozenset({"PERSON", "LOC", "DATE"}), frozenset())
TAUGHT = Scheme(SCHEME.annotated, SCHEME.base, frozenset({"PERSON", "LOC"}))
MAP = {"PER": "PERSON", "MISC": None}
WITHOUT = {"strategy": "double", "teacher": None, "teacher_label_map": None, "export": "e.json"}


def span(start: int, label: str) -> TokenSpan:
    return TokenSpan(start, start + 1, label)


def record_of(folder: Path, label_map: Path | None = None) -> dict[str, Any]:
    """What `inputs` writes about a teacher in a folder."""
    named = {"paths": [str(label_map)]} if label_map else None
    return {"teacher": {"kind": "folder", "place": str(folder)}, "teacher_label_map": named}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A base that takes Ada for an ORG and Esperanto for MISC, with its record beside it."""
    text, spans = "Ada spoke Esperanto", [(0, 3, "ORG"), (10, 19, "MISC")]
    nlp, folder = train_ner(text, spans), tmp_path / "base"
    nlp.meta.update(name="small", version="1.0.0")
    nlp.to_disk(folder)
    srsly.write_json(tmp_path / "base.json", describe_base(nlp, folder, "small")._asdict())
    return folder


@pytest.fixture
def speaker(tmp_path: Path, base: Path) -> Path:
    """The base with a teacher in its place: PER is called PERSON, MISC is ignored."""
    make_teacher().to_disk(tmp_path / "names")
    srsly.write_yaml(tmp_path / "map.yml", MAP)
    write_speaker(record_of(tmp_path / "names", tmp_path / "map.yml"), base, tmp_path / "teacher")
    return tmp_path / "teacher"


def test_a_teacher_speaks_for_its_labels_and_the_base_for_its_others(
    speaker: Path, tmp_path: Path
) -> None:
    nlp = load_pipeline(speaker)
    (doc,) = nlp.pipe(["Ada spoke Esperanto"])
    found = {(ent.text, ent.label_) for ent in doc.ents}
    assert found == {("Ada", "PERSON"), ("Esperanto", "MISC")}  # MISC is the base's own
    record = BaseRecord.read(speaker.with_suffix(".json"))
    assert record.taught == ["LOC", "PERSON"]
    assert record.labels == ["LOC", "MISC", "ORG", "PERSON"]
    assert (record.name, record.version, record.source) == ("names", "2.0.0", "names")
    assert record.original == fingerprint(tmp_path / "names")
    assert nlp.meta["license"] == "MIT"


def test_rehearsal_hears_the_teacher_and_the_specialist(speaker: Path, base: Path) -> None:
    record = BaseRecord.read(speaker.with_suffix(".json"))
    teachers = load_teachers(speaker, base, record)
    raw = [RawText("1", "Ada spoke")]
    (doc,) = raw_docs(teachers, TAUGHT, raw, "base")
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Ada", "PERSON")]
    assert [one.label_ for one in doc.spans["specialist"]] == ["ORG"]


def test_another_teacher_or_another_map_makes_all_labels_anew(
    speaker: Path, base: Path, tmp_path: Path
) -> None:
    means = labelling.Means(speaker, base, -1, TAUGHT, "base", tmp_path / "work")
    first = teachers_key(means)
    assert teachers_key(means) == first
    write_speaker(record_of(tmp_path / "names"), base, speaker)
    assert teachers_key(means) != first


def test_without_a_teacher_the_base_speaks_for_itself(tmp_path: Path, base: Path) -> None:
    teacher = tmp_path / "teacher"
    teacher.mkdir()
    assert write_speaker({}, base, teacher) is None
    assert not teacher.exists()
    assert find_speaker(base, teacher) == base
    assert not has_teacher(teacher)


def test_spans_of_a_group_count_as_entities_the_longest_first() -> None:
    nlp = make_teacher("span_ruler")
    nlp.get_pipe("span_ruler").add_patterns([{"label": "MISC", "pattern": "Baroque music"}])
    assert own_labels(nlp) == ["LOC", "MISC", "PER"]
    doc = nlp("In Oslo they play Baroque music")
    assert not doc.ents
    assert [one.text for one in find_answers(doc, nlp)] == ["Oslo", "Baroque music"]


def test_a_teacher_of_another_tokenizer_sees_the_student_s_tokens(tmp_path: Path) -> None:
    make_teacher().to_disk(tmp_path / "names")
    teacher = Teacher()
    teacher.take(tmp_path / "names", {})
    words = ["In", "Os", "lo", "Paris"]
    doc = teacher(Doc(spacy.blank("de").vocab, words=words, spaces=[True, False, True, False]))
    assert [ent.text for ent in doc.ents] == ["Paris"]
    assert teacher.labels == ("LOC", "MISC", "PER")


def test_gold_stays_right_and_the_teacher_has_the_word_elsewhere() -> None:
    said = [span(0, "PERSON"), span(1, "LOC"), span(5, "DATE")]
    naive = [span(1, "PLANT"), span(3, "PERSON"), span(4, "PLANT")]
    gold = Labelling([span(0, "PLANT")])
    assert complete_gold(gold, said, TAUGHT).entities == [
        *(span(0, "PLANT"), span(1, "LOC"), span(5, "DATE"))
    ]
    for labelled in (
        merge_on_project_text(said, naive, TAUGHT.silver),
        merge_on_raw_text(said, naive, TAUGHT.silver, "base"),
    ):
        assert set(labelled.entities) >= {span(0, "PERSON"), span(5, "DATE"), span(4, "PLANT")}
        assert span(3, "PERSON") not in labelled.entities
    # Of project text the specialist says where a label is new, of raw text the teacher.
    assert span(1, "PLANT") in merge_on_project_text(said, naive, TAUGHT.silver).entities
    assert span(1, "LOC") in merge_on_raw_text(said, naive, TAUGHT.silver).entities
    assert SCHEME.silver == SCHEME


@pytest.mark.parametrize(
    ("names", "own", "fact"),
    [
        ({"PERS": "PERSON"}, ["LOC", "PER"], "labels that the teacher has not: PERS."),
        ({"PER": None}, ["PER"], "ignores all labels of the teacher t."),
        ({}, [], "No component of the teacher t says which labels"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    names: dict[str, str | None], own: list[str], fact: str
) -> None:
    with pytest.raises(UserError, match=fact):
        check_names(names, own, "t")


def test_a_map_tells_the_labels_of_a_component_that_does_not() -> None:
    check_names({"PER": "PERSON"}, [], "t")


def test_a_teacher_that_cannot_be_loaded_is_an_error_of_two_lines(
    tmp_path: Path, base: Path
) -> None:
    make_teacher().to_disk(tmp_path / "names")
    (tmp_path / "names/config.cfg").write_text("[nlp]\nlang = 'en'\npipeline = ['no']\n")
    with pytest.raises(UserError, match="The teacher names cannot be loaded"):
        write_speaker(record_of(tmp_path / "names"), base, tmp_path / "teacher")
    assert not (tmp_path / "teacher").exists()


@pytest.mark.parametrize(
    ("given", "fact", "remedy"),
    [
        ({"strategy": DISTILL}, "there is no teacher", "Give vars.teacher"),
        ({"teacher": "t"}, "the strategy double learns from none", f"Take the strategy {DISTILL}"),
        ({"teacher_label_map": "m.yml"}, "there is no teacher", "leave the map out"),
        ({"export": None}, "There is no export", f"the strategy {DISTILL} with vars.teacher"),
    ],
)
def test_what_does_not_go_together_is_refused(
    given: dict[str, Any], fact: str, remedy: str
) -> None:
    with pytest.raises(UserError) as error:
        check_teacher(WITHOUT | given)
    assert fact in error.value.fact
    assert remedy in error.value.remedy


def test_a_teacher_needs_text_to_speak_about() -> None:
    settings = WITHOUT | {"strategy": DISTILL, "teacher": "t", "export": None, "raw_text": None}
    check_teacher(settings)
    with pytest.raises(UserError, match="neither an export nor raw text"):
        prepare_teacher(settings, {})


def test_from_nothing_with_a_teacher_gold_and_an_encoder_have_a_use() -> None:
    settings = {"base_model": "blank:en", "vectors": None, "optimize": "efficiency"}
    settings |= {"retained_gold": "gold.jsonl", "encoder": "small", "replay_gold": None}
    settings |= {"config": None, "base_label_map": None}
    assert prepare_base(settings | {"teacher": "t"}, {})["kind"] == "blank"
    with pytest.raises(UserError, match=r"vars\.retained_gold and vars\.encoder"):
        prepare_base(settings | {"teacher": None}, {})


@pytest.mark.parametrize(
    ("name", "model"),
    [("en_core_web_trf", False), ("names.whl", False), ("dslim/bert-base-NER", True)],
)
def test_what_a_name_means(name: str, model: bool) -> None:
    assert is_model(name) is model


def write_model(folder: Path, architecture: str) -> Path:
    """A folder that looks like a model of Hugging Face's."""
    folder.mkdir()
    config = {"model_type": "bert", "architectures": [architecture]}
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).write_text("{}")
    return folder


def test_a_model_needs_packages_that_are_optional(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_model(tmp_path / "bert", "BertForTokenClassification")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError) as error:
        resolve_teacher(str(folder), known={})
    assert "a transformer, but transformers is not installed" in error.value.fact
    assert "requirements-transformers.txt" in error.value.remedy


def test_a_model_must_be_one_that_finds_entities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    folder = write_model(tmp_path / "bert", "BertForTokenClassification")
    found = resolve_teacher(str(folder), known={})
    assert (found["kind"], found["name"]) == ("transformers", "bert")
    assert [Path(one["path"]).name for one in found["files"]] == [
        *("config.json", "model.safetensors", "tokenizer.json")
    ]
    with pytest.raises(UserError, match="no token-classification model, but BertModel"):
        resolve_teacher(str(write_model(tmp_path / "plain", "BertModel")), known={})


def test_without_annotations_a_teacher_is_enough(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "base")
    means: dict[str, Any] = {
        "tokenizer": load_tokenizer(tmp_path / "base"),
        "output": tmp_path / "corpus",
        "label_map": LabelMap(),
    }
    report = convert(paths=[], **means, taught=True)
    assert report["labels"]["annotated"] == []
    assert report["warnings"] == [
        "nobody annotated anything: the student is compared with its teacher alone."
    ]
    with pytest.raises(UserError, match="There is no export to read"):
        convert(paths=[], **means)
    tasks = [{"id": 1, "data": {"text": "Ada in Oslo"}, "annotations": [], "predictions": []}]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    report = convert(paths=[tmp_path / "export.json"], **means, taught=True)
    assert sum(report["examples"]["project"].values()) == 1


def test_raw_text_is_cut_by_the_student_s_tokenizer(speaker: Path) -> None:
    nlp = load_pipeline(speaker)
    doc = make_raw_doc(nlp, RawText("1", "Ada's"))
    assert [token.text for token in doc] == ["Ada", "'s"]


def test_doses_and_sweeps_know_no_teacher() -> None:
    refuse_teacher("double", "dose")
    with pytest.raises(UserError, match="of which there is no sweep"):
        refuse_teacher(DISTILL, "sweep")


def test_labels_of_teacher_and_base_or_annotators_that_may_mean_the_same_are_told(
    speaker: Path, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_to_base(["PER", "LOC"], ["PERSON", "LOC"])
    assert "The teacher has PER, the base has PERSON." in capsys.readouterr().out
    show_to_annotators(["HUMAN"], base, speaker)
    told = " ".join(capsys.readouterr().out.split())
    assert "The annotators have HUMAN, the teacher has PERSON." in told
    assert "PERSON: HUMAN in vars.teacher_label_map" in told
