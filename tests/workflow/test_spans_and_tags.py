"""Components that mark parts of a text, by the road of the others: overlapping spans, tags."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import spacy
import srsly
from spacy.language import Language

from scripts.evaluation.records import Evaluation, read_record
from scripts.evaluation.scores import CharSpan, add_counts, count_offsets, micro_counts
from scripts.kinds.known import find_kind
from tests.rounds import Round
from tests.small_tokens import (
    TOOLS,
    Marked,
    make_morphologizer,
    make_spancat,
    make_tagger,
    tasks_with_tools,
    usual_tag,
    write_regions,
    write_texts,
)

from .conftest import Project, copy_project

STEPS = srsly.read_yaml("project.yml")["workflows"]["all"]
TINY_TRAINING = {"max_steps": 60, "learning_rate": "0.01"}
TINY = TINY_TRAINING | {"rehearsal_docs": 150}


def score(nlp: Language, component: str, texts: list[Marked], label: str) -> float:
    """F of a label, 0 to 1, in texts whose spans of it are all known."""
    read = find_kind(component).read
    counts = add_counts(
        count_offsets(
            [CharSpan(*span) for span in one.spans if span[2] == label],
            [span for span in read(nlp(one.text)) if span.label == label],
        )
        for one in texts
    )
    return micro_counts(counts, [label]).f


@pytest.mark.slow
def test_a_wheel_with_overlapping_spans(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    make_spancat().to_disk(project.folder / "assets/base")
    write_regions(project.folder / "assets/export.json", tasks_with_tools(1, 300), {"TOOL"})
    write_texts(project.folder / "assets/raw.txt", tasks_with_tools(2, 700, 0.2))
    kept = run_all(project, "spancat")
    update = spacy.load(project.folder / "training/update/model-best")
    assert update.pipe_names == ["spancat", "hold_spancat", "spancat_update", "merge_spancat"]
    assert update.get_pipe_config("spancat_update")["suggester"]["sizes"] == [1, 2, 3]
    assert kept.update.f == 100.0  # the base's spans stand as they are
    assert kept.specialist.f < 95  # the naive update forgets
    texts = list(tasks_with_tools(9, 30))
    assert score(update, "spancat", texts, "TOOL") > 0.9
    assert score(update, "spancat", texts, "TASK") > 0.9


def run_all(project: Project, component: str, **more: object) -> Any:
    """The workflow to its end; returns the scores of the retained labels on raw text."""
    assets = {"base_model": "base", "export": "export.json", "raw_text": "raw.txt"}
    values = {name: f"assets/{file}" for name, file in assets.items()}
    done = project.run("all", component=component, name="marks", **values, **TINY, **more)
    assert done.status == 0, done.output
    assert done.ran == STEPS
    assert srsly.read_json(project.folder / "training/verify.json")["texts"] > 0
    found = read_record(project.folder / "training/evaluation.json", Evaluation)
    assert found.gold.micro["new"].base.f == 0
    assert found.gold.micro["new"].update.f > 90
    return found.agreement.micro["retained"]


@pytest.mark.slow
def test_a_wheel_with_new_tags(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    make_tagger().to_disk(project.folder / "assets/base")
    write_regions(project.folder / "assets/export.json", tasks_with_tools(1, 300), {"NT"})
    write_texts(project.folder / "assets/raw.txt", tasks_with_tools(2, 700, 0.2))
    kept = run_all(project, "tagger")
    assert kept.update.f > 98
    assert kept.specialist.f < 90
    update = spacy.load(project.folder / "training/update/model-best")
    second = ["hold_tagger", "tagger_update", "merge_tagger"]
    assert update.pipe_names == ["tagger", *second, "attribute_ruler", "late_tagger"]
    texts = list(tasks_with_tools(9, 30))
    assert score(update, "tagger", texts, "NT") > 0.95
    check_the_rest(update, spacy.load(project.folder / "training/base"), texts)


def check_the_rest(update: Language, base: Language, texts: list[Marked]) -> None:
    """Other tokens have their tags, and all the parts of speech that the base gives them."""
    differing = 0
    for one in texts:
        before, after = base(one.text), update(one.text)
        assert [token.pos_ for token in before] == [token.pos_ for token in after]
        differing += sum(token.tag_ not in ("NT", usual_tag(token.text)) for token in after)
    assert differing == 0


@pytest.mark.slow
@pytest.mark.parametrize("make_base", [make_tagger, make_morphologizer])
def test_a_wheel_with_new_parts_of_speech(
    tmp_path: Path, make_base: Callable[[], Language]
) -> None:
    project = copy_project(tmp_path / "project")
    make_base().to_disk(project.folder / "assets/base")
    write_regions(project.folder / "assets/export.json", tasks_with_tools(1, 300), {"NT"})
    write_texts(project.folder / "assets/raw.txt", tasks_with_tools(2, 700, 0.2))
    (project.folder / "assets/map.yml").write_text("NT: PROPN\n")
    kept = run_all(project, "pos", label_map="assets/map.yml")
    assert kept.update.f > 98
    assert kept.specialist.f < 90
    update = spacy.load(project.folder / "training/update/model-best")
    base = spacy.load(project.folder / "training/base")
    assert update.pipe_names == [*base.pipe_names, "hold_pos", "pos_update", "merge_pos"]
    wrong = 0
    for one in tasks_with_tools(9, 30):
        for before, after in zip(base(one.text), update(one.text), strict=True):
            assert (after.tag_, after.morph) == (before.tag_, before.morph)
            wrong += after.pos_ != ("PROPN" if before.text in TOOLS else before.pos_)
    assert wrong < 3


def run_rounds(
    component: str,
    labels: Sequence[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Language:
    """A round a label, each on top of the one before; the first one's base is `folder/base`.

    names: other names of labels of the small world.
    """
    base = folder / "base"

    def named(one: Marked) -> Marked:
        spans = [(start, end, names.get(label, label)) for start, end, label in one.spans]
        return one._replace(spans=spans)

    for number, label in enumerate(labels, 1):
        export, raw = folder / f"{number}.json", folder / f"{number}.txt"
        write_regions(export, map(named, tasks_with_tools(number, 200)), {label})
        write_texts(raw, tasks_with_tools(10 + number, 250, 0.3))
        one = Round(component, base, export, raw, docs=100, training=TINY_TRAINING)
        base = one.run(folder / label, monkeypatch)
    return spacy.load(base)


@pytest.mark.slow
def test_three_rounds_of_overlapping_spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_spancat().to_disk(tmp_path / "base")
    labels = ("TOOL", "AGE", "WHEN")
    update = run_rounds("spancat", labels, tmp_path, monkeypatch)
    assert update.pipe_names == ["spancat", "hold_spancat", "spancat_update", "merge_spancat"]
    merging = update.get_pipe_config("merge_spancat")
    assert merging["labels"] == sorted(labels)
    texts = list(tasks_with_tools(9, 40))
    found = {label: score(update, "spancat", texts, label) for label in ("TASK", *labels)}
    assert min(found.values()) > 0.9, found


def new_tag(word: str) -> str:
    """The tag of a word after the three rounds."""
    if word in TOOLS:
        return "NT"
    return {"JJ": "AGE", "RB": "WHEN"}.get(usual_tag(word), usual_tag(word))


@pytest.mark.slow
def test_three_rounds_of_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tagger().to_disk(tmp_path / "base")
    update = run_rounds("tagger", ("NT", "AGE", "WHEN"), tmp_path, monkeypatch)
    second = ["hold_tagger", "tagger_update", "merge_tagger"]
    assert update.pipe_names == ["tagger", *second, "attribute_ruler", "late_tagger"]
    wrong = [
        (token.text, token.tag_, token.pos_)
        for one in tasks_with_tools(9, 40)
        for token in update(one.text)
        if token.tag_ != new_tag(token.text)
    ]
    assert len(wrong) < 5, wrong


@pytest.mark.slow
def test_three_rounds_of_parts_of_speech(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_morphologizer().to_disk(tmp_path / "base")
    names = {"NT": "PROPN", "AGE": "NUM", "WHEN": "INTJ"}
    update = run_rounds("pos", [*names.values()], tmp_path, monkeypatch, names)
    assert update.pipe_names == ["morphologizer", "hold_pos", "pos_update", "merge_pos"]
    usual = {"NT": "PROPN", "AGE": "NUM", "WHEN": "INTJ", "PRP": "PRON", "VB": "VERB", "NN": "NOUN"}
    wrong = [
        (token.text, token.pos_)
        for one in tasks_with_tools(9, 40)
        for token in update(one.text)
        if token.pos_ != usual.get(new_tag(token.text), "PUNCT")
    ]
    assert len(wrong) < 5, wrong
