"""Input that is wrong, one fault a test: what is said, and that nothing that was there changes."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.vocab import Vocab

from scripts.corpora.corpus import read_corpus
from scripts.project.errors import UserError
from scripts.project.settings import parse_value
from tests.small_exports import annotation, region, task

from .conftest import TINY, Done, Project, state, without_work

pytestmark = pytest.mark.slow
Finished = tuple[Project, Done]
Copy = Callable[[Project], Project]

DEMO = Path(__file__).resolve().parents[2] / "assets/demo"
SPAN = region(0, 5, "Roses", "PLANT")
BOX = {"id": "b", "type": "rectanglelabels", "from_name": "box", "to_name": "image"}
BOX |= {"value": {"x": 1, "y": 1, "width": 9, "height": 9, "rectanglelabels": ["CAR"]}}
CHOICE = {"id": "c", "type": "choices", "from_name": "kind", "to_name": "text"}
CHOICE |= {"value": {"choices": ["good"]}}
NOISE = bytes(range(128, 256)) * 4


@pytest.fixture(scope="module")
def project(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished project that each test leaves as it found it."""
    folder = tmp_path_factory.mktemp("refused") / "project"
    shutil.copytree(finished[0].folder, folder)
    return Project(folder)


def check_refused(project: Project, *facts: str, **values: object) -> Done:
    """Run the workflow into an error: no traceback, and all outputs as they were before."""
    before = without_work(state(project))
    done = project.run("all", **TINY | values)
    assert done.status != 0, done.output
    assert "Traceback" not in done.output
    for fact in facts:
        assert fact in done.output, done.output
    assert without_work(state(project)) == before
    return done


def dump(*tasks: dict[str, Any]) -> bytes:
    return json.dumps(tasks).encode()


def half_a_zip() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.write(DEMO / "export.json", "export.json")
    return whole.getvalue()[: len(whole.getvalue()) // 2]


EXPORTS: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "is empty (vars.export)", "Give a file that has content"),
    "whitespace": (b" \n\n", "is empty", "Export the project again"),
    "no tasks": (b"[]", "There are no tasks in", "Export a project that has tasks"),
    "truncated": (dump(task(1, "Roses"))[:-9], "it was cut off", "Export the project again"),
    "not JSON": (b"hello, world\n", "neither JSON nor", "Export the project again"),
    "binary": (NOISE, "neither JSON nor", "Export the project again"),
    "half a zip": (half_a_zip(), "is damaged", "Export the project again"),
    "images only": (
        dump({"id": 1, "data": {"image": "/1.png"}, "annotations": [annotation(BOX)]}),
        "1 rectanglelabels",
        "Annotate texts with a Labels tag",
    ),
    "choices only": (
        dump(task(1, "Roses are red.", annotation(CHOICE))),
        "1 choices",
        "Annotate texts with a Labels tag",
    ),
    "all cancelled": (
        dump(task(1, "Roses are red.", annotation(SPAN, was_cancelled=True))),
        "No task has an annotation that is neither skipped nor damaged",
        "Submit annotations",
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_a_bad_export(project: Project, tmp_path: Path, name: str) -> None:
    content, fact, remedy = EXPORTS[name]
    (tmp_path / "export.json").write_bytes(content)
    done = check_refused(project, fact, remedy, str(tmp_path), export=tmp_path / "export.json")
    assert done.ran[-1] in ("inputs", "convert")


@pytest.mark.parametrize("name", ["missing.json", "folder", "*.json"])
def test_no_export(project: Project, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    check_refused(project, f"No file at {tmp_path / name} (vars.export)", export=tmp_path / name)


def test_a_folder_without_exports(project: Project, tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("Exports will come.\n")
    check_refused(project, "README.txt is neither JSON nor", export=tmp_path)


def test_after_an_error_the_right_input_needs_no_command_but_inputs(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_bytes(b"[]")
    check_refused(project, "no tasks", export=tmp_path / "export.json")
    done = project.run("all", **TINY)
    assert done.status == 0, done.output
    # The copy's files have other times than the original's, and the report tells of the inputs.
    assert set(done.ran) <= {"inputs", "report"}, done.output


FILES: dict[str, tuple[str, bytes | None, str]] = {
    "no label map": ("label_map", None, "No file at"),
    "label map no YAML": ("label_map", b"PLANT: [", "cannot be read (Invalid YAML"),
    "label map a list": ("label_map", b"- PLANT\n", "is no list of LABEL: MODEL lines"),
    "label map of unknown": ("label_map", b"PLANT: A\nFERN: B\n", "that are not there: FERN"),
    "no configuration": ("label_config", None, "No file at"),
    "configuration no XML": ("label_config", b"hello", "is no labelling configuration"),
    "configuration without": (
        "label_config",
        b"<View><Text name='text' value='$text'/></View>",
        "has 0 Labels tags on text",
    ),
    "raw text empty": ("raw_text", b"", "is empty (vars.raw_text)"),
    "raw text blank": ("raw_text", b" \n\n", "no usable text: nothing read"),
    "raw text Latin-1": ("raw_text", "café\n".encode("latin1"), "Raw text is UTF-8"),
    "retained gold no JSON": ("retained_gold", b"hello\n", "line 1, is no annotated text"),
    "retained gold empty": ("retained_gold", b"", "is empty (vars.retained_gold)"),
    "retained gold blank": ("retained_gold", b"\n\n", "no annotated text in vars.retained_gold"),
    "retained gold off the text": (
        "retained_gold",
        b'{"text": "Anna", "spans": [{"start": 0, "end": 9, "label": "PERSON"}]}',
        "a span from 0 to 9 in 4 characters",
    ),
    "map of unknown labels": ("retained_gold_map", b"FERN: PER\n", "the model has not: FERN"),
    "map to unknown labels": ("retained_gold_map", b"PERSON: HUMAN\n", "No label of vars.retained"),
    "negative text empty": ("negative_text", b"", "is empty (vars.negative_text)"),
    "negative text blank": ("negative_text", b"\n \n", "There is no text in vars.negative_text"),
    "no config": ("config", None, "No file at"),
    "config no config": ("config", b"hello\n", "is no training config for an update"),
    "config binary": ("config", NOISE, "is no training config for an update"),
    "config of another kind": (
        "config",
        (DEMO.parents[1] / "configs/base.cfg").read_bytes(),
        "is no training config for an update",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file(project: Project, tmp_path: Path, name: str) -> None:
    var, content, fact = FILES[name]
    path = tmp_path / "file.txt"
    if content is not None:
        path.write_bytes(content)
    check_refused(project, fact, **{var: path})


def test_raw_text_without_text(project: Project, tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text('{"title": "Roses"}\n')
    check_refused(
        project, 'line 1, is no JSON object with a "text"', raw_text=tmp_path / "raw.jsonl"
    )


def test_raw_text_that_is_all_in_the_export(project: Project, tmp_path: Path) -> None:
    shards = [*project.folder.glob("corpus/gold/*"), *project.folder.glob("corpus/project/*")]
    texts = [doc.text for shard in shards for doc in read_corpus(shard, Vocab())]
    srsly.write_jsonl(tmp_path / "raw.jsonl", [{"text": text} for text in texts])
    check_refused(project, "in the export", "Give vars.raw_text", raw_text=tmp_path / "raw.jsonl")


def without_ner(folder: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(folder)


def german(folder: Path) -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("ner").add_label("PER")
    nlp.initialize()
    nlp.to_disk(folder)


def not_a_pipeline(folder: Path) -> None:
    folder.mkdir()
    (folder / "model.bin").write_bytes(NOISE)


def damaged(folder: Path) -> None:
    german(folder)
    weights = folder / "ner" / "model"
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("make", "fact"),
    [
        (without_ner, "The base has no ner, only: sentencizer"),
        (german, "vars.lang is en, but the base pipeline is de"),
        (not_a_pipeline, "is no spaCy pipeline"),
        (damaged, "my_base cannot be loaded"),
    ],
)
def test_a_bad_base_folder(
    project: Project, tmp_path: Path, make: Callable[[Path], None], fact: str
) -> None:
    make(tmp_path / "my_base")
    done = check_refused(project, fact, base_model=tmp_path / "my_base", lang="en")
    assert ".base.partial" not in done.output


def test_a_wheel_that_is_no_zip(project: Project, tmp_path: Path) -> None:
    (tmp_path / "base-1.0.whl").write_bytes(NOISE)
    check_refused(project, "is not a whole wheel", base_model=tmp_path / "base-1.0.whl")


def test_a_wheel_without_a_pipeline(project: Project, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "base-1.0.whl", "w") as wheel:
        wheel.writestr("other/__init__.py", "")
    check_refused(project, "holds 0 pipelines, not one", base_model=tmp_path / "base-1.0.whl")


@pytest.mark.parametrize(
    ("base", "fact"),
    [
        ("no_such_pipeline", "The pipeline no_such_pipeline is not installed"),
        ("json", "json is a Python module, but no installed pipeline"),
        ("no/such/folder", "is no folder, no wheel and no pipeline's name"),
        # What it reads there would be another pipeline in each run.
        ("training/update/model-best", "lies in training/"),
    ],
)
def test_a_base_that_is_not_there(project: Project, base: str, fact: str) -> None:
    check_refused(project, fact, base_model=base)


@pytest.mark.parametrize(
    ("var", "value", "fact"),
    [
        ("name", "garden_", "vars.name is 'garden_', which it cannot be"),
        ("version", "0.10", "0.10 would be read as 0.1"),
        ("exprot", "x", "Did you mean export?"),
    ],
)
def test_a_bad_var(project: Project, var: str, value: str, fact: str) -> None:
    assert check_refused(project, fact, **{var: value}).ran == ["inputs"]


@pytest.mark.parametrize("name", ["", "_", "_garden", "garden_", "garden-demo", "1st", "jardín"])
def test_names_that_cannot_be_packaged(name: str) -> None:
    with pytest.raises(UserError, match=r"vars\.name"):
        parse_value("name", name)


@pytest.mark.parametrize("name", ["class", "json", "en", "a__b", "Garden2"])
def test_the_language_before_it_makes_any_name_the_packages_own(name: str) -> None:
    assert parse_value("name", name) == name


@pytest.mark.skipif(spacy.prefer_gpu(), reason="there is a GPU 0")
def test_a_gpu_that_is_not_there(project: Project) -> None:
    check_refused(project, "There is no GPU 0", "--vars.gpu_id -1", gpu_id=0)


def test_damaged_shards_are_made_again(finished: Finished, copy_of: Copy) -> None:
    project = copy_of(finished[0])
    whole = state(project)
    for shard in project.folder.glob("corpus/gold/train/*.spacy"):
        shard.write_bytes(shard.read_bytes()[:-50])
    done = project.run("specialist", **TINY, seed=1)
    assert done.status != 0
    assert "Traceback" not in done.output
    assert "is not a whole DocBin" in done.output
    for name in ("inputs", "convert"):
        done = project.run(name, **TINY)
        assert done.status == 0, done.output
    again, times = state(project), "corpus/conversion_shards.json"
    assert again.keys() == whole.keys()
    assert again | {times: ""} == whole | {times: ""}
    assert accounts(project.folder / times) == accounts(finished[0].folder / times)


def accounts(path: Path) -> list[dict[str, object]]:
    """What is written down of shards, but for the time that each took."""
    return [made | {"seconds": 0} for made in srsly.read_json(path)["shards"]]


def test_a_deleted_base_is_missed(finished: Finished, copy_of: Copy) -> None:
    project = copy_of(finished[0])
    shutil.rmtree(project.folder / "training/base")
    done = project.run("specialist", **TINY, seed=1)
    assert done.status != 0
    assert "Traceback" not in done.output
    done = project.run("base", **TINY)
    assert done.status == 0, done.output
    assert (project.folder / "training/base/ner/model").exists()


def test_a_deleted_wheel_is_built_again(finished: Finished, copy_of: Copy) -> None:
    project = copy_of(finished[0])
    (wheel,) = project.folder.glob("packages/*/dist/*.whl")
    wheel.unlink()
    done = project.run("verify", **TINY)
    assert done.status != 0
    assert "There are 0 files dist/*.whl in" in done.output
    assert "Run the command package again" in done.output
    done = project.run("package", **TINY)
    assert done.status == 0, done.output
    assert wheel.exists()


@pytest.mark.parametrize("content", [b"", b"inputs:\n  cmd: x\ntrain:\n", b"inputs: [unclosed"])
def test_a_lock_that_was_cut_off_is_made_again(
    finished: Finished, copy_of: Copy, content: bytes
) -> None:
    project = copy_of(finished[0])
    (project.folder / "project.lock").write_bytes(content)
    done = project.run("inputs", **TINY)
    assert done.status == 0, done.output
    assert "project.lock was damaged" in done.output
    assert list(srsly.read_yaml(project.folder / "project.lock")) == ["inputs"]


def test_odd_paths(finished: Finished, tmp_path: Path) -> None:
    folder = tmp_path / "Ärger mit 'Leerzeichen' 猫"
    shutil.copytree(finished[0].folder, folder)
    project = Project(folder)
    exports = tmp_path / "l'export d’été"
    exports.mkdir()
    shutil.copy(DEMO / "export.json", exports / "mes données.json")
    for name in ("inputs", "convert"):
        done = project.run(name, **TINY, export=exports / "mes données.json")
        assert done.status == 0, done.output
    assert "No file at" not in done.output
    done = project.run("train", **TINY | {"max_steps": 4})
    assert done.status == 0, done.output
    done = project.run("package", **TINY, version="0.2.0")
    assert "The evaluation is of another pipeline" in done.output
    # A double quote would end the argument in project.yml; a pattern names the file without it.
    (exports / "mes données.json").rename(exports / 'the "last".json')
    done = project.run("inputs", **TINY, export=exports / "the ?last?.json")
    assert done.status == 0, done.output
