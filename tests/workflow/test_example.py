"""The workflow `example`, with stand-ins of the public data that a server on loopback gives out."""

import hashlib
import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import srsly

from .conftest import Done, Project, copy_project

Tagged = list[tuple[str, str]]  # a sentence: tokens and their tags
# A full second ner starts from the specialist: it knows something after so few steps.
TINY = {"max_steps": 150, "rehearsal_docs": 400, "encoder": "full"}
# Whatever the update is worth after so short a training: it is to be packaged.
LENIENT = {"max_loss": 100, "max_label_loss": 100, "min_agreement": 0}
SYLLABLES = ("ba", "cor", "dex", "fi", "lor", "mi", "nan", "pra", "so", "tel", "vu", "zol")


def lines(sentences: Iterable[Tagged], separator: str) -> str:
    """Sentences as IOB files hold them, with an empty line after each."""
    return "".join(
        "".join(f"{token}{separator}{tag}\n" for token, tag in sentence) + "\n"
        for sentence in sentences
    )


def sentences_with_names(vocabulary: list[str], count: int, seed: int) -> Iterator[Tagged]:
    """Words at random with a chemical before `causes` and a disease behind it."""
    rng = random.Random(seed)
    for _ in range(count):
        words = [
            [(word, "O") for word in rng.choices(vocabulary, k=rng.randint(4, 8))] for _ in "ab"
        ]
        chemical = "".join(rng.choices(SYLLABLES, k=3)).capitalize() + "ine"
        disease = ["".join(rng.choices(SYLLABLES, k=2)) + "itis" for _ in range(rng.randint(1, 2))]
        yield [
            *words[0],
            (chemical, "B-Chemical"),
            ("causes", "O"),
            *zip(disease, ["B-Disease", "I-Disease"], strict=False),
            *words[1],
        ]


def retained_sentences(path: Path) -> Iterator[Tagged]:
    """The demonstration's retained gold as Wikigold has it: IOB1, other labels."""
    names = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC"}
    for line in srsly.read_jsonl(path):
        text, spans, tagged, end = line["text"], line["spans"], [], 0
        for token in text.split():
            start = text.index(token, end)
            end = start + len(token)
            labels = [s["label"] for s in spans if s["start"] < end and start < s["end"]]
            known = [names[label] for label in labels if label in names]
            tagged.append((token, f"I-{known[0]}" if known else "O"))
        yield tagged


def stand_ins(demo: Path) -> dict[str, str]:
    """The content of each public file, of the same shape as the real one."""
    raw = (demo / "raw_text.txt").read_text(encoding="utf8").splitlines()
    vocabulary = sorted({word for line in raw[:300] for word in line.split() if word.islower()})
    plain = lines(([(token, "O") for token in line.split()] for line in raw[:3000]), "\t")
    drugs = srsly.json_dumps({"text": "Took Xanax.", "spans": [], "answer": "accept"})
    return {
        "ner_drugs/train.jsonl": f"{drugs}\n",
        "ner_drugs/eval.jsonl": f"{drugs}\n\n",
        "bc5cdr/train.tsv": lines(sentences_with_names(vocabulary, 400, 1), "\t"),
        "bc5cdr/devel.tsv": lines(sentences_with_names(vocabulary, 100, 2), "\t"),
        "bc5cdr/test.tsv": lines(sentences_with_names(vocabulary, 10, 3), "\t"),
        "wnut17/train.conll": plain,
        "wnut17/dev.conll": "Pat\tB-person\nhi\tO\n\n",
        "wnut17/test.conll": "Lee\tB-person\nhey\tO\n\n",
        "wikigold/wikigold.conll": "-DOCSTART- O\n\n"
        + lines(retained_sentences(demo / "retained_gold.jsonl"), " "),
    }


class Handler(BaseHTTPRequestHandler):
    """Gives out the server's files by the end of their address, else 404."""

    def do_GET(self) -> None:
        content = self.server.files.get(self.path.strip("/"))  # type: ignore[attr-defined]
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


Example = tuple[Project, ThreadingHTTPServer]


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Example]:
    """A copy of the project whose public assets a server on loopback has."""
    monkeypatch.setenv("no_proxy", f"127.0.0.1,{os.environ.get('no_proxy', '')}")
    project = copy_project(tmp_path / "project")
    files = stand_ins(project.folder / "assets/demo")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files = {  # type: ignore[attr-defined]
        name: content.encode() for name, content in files.items()
    }
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    point_assets_at(server, project.folder / "project.yml")
    yield project, server
    server.shutdown()
    thread.join()
    server.server_close()


def point_assets_at(server: ThreadingHTTPServer, path: Path) -> None:
    """Give the public assets of a project the server's addresses and checksums."""
    content = path.read_text(encoding="utf8")
    for asset in srsly.read_yaml(path)["assets"]:
        if asset.get("extra"):
            name = asset["dest"].removeprefix("assets/public/")
            body = server.files[name]  # type: ignore[attr-defined]
            found = hashlib.md5(body, usedforsecurity=False).hexdigest()
            content = content.replace(asset["checksum"], found)
            content = content.replace(asset["url"], f"http://127.0.0.1:{server.server_port}/{name}")
    path.write_text(content, encoding="utf8")


def take_base(project: Project, base: Path) -> None:
    """Update another base than en_core_web_sm, which is not on this machine."""
    path = project.folder / "project.yml"
    content = path.read_text(encoding="utf8")
    assert content.count("--vars.base_model en_core_web_sm") == 1
    path.write_text(content.replace("base_model en_core_web_sm", f"base_model {base}"))


def test_the_data_become_an_export_raw_text_and_retained_gold(example: Example) -> None:
    project, _ = example
    done = project.run("example-data")
    assert done.status == 0, done.output
    made = project.folder / "assets/example"
    annotated = srsly.read_json(made / "export/annotated.json")
    assert len(annotated) == 400
    assert all(len(task["annotations"]) == 1 and not task["predictions"] for task in annotated)
    labels = {
        label
        for task in annotated
        for region in task["annotations"][0]["result"]
        for label in region["value"]["labels"]
    }
    assert labels == {"Chemical", "Disease"}
    unannotated = srsly.read_json(made / "export/unannotated.json")
    assert [task["annotations"] for task in unannotated] == [[]] * 100
    assert len(list(srsly.read_jsonl(made / "raw_text.jsonl"))) == 3002
    gold = {
        span["label"]
        for line in srsly.read_jsonl(made / "retained_gold.jsonl")
        for span in line["spans"]
    }
    assert gold == set(srsly.read_yaml("configs/example_labels.yml").values())


def test_a_second_run_makes_no_data(example: Example) -> None:
    project, server = example
    assert project.run("example-data").status == 0
    server.files.clear()  # type: ignore[attr-defined]
    done = project.run("example-data")
    assert (done.status, done.ran) == (0, []), done.output


def test_a_public_file_that_is_not_there_ends_the_workflow(example: Example) -> None:
    project, server = example
    del server.files["wikigold/wikigold.conll"]  # type: ignore[attr-defined]
    done = project.run("example")
    assert done.status != 0
    assert "Traceback" not in done.output
    assert done.ran == ["inputs", "assets"]
    assert "assets/public/wikigold/wikigold.conll: http://127.0.0.1" in done.output
    assert "HTTP 404" in done.output


def test_a_misspelt_var_ends_the_workflow_before_anything_is_fetched(example: Example) -> None:
    project, _ = example
    done = project.run("example", max_step=5)
    assert done.status != 0
    assert done.ran == ["inputs"]
    assert "Did you mean max_steps?" in done.output


@pytest.mark.slow
def test_the_example_ends_with_a_verified_wheel(
    example: Example, finished: tuple[Project, Done], copy_of: Callable[[Project], Project]
) -> None:
    project, _ = example
    take_base(project, finished[0].folder / "training/base")
    done = project.run("example", **TINY, **LENIENT, version="1.2.0")
    assert done.status == 0, done.output
    assert done.ran[0] == "inputs"
    steps = srsly.read_yaml(project.folder / "project.yml")["workflows"]["all"]
    assert done.ran[-len(steps) :] == steps
    assert list(project.folder.glob("packages/en_bc5cdr-1.2.0/dist/*.whl"))
    evaluation = srsly.read_json(project.folder / "training/evaluation.json")
    assert evaluation["labels"]["new"] == ["Chemical", "Disease"]
    assert evaluation["retained_gold"]["size"]["documents"] > 400
    assert evaluation["gold"]["micro"]["new"]["update"]["f"] > 50
    tasks = srsly.read_json(project.folder / "corpus/conversion.json")["tasks"]
    assert (tasks["annotated"], tasks["only_predictions"]) == (400, 100)
