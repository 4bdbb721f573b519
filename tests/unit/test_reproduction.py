"""Making a wheel again: finding its inputs and its base, giving its vars, comparing pipelines."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from scripts.base import main as make_base
from scripts.corpora.corpus import write_corpus
from scripts.project.errors import UserError
from scripts.project.files import hash_file
from scripts.project.resolve import resolve_base, resolve_blank, resolve_files
from scripts.release.lineage import Lineage, SourceFile
from scripts.release.released import read_released
from scripts.release.reproduction import (
    Compared,
    check_installed,
    compare_pipelines,
    find_base,
    find_inputs,
    find_teacher,
    lay_inputs,
    lay_out_current,
    other_environment,
    read_lineage,
    rebuild_vars,
    run_step,
    steps,
)
from scripts.release.tracing import find_processor, trace
from scripts.reproduce import judge
from scripts.training.pipelines import BaseRecord, fingerprint
from tests.evidence import BASE, evaluation, file_record, lineage, run
from tests.small_pipelines import make_recognizer, write_vectors
from tests.small_teachers import make_teacher
from tests.small_wheels import write_small_wheel

MADE = lineage(evaluation())


def source(path: Path) -> SourceFile:
    """A file as a lineage names it."""
    return SourceFile(path.name, hash_file(path), path.stat().st_size)


def with_inputs(folder: Path, **files: list[str]) -> Lineage:
    """A lineage whose inputs lie in a folder, under other names. files: contents, by var."""
    inputs: dict[str, list[SourceFile]] = {}
    for name, contents in files.items():
        for number, content in enumerate(contents):
            path = folder / f"{name}{number}.json"
            path.write_text(content)
            inputs.setdefault(name, []).append(source(path))
            path.rename(folder / f"{number} of what was {name}")
    return replace(MADE, inputs=inputs)


def test_inputs_are_found_by_their_contents(tmp_path: Path) -> None:
    made = with_inputs(tmp_path, export=["[1]", "[2]"], raw_text=["Some text."])
    values = lay_inputs(made, find_inputs(made, tmp_path), tmp_path / "work")
    assert Path(values["raw_text"]).read_text() == "Some text."
    assert Path(values["raw_text"]).name == "00000-raw_text0.json"
    exports = sorted(Path(values["export"]).iterdir())
    assert [path.read_text() for path in exports] == ["[1]", "[2]"]  # in their order


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    made = with_inputs(tmp_path, export=["[1]"], label_map=["A: B"])
    (tmp_path / "0 of what was label_map").write_text("A: C")
    with pytest.raises(UserError) as error:
        find_inputs(made, tmp_path)
    assert error.value.fact.startswith(
        f"1 of 2 input files are not in {tmp_path}:\nlabel_map0.json"
    )


def test_text_in_a_store_is_taken_from_there(tmp_path: Path) -> None:
    address = SourceFile("hf://datasets/wiki/a.parquet", "1" * 64, 10)
    made = replace(MADE, inputs={"raw_text": [address]})
    values = lay_inputs(made, find_inputs(made, tmp_path), tmp_path / "work")
    assert values == {"raw_text": "hf://datasets/wiki/a.parquet"}
    with pytest.raises(UserError, match="2 files in a store"):
        lay_inputs(replace(MADE, inputs={"raw_text": [address] * 2}), {"raw_text": []}, tmp_path)


def test_the_base_is_found_as_a_folder_or_in_a_wheel(tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    spacy.blank("en").to_disk(tmp_path / "some" / "base")
    base = replace(MADE.base, fingerprint=fingerprint(tmp_path / "some" / "base"))
    made = replace(MADE, base=base)
    assert find_base(made, tmp_path) == {"base_model": str(tmp_path / "some" / "base")}
    (tmp_path / "wheels").mkdir()
    wheel = write_small_wheel(tmp_path / "wheels")
    inside = replace(MADE.base, fingerprint=fingerprint(tmp_path / "wheels" / "pipeline"))
    shutil.rmtree(tmp_path / "wheels" / "pipeline")
    (tmp_path / "another-1.0.0-py3-none-any.whl").write_bytes(b"of no pipeline")
    assert find_base(replace(MADE, base=inside), tmp_path) == {"base_model": str(wheel)}
    with pytest.raises(UserError, match=r"The base en_base 2.0.0 is not in"):
        find_base(MADE, tmp_path)
    for kind, source in (("demo", "demo"), ("blank", "blank:de")):
        named = replace(MADE, base=replace(MADE.base, kind=kind, source=source))
        assert find_base(named, tmp_path) == {"base_model": source}


def made_from(record: dict[str, Any], folder: Path) -> Lineage:
    """The lineage of an update of a base that the command `base` makes from a record."""
    (folder / "made").mkdir()
    srsly.write_json(folder / "base.json", record)
    base = folder / "made" / "base"
    srsly.write_json(folder / "teacher.json", {})
    make_base(
        inputs=folder / "base.json",
        output=base,
        teacher_inputs=folder / "teacher.json",
        teacher=folder / "teacher",
        lang="null",
        config=Path("configs/base.cfg"),
    )
    made = run(evaluation())
    inputs = {"vars": made.inputs["vars"], "inputs": made.inputs["inputs"] | {"base": record}}
    inputs["vars"] |= {"base_label_map": "a/b.yml", "vectors": "a/vectors"}
    return trace(replace(made, inputs=inputs, base=BaseRecord.read(base.with_suffix(".json"))))


def test_a_base_with_other_names_for_its_labels_is_found_as_it_was(tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    make_recognizer().to_disk(inputs / "pipeline")
    (inputs / "map.yml").write_text("GPE: PLACE")
    record = resolve_base(str(inputs / "pipeline"), demo=Path(), known={})
    label_map = resolve_files("base_label_map", str(inputs / "map.yml"), known={})
    made = made_from(record | {"base_label_map": label_map}, tmp_path)
    assert made.base.original == fingerprint(inputs / "pipeline") != made.base.fingerprint
    assert find_base(made, inputs) == {"base_model": str(inputs / "pipeline")}
    names = replace(made, inputs={"base_label_map": made.inputs["base_label_map"]})
    assert find_inputs(names, inputs) == {"base_label_map": [inputs / "map.yml"]}


def test_word_vectors_of_a_blank_base_are_found(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    vectors = write_vectors(tmp_path / "inputs" / "vectors", 3)
    record = resolve_blank("blank:de", "efficiency", str(vectors), known={})
    assert record is not None
    made = made_from(record, tmp_path)
    assert set(made.inputs) == {"export", "raw_text"}
    assert find_base(made, tmp_path / "inputs") == {
        "base_model": "blank:de",
        "vectors": str(vectors),
    }
    shutil.rmtree(vectors)
    with pytest.raises(UserError, match="The pipeline with the word vectors is not in"):
        find_base(made, tmp_path / "inputs")
    installed = replace(made.recipe, vars=made.recipe.vars | {"vectors": "de_vectors"})
    assert find_base(replace(made, recipe=installed), tmp_path)["vectors"] == "de_vectors"


def taught(kind: str, *names: str, original: str | None = None, source: str = "names") -> Lineage:
    """The lineage of a student. kind: of its teacher. names: of the teacher's files."""
    made = run(evaluation())
    files = [file_record(f"/home/ada/{name}", str(n)) for n, name in enumerate(names, 1)]
    record = {"kind": kind, "place": "/home/ada/names", "files": files}
    label_map = {"files": [file_record("/home/ada/map.yml", "9")]}
    inputs = {"teacher": {"teacher": record, "teacher_label_map": label_map}}
    values = {"teacher": source, "teacher_label_map": "/home/ada/map.yml", "strategy": "distill"}
    given = {
        "vars": made.inputs["vars"] | values,
        "inputs": made.inputs["inputs"] | inputs,
    }
    speaker = BASE._replace(taught=["ORG"], original=original, source=source)
    return trace(replace(made, inputs=given, teacher=speaker))


def test_a_teacher_is_told_by_its_hash_or_by_its_files() -> None:
    pipeline = taught("folder", "config.cfg", original="1" * 64)
    assert pipeline.teacher is not None
    assert (pipeline.teacher.kind, pipeline.teacher.original) == ("folder", "1" * 64)
    assert "teacher" not in pipeline.inputs
    assert [file.name for file in pipeline.inputs["teacher_label_map"]] == ["map.yml"]
    assert "teacher" not in pipeline.recipe.vars
    assert taught("package", "config.cfg").recipe.vars["teacher"] == "names"
    model = taught("transformers", "config.json", "model.safetensors")
    assert [file.name for file in model.inputs["teacher"]] == ["config.json", "model.safetensors"]


def test_a_teacher_is_found_as_a_folder_or_in_a_wheel(tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    make_teacher().to_disk(tmp_path / "some" / "teacher")
    known = fingerprint(tmp_path / "some" / "teacher")
    found = find_teacher(taught("folder", original=known), tmp_path)
    assert found == {"teacher": str(tmp_path / "some" / "teacher")}
    with pytest.raises(UserError, match=r"The teacher base 2.0.0 is not in"):
        find_teacher(taught("folder", original="1" * 64), tmp_path)
    wheel = write_small_wheel(tmp_path)
    inside = fingerprint(tmp_path / "pipeline")
    shutil.rmtree(tmp_path / "pipeline")
    assert find_teacher(taught("wheel", original=inside), tmp_path) == {"teacher": str(wheel)}
    installed = taught("package", original="1" * 64, source="xx_names")
    assert find_teacher(installed, tmp_path) == {"teacher": "xx_names"}
    assert find_teacher(MADE, tmp_path) == {}


def test_an_installed_pipeline_of_another_version_is_refused(tmp_path: Path) -> None:
    make_teacher().to_disk(tmp_path / "names")
    check_installed(tmp_path / "names", fingerprint(tmp_path / "names"), "xx_names", "The base")
    with pytest.raises(UserError, match="another one than the xx_names that is installed"):
        check_installed(tmp_path / "names", "1" * 64, "xx_names", "The base xx_names 1.0.0")


def test_a_teacher_of_hugging_faces_is_laid_under_its_own_names(tmp_path: Path) -> None:
    made = taught("transformers", "config.json", "tokenizer.json", source="dslim/bert-base-NER")
    contents = {"config.json": "{}", "tokenizer.json": "[]"}
    for name, content in contents.items():
        (tmp_path / f"what was {name}").write_text(content)
    files = [SourceFile(name, hash_file(tmp_path / f"what was {name}"), 2) for name in contents]
    made = replace(made, inputs={"teacher": files})
    assert find_teacher(made, tmp_path) == {}
    values = lay_inputs(made, find_inputs(made, tmp_path), tmp_path / "work")
    assert values == {"teacher": str(tmp_path / "work" / "teacher" / "bert-base-NER")}
    assert {path.name: path.read_text() for path in Path(values["teacher"]).iterdir()} == contents
    (tmp_path / "what was config.json").write_text("[]")
    with pytest.raises(UserError) as error:
        find_inputs(made, tmp_path)
    assert "config.json (vars.teacher" in error.value.fact
    assert "dslim/bert-base-NER is a model of Hugging Face's" in error.value.remedy


def test_vars_are_those_of_the_wheel(tmp_path: Path) -> None:
    released = read_released(write_small_wheel(tmp_path))
    values = rebuild_vars(read_lineage(released), released, {"export": "there.json"})
    not_given = ("label_map", "retained_gold", "replay_gold", "config", "released", "lang")
    assert values == dict.fromkeys(not_given) | {
        "seed": 7,
        "max_loss": 1.0,
        "name": "drugs",
        "version": "1.0.0",
        "encoder": "full",
        "export": "there.json",
    }


def test_neither_the_project_nor_the_environment_has_a_say_in_the_vars(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = ["python write.py ${vars.released} ${vars.max_steps}"]
    project = {
        "vars": {"released": "gone/*.whl", "max_steps": 0},
        "commands": [{"name": "one", "script": script}],
    }
    srsly.write_yaml(tmp_path / "project.yml", project)
    (tmp_path / "write.py").write_text("import sys; open('given', 'w').write(str(sys.argv[1:]))")
    monkeypatch.setenv("WEASEL_CONFIG_OVERRIDES", "--vars.max_steps 250")
    run_step("one", tmp_path, {"released": None, "max_steps": 7})
    assert (tmp_path / "given").read_text() == "['null', '7']"


def test_a_wheel_of_another_kind_is_refused(tmp_path: Path) -> None:
    released = read_released(write_small_wheel(tmp_path, lineage={"format": 1}))
    with pytest.raises(UserError, match="does not tell where it comes from"):
        read_lineage(released)


@pytest.mark.parametrize("changed", ["project.yml", "scripts/one.py", "configs/update.cfg"])
def test_a_copy_goes_on_where_it_was_unless_the_project_is_another(
    tmp_path: Path, changed: str
) -> None:
    project, copy = tmp_path / "project", tmp_path / "work" / "copy"
    for name in ("scripts/one.py", "configs/update.cfg", "assets/demo", "project.yml"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    (project / "constraints.txt").touch()
    lay_out_current(project, copy)
    (copy / "training").mkdir()
    lay_out_current(project, copy)
    assert (copy / "training").exists()
    (project / changed).write_text("# another")
    lay_out_current(project, copy)
    assert (copy / changed).read_text() == "# another"
    assert not (copy / "training").exists()


def test_steps_end_with_the_wheel() -> None:
    made = steps(Path())
    assert (made[0], made[-1]) == ("inputs", "package")
    assert {"train", "evaluate", "gate"} <= set(made)
    assert not {"verify", "version", "report"} & set(made)


def test_what_differs_from_when_it_was_made() -> None:
    then = MADE.environment
    assert other_environment(then, then) == []
    now = replace(then, python="3.99.0", packages=then.packages | {"spacy": "3.0.0"}, code="x")
    assert other_environment(then, now) == [
        f"spacy {then.packages['spacy']}, here 3.0.0",
        f"Python {then.python}, here 3.99.0",
        "other code of this project",
    ]


def test_another_processor_is_named_where_the_wheel_has_its_own() -> None:
    older = replace(MADE.environment, processor="")
    then, now = replace(older, processor="Old Iron"), replace(older, processor="New Iron")
    assert other_environment(then, now) == ["processor Old Iron, here New Iron"]
    assert other_environment(older, now) == []


def test_kernels_that_were_chosen_by_hand_belong_to_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    kind = find_processor()
    assert kind
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert find_processor() == f"{kind}, OPENBLAS_CORETYPE=Haswell"


def trained(seed: int) -> Language:
    """A tiny ner that was trained a little."""
    spacy.util.fix_random_seed(seed)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("DRUG")  # type: ignore[attr-defined]
    doc = nlp.make_doc("Take aspirin now")
    gold = {"entities": [(5, 12, "DRUG")]}
    example = Example.from_dict(doc, gold)
    nlp.initialize(lambda: [example])
    for _ in range(20):
        nlp.update([example])
    return nlp


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three pipelines, one of them twice, and test sets."""
    folder = tmp_path_factory.mktemp("pipelines")
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        trained(seed).to_disk(folder / name)
    docs = [Doc(spacy.blank("en").vocab, words=["Take", "aspirin", "now"])]
    for corpus in ("gold", "rehearsal"):
        write_corpus(docs, folder / "corpus" / corpus / "test")
    (folder / "again" / "README.md").write_text("No part of the pipeline.")
    return folder


def test_the_same_training_gives_the_same_pipeline(pipelines: Path) -> None:
    compared = compare_pipelines(pipelines / "first", pipelines / "again", pipelines)
    assert compared == Compared(files=[], difference=0.0, texts=2, differing=0)


def test_another_training_gives_another(pipelines: Path) -> None:
    compared = compare_pipelines(pipelines / "first", pipelines / "other", pipelines)
    assert "ner/model" in compared.files
    assert compared.difference > 0


def test_other_predictions_are_an_error_other_weights_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def told(*compared: Any) -> str:
        judge(Path("a.whl"), Compared(*compared), ["spacy 3.8, here 3.9"], Path("work"))
        return capsys.readouterr().out

    assert "identical to the byte" in told([], 0.0, 9, 0)
    assert "other weights (largest difference 0.001)" in told(["ner/model"], 0.001, 9, 0)
    with pytest.raises(UserError, match="other entities in 2 of 9 texts") as error:
        told(["ner/model"], 0.1, 9, 2)
    assert "spacy 3.8, here 3.9" in error.value.remedy
