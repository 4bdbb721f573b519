"""Speed and memory of the conversion, against the tokenizer's own and the usual script's.

    python tests/benchmarks/conversion.py [--megabytes 10] [--language en]

Each measurement is a process of its own; they take turns, and the best of each counts. Made-up
sentences with real words, entities on one word in eight, as a Label Studio export.
"""

import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import spacy
import typer
from spacy.tokens import DocBin

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripts.conversion.label_map import LabelMap
from scripts.conversion.label_studio_json import LabelledSpan, LabelledText, export_tasks
from scripts.convert import convert, remember_words
from scripts.corpora.splits import HeldOut

LABELS = ("PERSON", "ORG", "PLANT", "TOOL")


def make_export(path: Path, megabytes: float) -> None:
    """An export of about that size, with the texts of 12 to 40 words that real ones have."""
    rng = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgkq"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 10))) for _ in range(20_000)]
    size, number = 0, 0
    with path.open("w", encoding="utf8") as file:
        while size < megabytes * 1e6:
            tokens = rng.choices(words, k=rng.randint(12, 40))
            spans, position = [], 0
            for token in tokens:
                if rng.random() < 0.125:
                    spans.append(
                        LabelledSpan(position, position + len(token), (rng.choice(LABELS),))
                    )
                position += len(token) + 1
            text = LabelledText(" ".join(tokens).capitalize() + ".", tuple(spans))
            (task,) = export_tasks([text])
            task["id"] = number = number + 1
            size += file.write(("[" if number == 1 else ",\n") + json.dumps(task))
        file.write("]")


def tokenize_only(export: Path, output: Path, language: str) -> float:
    """The floor: the texts, already in memory, to Docs to a DocBin."""
    texts = [task["data"]["text"] for task in json.loads(export.read_bytes())]
    nlp = spacy.blank(language)
    start = time.perf_counter()
    shard = DocBin()
    for text in texts:
        shard.add(nlp.tokenizer(text))
    shard.to_disk(output / "floor.spacy")
    return time.perf_counter() - start


def usual_script(export: Path, output: Path, language: str) -> float:
    """What everybody writes."""
    nlp = spacy.blank(language)
    start = time.perf_counter()
    shard = DocBin()
    with export.open(encoding="utf8") as file:
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
    shard.to_disk(output / "usual.spacy")
    return time.perf_counter() - start


def ours(export: Path, output: Path, language: str) -> float:
    """The conversion, with all its rules and the near-duplicate search."""
    nlp = spacy.blank(language)
    start = time.perf_counter()
    convert(
        paths=[export],
        tokenizer=remember_words(nlp.tokenizer),
        output=output / "corpus",
        label_map=LabelMap(),
    )
    return time.perf_counter() - start


def near_duplicates(export: Path, output: Path, language: str) -> float:
    """The part of the conversion that looks for near-duplicates of 30 % of the texts."""
    texts = [task["data"]["text"] for task in json.loads(export.read_bytes())]
    held_out = texts[: 3 * len(texts) // 10]
    start = time.perf_counter()
    HeldOut(held_out).near_many(texts[len(held_out) :])
    return time.perf_counter() - start


def ours_in_two(export: Path, output: Path, language: str) -> float:
    """The conversion by two processes."""
    nlp = spacy.blank(language)
    start = time.perf_counter()
    convert(
        paths=[export],
        tokenizer=remember_words(nlp.tokenizer),
        output=output / "corpus",
        label_map=LabelMap(),
        workers=2,
    )
    return time.perf_counter() - start


Measured = tuple[float, float]  # seconds of the work alone, peak resident MB


def measure(work: Callable[..., float], *jobs: tuple[Any, ...]) -> list[Measured]:
    """Do the work with each job's arguments, in new processes that run at once."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=_measure, args=(work, queue, *job)) for job in jobs]
    for process in processes:
        process.start()
    results: list[Measured] = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    return results


def _measure(work: Callable[..., float], queue: Any, *arguments: Any) -> None:
    seconds = work(*arguments)
    queue.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main(
    megabytes: Annotated[float, typer.Option(help="size of the export")] = 10,
    language: Annotated[str, typer.Option(help="language of the tokenizer")] = "en",
    rounds: Annotated[int, typer.Option(help="measurements of each, of which the best counts")] = 3,
    memory_only: Annotated[bool, typer.Option(help="only convert, by one process")] = False,
) -> None:
    """Print seconds, memory and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export, halves = folder / "export.json", [folder / "half1.json", folder / "half2.json"]
        make_export(export, megabytes)
        job = (export, folder, language)
        if memory_only:
            print_line("conversion", measure(ours, job)[0])
            return
        for half in halves:
            make_export(half, megabytes / 2)
            (folder / half.stem).mkdir()
        works = (tokenize_only, usual_script, ours, near_duplicates, ours_in_two)
        runs = [[measure(work, job)[0] for work in works] for _ in range(rounds)]
        names = [work.__name__ for work in works]
        best = dict(zip(names, map(min, zip(*runs, strict=True)), strict=True))
        half_jobs = [(half, folder / half.stem, language) for half in halves]
        best["two_loops"] = min(max(measure(tokenize_only, *half_jobs)) for _ in range(rounds))
    for work_name, measured in best.items():
        print_line(work_name, measured)
    print_ratios({work_name: seconds for work_name, (seconds, _) in best.items()})


def print_line(name: str, measured: Measured) -> None:
    """A measurement."""
    print(f"{name:16} {measured[0]:8.2f} s {measured[1]:8.0f} MB")


def print_ratios(seconds: dict[str, float]) -> None:
    """How fast the conversion is against each; above 1 it is the faster one."""
    alone = seconds["ours"] - seconds["near_duplicates"]
    two = seconds["ours_in_two"]
    shared = two - seconds["near_duplicates"] / 2
    print(
        f"against tokenizing alone, near-duplicates apart: {seconds['tokenize_only'] / alone:.2f}"
    )
    print(f"by two processes, against two such loops at once: {seconds['two_loops'] / shared:.2f}")
    print(f"against the usual script: {seconds['usual_script'] / seconds['ours']:.2f}")
    print(f"by two processes, against the usual script: {seconds['usual_script'] / two:.2f}")


if __name__ == "__main__":
    typer.run(main)
