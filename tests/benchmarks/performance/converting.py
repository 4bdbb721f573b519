"""Sides of `convert`: against a loop that only tokenizes, and against the usual script."""

import json
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import spacy
from spacy.language import Language
from spacy.tokens import DocBin

from scripts.conversion.label_map import LabelMap
from scripts.conversion.label_studio_json import LabelledSpan, LabelledText, export_tasks
from scripts.convert import convert, remember_words
from scripts.corpora.splits import HeldOut

from .turns import Side

LABELS = ("PERSON", "ORG", "PLANT", "TOOL")
HELD_OUT = 0.3  # share of the texts of dev and test
_NAMES = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")


class Export(NamedTuple):
    """What is converted. work: a folder of the side's own. turns: in how many it is.

    Each turn has a pipeline that has seen nothing yet, as each run of the command.
    """

    path: Path
    work: Path
    turns: int = 1

    def pipelines(self) -> list[Language]:
        """One for each turn."""
        return [spacy.blank("en") for _ in range(self.turns)]


def converting_sides(texts: Iterable[str], turns: int, folder: Path) -> list[Side]:
    """The sides over one export, in so many turns."""
    export = folder / "export.json"
    write_export(map(label_names, texts), export)

    def job(name: str) -> list[Export]:
        return [Export(export, folder / name, turns)]

    return [
        Side("tokenizer, DocBin", tokenize_only, job("floor")),
        Side("the usual script", usual_script, job("usual")),
        Side("convert, 1 process", convert_by_one, job("one")),
        Side("convert", convert_by_two, job("two")),
        Side("near-duplicates alone", find_near_duplicates, job("near")),
    ]


def tokenize_only(job: Export) -> Callable[[int], None]:
    """Texts that are in memory to Docs to a DocBin."""
    texts, pipelines = _texts(job), job.pipelines()
    job.work.mkdir()

    def work(turn: int) -> None:
        tokenizer, shard = pipelines[turn].tokenizer, DocBin()
        for text in texts:
            shard.add(tokenizer(text))
        shard.to_disk(job.work / "floor.spacy")

    return work


def usual_script(job: Export) -> Callable[[int], None]:
    """What everybody writes."""
    pipelines = job.pipelines()
    job.work.mkdir()

    def work(turn: int) -> None:
        nlp, shard = pipelines[turn], DocBin()
        with job.path.open(encoding="utf8") as file:
            tasks = json.load(file)
        for task in tasks:
            doc = nlp.make_doc(task["data"]["text"])
            entities = []
            for result in task["annotations"][0]["result"]:
                value = result["value"]
                span = doc.char_span(value["start"], value["end"], label=value["labels"][0])
                if span is not None:
                    entities.append(span)
            doc.ents = entities
            shard.add(doc)
        shard.to_disk(job.work / "usual.spacy")

    return work


def convert_by_one(job: Export, workers: int = 1) -> Callable[[int], None]:
    """The command's work, with all its rules and the search for near-duplicates."""
    tokenizers = [remember_words(nlp.tokenizer) for nlp in job.pipelines()]

    def work(turn: int) -> None:
        shutil.rmtree(job.work, ignore_errors=True)
        convert(
            paths=[job.path],
            tokenizer=tokenizers[turn],
            output=job.work,
            label_map=LabelMap(),
            workers=workers,
        )

    return work


def convert_by_two(job: Export) -> Callable[[int], None]:
    """The same by a process a core, the default, of a machine with two."""
    return convert_by_one(job, workers=2)


def find_near_duplicates(job: Export) -> Callable[[int], None]:
    """The part of the conversion that looks for texts near those of dev and test."""
    texts = _texts(job)
    first = int(HELD_OUT * len(texts))

    def work(_: int) -> None:
        HeldOut(texts[:first]).near_many(texts[first:])

    return work


def _texts(job: Export) -> list[str]:
    return [task["data"]["text"] for task in json.loads(job.path.read_bytes())]


def label_names(text: str) -> LabelledText:
    """The capitalized words within a text as entities, always with the same label."""
    found = [(match.span(), LABELS[len(match[0]) % len(LABELS)]) for match in _NAMES.finditer(text)]
    return LabelledText(text, tuple(LabelledSpan(*span, (label,)) for span, label in found))


def write_export(texts: Iterable[LabelledText], path: Path) -> None:
    """Write a Label Studio export, task by task."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf8") as file:
        for number, text in enumerate(texts, start=1):
            (task,) = export_tasks([text])
            task["id"] = number
            file.write(("[" if number == 1 else ",\n") + json.dumps(task))
        file.write("]")


def make_texts(characters: int) -> Iterator[LabelledText]:
    """Made-up sentences of 12 to 40 words, an entity at every eighth word, of about that length."""
    rng = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgkq"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 10))) for _ in range(20_000)]
    made = 0
    while made < characters:
        tokens, spans, position = rng.choices(words, k=rng.randint(12, 40)), [], 0
        for token in tokens:
            if rng.random() < 0.125:
                spans.append(LabelledSpan(position, position + len(token), (rng.choice(LABELS),)))
            position += len(token) + 1
        made += position
        yield LabelledText(" ".join(tokens).capitalize() + ".", tuple(spans))
