"""A real wheel: built without a network, installed in a real clean environment, compared."""

import importlib.util
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import spacy
import srsly

from scripts.corpora.corpus import Provenance, set_provenance, write_corpus
from scripts.evaluation.records import write_record
from scripts.package import Documents, build_package
from scripts.project.errors import UserError
from scripts.project.files import hash_file, hash_text, write_json
from scripts.release import staging
from scripts.training.pipelines import fingerprint
from tests.evidence import (
    BASE,
    CONVERSION,
    REHEARSAL,
    STRATEGY,
    decision,
    evaluation_with_gold,
    file_record,
    inputs,
)

ROOT = Path(__file__).parents[2]
TEXTS = ["Take aspirin.", "Nothing here.", "Ibuprofen or aspirin?"]
PATTERNS = [{"label": "DRUG", "pattern": "aspirin"}, {"label": "DRUG", "pattern": "Ibuprofen"}]
META: dict[str, Any] = {"lang": "en", "name": "drugs", "version": "1.0.0", "license": "MIT"}
DOCUMENTS = Documents("# x", "# Changelog of the pipeline")
COMPONENT = """
from spacy.language import Language


@Language.factory("tests_shout")
def make_shout(nlp, name):
    return lambda doc: doc
"""


def write_inputs(folder: Path, record: dict[str, Any]) -> None:
    """Write what `inputs` writes for later commands: a file a concern."""
    for name, part in (record["inputs"] | {"vars": record["vars"]}).items():
        write_json(folder / f"{name}.json", part)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the state in which `package` finds the project."""
    folder = tmp_path_factory.mktemp("project")
    nlp = spacy.blank("en", meta={"name": "base", "version": "2.0.0"})
    nlp.add_pipe("entity_ruler").add_patterns(PATTERNS)
    model = folder / "training" / "update" / "model-best"
    model.mkdir(parents=True)
    nlp.to_disk(model)
    nlp.to_disk(folder / "training" / "base")
    scores = evaluation_with_gold(70)
    scores.pipelines["update"] = replace(scores.pipelines["update"], fingerprint=fingerprint(model))
    write_json(folder / "training" / "base.json", BASE._asdict())
    write_json(folder / "training" / "teacher.json", None)
    write_record(folder / "training" / "evaluation.json", scores)
    write_record(folder / "training" / "gate.json", decision(scores))
    write_json(folder / "corpus" / "conversion.json", CONVERSION)
    write_json(folder / "corpus" / "rehearsal.json", REHEARSAL)
    write_json(folder / "training" / "strategy.json", STRATEGY)
    record = inputs()
    exported = file_record(str(folder / "secret" / "export.json"), "1")
    record["inputs"]["export"]["export"]["files"] = [exported]
    write_inputs(folder / "assets" / "inputs", record)
    for number, corpus in enumerate(("gold", "rehearsal")):
        docs = [nlp.make_doc(text) for text in TEXTS]
        for task, doc in enumerate(docs):
            tasks = () if number else (task,)
            set_provenance(doc, Provenance("gold", tasks, hash_text(doc.text)))
        write_corpus(docs, folder / "corpus" / corpus / "test")
    succeed(start_module(folder, "package", {}, PACKAGE))
    return folder


PACKAGE = {
    "model": "training/update/model-best",
    "base": "training/base",
    "teacher": "training/teacher",
    "evaluation": "training/evaluation.json",
    "gate": "training/gate.json",
    "conversion": "corpus/conversion.json",
    "rehearsal": "corpus/rehearsal.json",
    "strategy": "training/strategy.json",
    "inputs": "assets/inputs",
    "output": "packages",
    "name": "drugs",
    "version": "1.0.0",
}
VERIFY = {
    "packages": "packages",
    "model": "training/update/model-best",
    "name": "drugs",
    "version": "1.0.0",
    "output": "training/verify.json",
    "constraints": str(ROOT / "constraints.txt"),
}
# pip finds no index, and everything that could be fetched is refused.
OFFLINE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
}


def start_module(
    folder: Path, name: str, environment: dict[str, str], options: dict[str, str]
) -> subprocess.Popen[str]:
    """Start a command of the project in a folder."""
    command = [sys.executable, "-m", f"scripts.{name}"]
    for option, value in options.items():
        command += [f"--{option}", value]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def succeed(process: subprocess.Popen[str]) -> str:
    """Wait for a command, which must succeed; returns what it wrote to stderr."""
    output, errors = process.communicate()
    assert process.returncode == 0, output + errors
    return errors


def fail(process: subprocess.Popen[str]) -> str:
    """Wait for a command, which must fail as a user's error; returns its words."""
    output, errors = process.communicate()
    assert process.returncode == 1, output + errors
    assert "Traceback" not in errors
    return errors


def wheel_of(project: Path) -> Path:
    """The wheel that `package` built."""
    (wheel,) = (project / "packages" / "en_drugs-1.0.0" / "dist").glob("*.whl")
    return wheel


def test_wheel_and_sdist_hold_the_pipeline(project: Path) -> None:
    dist = wheel_of(project).parent
    assert sorted(path.name for path in dist.iterdir()) == [
        "en_drugs-1.0.0-py3-none-any.whl",
        "en_drugs-1.0.0.tar.gz",
    ]
    data = "en_drugs/en_drugs-1.0.0"
    with zipfile.ZipFile(wheel_of(project)) as wheel:
        assert f"{data}/entity_ruler/patterns.jsonl" in wheel.namelist()
        metadata = wheel.read("en_drugs-1.0.0.dist-info/METADATA").decode()
    with tarfile.open(dist / "en_drugs-1.0.0.tar.gz") as sdist:
        names = sdist.getnames()
    assert f"en_drugs-1.0.0/{data}/entity_ruler/patterns.jsonl" in names
    assert f"Requires-Dist: spacy<3.9.0,>={spacy.__version__}" in metadata
    assert "## Release gate: pass" in metadata


def test_no_text_file_of_the_wheel_names_a_path_or_a_text(project: Path) -> None:
    with zipfile.ZipFile(wheel_of(project)) as wheel:
        for name in wheel.namelist():
            if name.endswith((".cfg", ".md", "meta.json", "METADATA", ".py")):
                content = wheel.read(name).decode()
                assert str(project) not in content, name
                assert str(Path.home()) + "/" not in content, name
                assert "Take aspirin" not in content, name


def test_model_card_is_inside_and_beside(project: Path) -> None:
    folder = project / "packages" / "en_drugs-1.0.0"
    card = (folder / "README.md").read_text()
    assert card.startswith("---\ntags:")
    with zipfile.ZipFile(wheel_of(project)) as wheel:
        assert wheel.read("en_drugs/en_drugs-1.0.0/README.md").decode() == card


def test_changelog_and_lineage_are_inside(project: Path) -> None:
    with zipfile.ZipFile(wheel_of(project)) as wheel:
        changelog = wheel.read("en_drugs/en_drugs-1.0.0/CHANGELOG.md").decode()
        meta = srsly.json_loads(wheel.read("en_drugs/meta.json"))
    assert changelog.startswith("# Changelog of the pipeline\n\n## en_drugs 1.0.0\n")
    assert meta["lineage"]["inputs"]["export"][0]["name"] == "export.json"
    assert meta["lineage"]["scores"]["retained"]["f"]["value"] == 70


def test_a_released_version_is_not_packaged_again_from_other_data(
    project: Path, tmp_path: Path
) -> None:
    record = inputs()
    record["inputs"]["raw_text"]["raw_text"]["files"][0]["sha256"] = "9" * 64
    write_inputs(tmp_path / "inputs", record)
    before = hash_file(wheel_of(project))
    options = PACKAGE | {"inputs": str(tmp_path / "inputs"), "released": str(wheel_of(project))}
    words = fail(start_module(project, "package", {}, options))
    assert "en_drugs 1.0.0 is released" in words
    assert "from other raw text." in words
    assert "--vars.version 1.0.1" in words
    assert hash_file(wheel_of(project)) == before
    elsewhere = options | {"output": str(tmp_path / "packages")}
    again = fail(start_module(project, "package", {}, elsewhere))
    assert "en_drugs 1.0.0 is released" in again
    assert not (tmp_path / "packages").exists()


def test_packaging_leaves_the_model_as_it_is(project: Path) -> None:
    scores = srsly.read_json(project / "training" / "evaluation.json")
    expected = scores["pipelines"]["update"]["fingerprint"]
    assert fingerprint(project / "training" / "update" / "model-best") == expected


def test_packaging_again_replaces_all_of_it(project: Path, tmp_path: Path) -> None:
    model = project / "training" / "update" / "model-best"
    first, second = Documents("# First", ""), Documents("# Second", "")
    folder = build_package(model, base=model, meta=META, documents=first, output=tmp_path)
    (folder / "stale.txt").touch()
    again = build_package(model, base=model, meta=META, documents=second, output=tmp_path)
    assert again == folder
    assert (folder / "README.md").read_text() == "# Second"
    assert sorted(path.name for path in folder.iterdir()) == [
        "MANIFEST.in",
        "README.md",
        "dist",
        "en_drugs",
        "meta.json",
        "setup.py",
    ]
    assert list(tmp_path.iterdir()) == [folder]


def test_failed_packaging_keeps_the_package_that_was_there(project: Path, tmp_path: Path) -> None:
    model = project / "training" / "update" / "model-best"
    (tmp_path / "en_drugs-1.0.0").mkdir()
    (tmp_path / "en_drugs-1.0.0" / "whole").touch()
    invalid = META | {"pipeline": 3}
    with pytest.raises(UserError, match="python -m spacy failed"):
        build_package(model, base=model, meta=invalid, documents=DOCUMENTS, output=tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["en_drugs-1.0.0", "whole"]


@pytest.fixture
def components(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A components.py with a factory, in the place of the project's."""
    path = tmp_path / "components.py"
    path.write_text(COMPONENT)
    spec = importlib.util.spec_from_file_location("tests_components", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "tests_components", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(staging, "components", module)
    return module


def test_components_of_the_project_are_in_the_package(
    components: ModuleType, tmp_path: Path
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("tests_shout")
    nlp.to_disk(tmp_path / "model")
    folder = build_package(
        tmp_path / "model",
        base=tmp_path,
        meta=META,
        documents=DOCUMENTS,
        output=tmp_path / "packages",
    )
    (wheel,) = folder.glob("dist/*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("en_drugs/components.py").decode() == COMPONENT
    installed = str(tmp_path / "installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", installed, str(wheel)], check=True)
    probe = "import spacy; print(spacy.load('en_drugs').pipe_names)"
    environment = os.environ | {"PYTHONPATH": installed}
    done = subprocess.run(
        [sys.executable, "-P", "-c", probe],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['tests_shout']"


@pytest.mark.slow
def test_installed_wheel_finds_the_same(project: Path, tmp_path: Path) -> None:
    succeed(start_module(project, "verify", {"TMPDIR": str(tmp_path)}, VERIFY))
    record = srsly.read_json(project / "training" / "verify.json")
    assert record["sha256"] == hash_file(wheel_of(project))
    assert record["texts"] == 6
    assert record["spacy_version"] == spacy.__version__
    assert f"spacy=={spacy.__version__}" in record["packages"]
    assert not any(line.startswith("label-studio") for line in record["packages"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_another_model_than_the_packaged_one_fails(project: Path, tmp_path: Path) -> None:
    nlp = spacy.load(project / "training" / "update" / "model-best")
    nlp.get_pipe("entity_ruler").add_patterns([{"label": "ORG", "pattern": "Nothing"}])
    nlp.to_disk(tmp_path / "model")
    options = VERIFY | {"model": str(tmp_path / "model"), "output": str(tmp_path / "verify.json")}
    words = fail(start_module(project, "verify", {}, options))
    assert "en_drugs differs from" in words
    assert "in 2 of 6 texts" in words
    assert "corpus/gold/test, task 1, text" in words
    assert "ORG 0-7 only in" in words
    assert not (tmp_path / "verify.json").exists()


def test_without_a_package_index_verification_says_so(project: Path, tmp_path: Path) -> None:
    options = VERIFY | {"output": str(tmp_path / "verify.json")}
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = OFFLINE | {"TMPDIR": str(temporary)}
    words = fail(start_module(project, "verify", environment, options))
    assert "cannot be installed in a clean environment" in words
    assert "pip needs a package index" in words
    assert list(temporary.iterdir()) == []


def test_packaging_needs_no_package_index(project: Path, tmp_path: Path) -> None:
    options = PACKAGE | {"output": str(tmp_path)}
    assert succeed(start_module(project, "package", OFFLINE, options)) == ""
    assert len(list(tmp_path.glob("en_drugs-1.0.0/dist/*.whl"))) == 1


def test_interrupted_verification_leaves_no_environment(project: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    options = VERIFY | {"output": str(tmp_path / "verify.json")}
    process = start_module(project, "verify", {"TMPDIR": str(temporary)}, options)
    while not list(temporary.glob("verify-*/venv/bin/python")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert "Interrupted" in errors
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "verify.json").exists()
