"""Public formats, on files of the same shape written here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import srsly

from scripts.project.errors import UserError
from scripts.public_data import Format, read_corpus
from scripts.to_label_studio import read_labelled_texts

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "datasets"

PRODIGY = "\n".join(
    json.dumps(example)
    for example in (
        {
            "text": "Took Xanax 😀, then Lean.",
            "_input_hash": 1,
            "tokens": [{"text": "Took", "start": 0, "end": 4, "id": 0}],
            "spans": [
                {"start": 5, "end": 10, "token_start": 1, "token_end": 1, "label": "DRUG"},
                {"start": 19, "end": 23, "token_start": 5, "token_end": 5, "label": "DRUG"},
            ],
            "answer": "accept",
        },
        {"text": "Nothing here.", "tokens": [], "answer": "accept"},
        {"text": "Rejected", "spans": [], "answer": "reject"},
        {"text": "Ignored", "spans": [], "answer": "ignore"},
    )
)
# Tab-separated with a tab in an empty line (wnut17), IOB2, two entities side by side.
WNUT = "Pat\tB-person\nLee\tI-person\nKim\tB-person\n:\tO\n\t\nhi 2 u\tO\n\n\n"
BC5CDR = "-DOCSTART-\tO\n\nNaloxone\tB-Chemical\nreverses\tO\nheart\tB-Disease\nfailure\tI-Disease"
# Separated by spaces, IOB1: I- begins an entity, B- only beside one of the same label (wikigold).
WIKIGOLD = "Oslo I-LOC\nand O\nAda I-PER\nBo B-PER\n, O\nUN I-ORG\nNice I-LOC\n\n-DOCSTART- O\n"


def spans_of(path: Path, content: str, format_: Format) -> list[list[tuple[str, str]]]:
    """Text and label of each span, for each text."""
    path.write_text(content, encoding="utf8")
    texts = read_corpus(path, format_)
    return [[(text[s.start : s.end], s.label) for s in spans] for text, spans in texts]


def test_prodigy_keeps_accepted_examples(tmp_path: Path) -> None:
    found = spans_of(tmp_path / "a.jsonl", PRODIGY, "prodigy")
    assert found == [[("Xanax", "DRUG"), ("Lean", "DRUG")], []]


def test_tabs_and_iob2(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    assert spans_of(path, WNUT, "iob") == [[("Pat Lee", "person"), ("Kim", "person")], []]
    assert [text.text for text in read_corpus(path, "iob")] == ["Pat Lee Kim :", "hi 2 u"]


def test_document_starts_and_no_empty_line_at_the_end(tmp_path: Path) -> None:
    found = spans_of(tmp_path / "a.tsv", BC5CDR, "iob")
    assert found == [[("Naloxone", "Chemical"), ("heart failure", "Disease")]]


def test_spaces_and_iob1(tmp_path: Path) -> None:
    found = spans_of(tmp_path / "a.txt", WIKIGOLD, "iob")
    labels = [("Oslo", "LOC"), ("Ada", "PER"), ("Bo", "PER"), ("UN", "ORG"), ("Nice", "LOC")]
    assert found == [labels]


def test_tokens_that_are_only_strange_space_or_joiners_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("\u00a0\tO\n\ufe0f\tO\nOslo\tB-LOC \r\n", encoding="utf8")
    assert read_corpus(path, "iob")[0].text == "\u00a0 \ufe0f Oslo"


@pytest.mark.parametrize(
    ("content", "format_", "words"),
    [
        (PRODIGY, "iob", "line 1 has no token and IOB tag"),
        (BC5CDR, "prodigy", "is not prodigy"),
        ("Oslo\tLOC\n", "iob", "line 1 has no token and IOB tag"),
        ("Oslo\n", "iob", "line 1 has no token and IOB tag"),
        ('{"spans": []}', "prodigy", "'text'"),
        ("[1]", "prodigy", "is not prodigy"),
        ("", "iob", "holds no annotated text"),
    ],
)
def test_another_format_is_an_error(
    tmp_path: Path, content: str, format_: Format, words: str
) -> None:
    path = tmp_path / "a"
    path.write_text(content)
    with pytest.raises(UserError, match=words):
        read_corpus(path, format_)


def test_not_text_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is not iob"):
        read_corpus(path, "iob")


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.public_data", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_command_joins_files(tmp_path: Path) -> None:
    first, second, output = (str(tmp_path / name) for name in ("a.tsv", "b.tsv", "c.jsonl"))
    Path(first).write_text(WNUT)
    Path(second).write_text(BC5CDR)
    done = run_command(first, second, output, "--format", "iob")
    assert done.returncode == 0, done.stderr
    lines = list(srsly.read_jsonl(output))
    assert [line["text"] for line in lines][0::2] == [
        "Pat Lee Kim :",
        "Naloxone reverses heart failure",
    ]
    assert lines[0]["spans"][0] == {"start": 0, "end": 7, "label": "person"}
    read = list(read_labelled_texts(Path(output)))  # what goes on with it
    assert [text.text[s.start : s.end] for text in read for s in text.spans or ()] == [
        "Pat Lee",
        "Kim",
        "Naloxone",
        "heart failure",
    ]


def test_command_names_a_missing_file(tmp_path: Path) -> None:
    done = run_command(str(tmp_path / "none"), str(tmp_path / "c.jsonl"), "--format", "iob")
    assert done.returncode == 1
    assert "There is no file" in done.stderr
    assert "python -m scripts.assets --extra" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs real data in {DATA}")
@pytest.mark.parametrize("name", ["bc5cdr/test", "wnut17/test", "wikigold/all"])
def test_real_sentences_written_as_iob_come_back(tmp_path: Path, name: str) -> None:
    texts = list(srsly.read_jsonl(DATA / f"{name}.jsonl"))[:500]
    path = tmp_path / "a.tsv"
    path.write_text("\n".join(map(as_iob2, texts)), encoding="utf8")
    read = [(text, [span._asdict() for span in spans]) for text, spans in read_corpus(path, "iob")]
    assert read == [(text["text"], text["spans"]) for text in texts]


def as_iob2(text: dict[str, object]) -> str:
    """A text of the real data as lines of token and tag."""
    lines, start = "", 0
    for token in text["tokens"]:  # type: ignore[attr-defined]
        tag = "O"
        for span in text["spans"]:  # type: ignore[attr-defined]
            if span["start"] <= start < span["end"]:
                tag = ("B-" if span["start"] == start else "I-") + span["label"]
        lines += f"{token}\t{tag}\n"
        start += len(token) + 1
    return lines
