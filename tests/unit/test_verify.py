"""Verification of a wheel, but for the installation itself (tests/workflow)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import spacy

from scripts.corpora.corpus import Provenance, set_provenance, write_corpus
from scripts.evaluation.scores import CharSpan
from scripts.project.errors import UserError
from scripts.project.files import hash_text
from scripts.verify import (
    Text,
    call,
    choose_texts,
    clean_environment,
    compare,
    find_entities,
)

ROOT = Path(__file__).parents[2]
NLP = spacy.blank("en")
NLP.add_pipe("entity_ruler").add_patterns([{"label": "DRUG", "pattern": "aspirin"}])


def write_texts(folder: Path, texts: list[str], tasks: tuple[int, ...] = ()) -> None:
    """A corpus of plain texts, all of the same tasks."""
    docs = [NLP.make_doc(text) for text in texts]
    for doc in docs:
        set_provenance(doc, Provenance("gold", tasks, hash_text(doc.text)))
    write_corpus(docs, folder)


def test_texts_of_all_corpora_in_turn(tmp_path: Path) -> None:
    write_texts(tmp_path / "gold", ["a", "b", "c", "d"], (7,))
    write_texts(tmp_path / "raw", ["x", "y"])
    chosen = choose_texts([tmp_path / "gold", tmp_path / "raw"], NLP.vocab, 5)
    assert [text.text for text in chosen] == ["a", "x", "b", "y", "c"]
    assert chosen[0].name == f"{tmp_path}/gold, task 7, text {hash_text('a')[:12]}"
    assert chosen[1].name == f"{tmp_path}/raw, text {hash_text('x')[:12]}"


def test_no_texts_is_an_error(tmp_path: Path) -> None:
    write_texts(tmp_path / "gold", [])
    with pytest.raises(UserError, match="No text in"):
        choose_texts([tmp_path / "gold"], NLP.vocab, 5)


def test_equal_entities_pass() -> None:
    texts = [Text("first", "Take aspirin."), Text("second", "Nothing.")]
    found = find_entities(NLP, texts)
    assert found == [[CharSpan(5, 12, "DRUG")], []]
    compare(texts, found, [[CharSpan(5, 12, "DRUG")], []], "en_x", Path("model"))


def test_differing_entities_are_named() -> None:
    texts = [Text("first", "Take aspirin."), Text("second", "Nothing.")]
    with pytest.raises(UserError) as caught:
        compare(
            texts,
            find_entities(NLP, texts),
            [[CharSpan(5, 12, "DRUG")], [CharSpan(0, 7, "ORG")]],
            "en_x",
            Path("model"),
        )
    assert "differs from model in 1 of 2 texts" in caught.value.fact
    assert "second: nothing only in model, ORG 0-7 only in en_x" in caught.value.fact
    assert "first" not in caught.value.fact


def test_nothing_of_this_project_reaches_the_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "https://pypi.example.org/simple")
    environment = clean_environment()
    assert "PYTHONPATH" not in environment
    assert "PIP_TARGET" not in environment
    assert environment["PIP_INDEX_URL"] == "https://pypi.example.org/simple"
    with pytest.raises(UserError, match="No module named 'scripts'"):
        call([sys.executable, "-I", "-c", "import scripts"], tmp_path, fact="it fails", remedy="x")


def test_failed_call_tells_the_fact_and_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        call([sys.executable, "-c", "exit('the reason')"], tmp_path, fact="the fact", remedy="do")
    assert caught.value.fact == "the fact:\nthe reason"
    assert caught.value.remedy == "do"


def test_command_without_a_wheel_removes_an_old_verdict(tmp_path: Path) -> None:
    NLP.to_disk(tmp_path / "model")
    output = tmp_path / "verify.json"
    output.write_text("{}")
    command = [sys.executable, "-m", "scripts.verify", "--packages", str(tmp_path)]
    command += ["--name", "x", "--version", "1.0.0", "--output", str(output)]
    done = subprocess.run(
        [*command, "--model", str(tmp_path / "model")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"There is no package en_x 1.0.0 in {tmp_path}/." in done.stderr
    assert not output.exists()
