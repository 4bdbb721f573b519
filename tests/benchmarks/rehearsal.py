"""Speed and memory of `rehearse`, against what spaCy does alone with the same pipelines.

    python -m tests.benchmarks.rehearsal BASE TEXTS [--texts 1500] [--rounds 5]

Both teachers are the base, so that each side runs the same ner twice. Each measurement is a process
of its own that loads its pipelines before the clock starts; they take turns in each round, and the
ratios are medians over the rounds. Wall time counts where the machine is idle; processor time is
given beside it, since it hardly depends on what else runs.
"""

import multiprocessing
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from queue import Empty
from typing import Annotated, Any, NamedTuple

import psutil
import spacy
import typer
from spacy.language import Language
from spacy.tokens import DocBin

from scripts.corpora.raw_text import RawFile, read_texts
from scripts.corpora.sampling import RawText, Rules, read_run, write_run
from scripts.corpora.selection import Wanted, select
from scripts.project.engines import LocalProcesses
from scripts.project.files import hash_file, hash_text, write_json
from scripts.training.labelling import Means, Unit, label_unit, load_once
from scripts.training.merging import Scheme
from scripts.training.pipelines import describe_base, entity_components, find_recognizers

RESULTS = Path("tests/benchmarks/results/rehearsal.json")
SHARD = 500  # texts


class Job(NamedTuple):
    """What a measurement works on. shards: files of raw texts. work: a folder of its own."""

    base: Path
    shards: list[Path]
    work: Path


class Measured(NamedTuple):
    """Wall and processor seconds of the work alone, and the most resident memory in MB seen.

    Memory is looked at ten times a second, of the process and all that it started together.
    """

    wall: float
    processor: float
    memory: float


def load_teacher(base: Path) -> Language:
    """The pipeline with nothing but what finds entities."""
    nlp = spacy.load(base)
    nlp.select_pipes(enable=entity_components(nlp, find_recognizers(nlp)))
    return nlp


def read_all(job: Job) -> list[str]:
    """All texts, in memory."""
    return [raw.text for path in job.shards for raw in read_run(path)]


def bare(job: Job) -> Callable[[], None]:
    """`nlp.pipe` of both teachers, without any output."""
    teachers, texts = [load_teacher(job.base) for _ in range(2)], read_all(job)

    def work() -> None:
        for nlp in teachers:
            for _ in nlp.pipe(texts):
                pass

    return work


def two_in_spacy(job: Job) -> Callable[[], None]:
    """`nlp.pipe(n_process=2)` of both teachers, each into one DocBin."""
    teachers, texts = [load_teacher(job.base) for _ in range(2)], read_all(job)

    def work() -> None:
        for number, nlp in enumerate(teachers):
            shard = DocBin()
            for doc in nlp.pipe(texts, n_process=2):
                shard.add(doc)
            shard.to_disk(job.work / f"{number}.spacy")

    return work


def ours(job: Job, workers: int = 1) -> Callable[[], None]:
    """Labelling as `rehearse` does it: both teachers, merged, in shards with checksums."""
    scheme = Scheme(frozenset({"NEW"}), frozenset({"PERSON", "ORG", "GPE"}))
    means = Means(job.base, job.base, -1, scheme, "base", job.work)
    units = [
        Unit(f"rehearsal/train/{number:05}", "key", "raw", path, hash_file(path))
        for number, path in enumerate(job.shards)
    ]
    load_once(means)

    def work() -> None:
        with closing(LocalProcesses(workers).run(label_unit, means, units, load_once)) as done:
            for _ in done:
                pass

    return work


def ours_by_two(job: Job) -> Callable[[], None]:
    """The same by two processes."""
    return ours(job, workers=2)


def selecting(job: Job) -> Callable[[], None]:
    """Choosing 2,000 texts from files and writing them in shards."""
    rules = Rules({"train": 2000, "dev": 200, "test": 500})
    files = [RawFile(str(path)) for path in job.shards]

    def work() -> None:
        select(files, Wanted(rules), list, job.work, LocalProcesses(1))

    return work


def measure(prepare: Callable[[Job], Callable[[], None]], *jobs: Job) -> list[Measured]:
    """Do the work of each job, in new processes that run at once."""
    context = multiprocessing.get_context("spawn")
    queue, ready = context.Queue(), context.Barrier(len(jobs))
    arguments = [(prepare, queue, ready, job) for job in jobs]
    processes = [context.Process(target=_measure, args=each) for each in arguments]
    for process in processes:
        process.start()
    results: list[Measured] = []
    memory = 0.0
    while len(results) < len(processes):
        memory = max(memory, sum(resident(process.pid) for process in processes))
        with suppress(Empty):
            results.append(queue.get(timeout=0.1))
    for process in processes:
        process.join()
    return [one._replace(memory=memory) for one in results]


def resident(pid: int | None) -> float:
    """Resident memory in MB of a process and its descendants, 0 for one that is gone.

    Not getrusage's peak: a process inherits that of the one that started it.
    """
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in family)) / 2**20
    return 0.0


def _measure(
    prepare: Callable[[Job], Callable[[], None]], queue: Any, ready: Any, job: Job
) -> None:
    work = prepare(job)
    ready.wait()
    before, start = _processor(), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    queue.put(Measured(wall, _processor() - before, 0.0))


_BOTH = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _usage(who: int) -> resource.struct_rusage:
    return resource.getrusage(who)


def _processor() -> float:
    return sum(_usage(who).ru_utime + _usage(who).ru_stime for who in _BOTH)


def write_shards(texts: list[str], folder: Path) -> list[Path]:
    """The texts in files of raw texts."""
    paths = []
    for number, first in enumerate(range(0, len(texts), SHARD)):
        path = folder / f"texts-{number:03}"
        write_run([RawText(hash_text(t), t) for t in texts[first : first + SHARD]], path)
        paths.append(path)
    return paths


def compare(base: Path, shards: list[Path], folder: Path) -> dict[str, Measured]:
    """One round. Two that run at once count with the longer time and the sum of processors."""
    folder.mkdir()

    def job(name: str, some: list[Path]) -> Job:
        (folder / name).mkdir()
        return Job(base, some, folder / name)

    halves = job("half1", shards[::2]), job("half2", shards[1::2])
    both = measure(bare, *halves)
    return {
        "bare": measure(bare, job("bare", shards))[0],
        "ours": measure(ours, job("ours", shards))[0],
        "bare_two_at_once": Measured(
            max(one.wall for one in both),
            sum(one.processor for one in both),
            max(one.memory for one in both),
        ),
        "ours_by_two": measure(ours_by_two, job("two", shards))[0],
        "two_in_spacy": measure(two_in_spacy, job("spacy", shards))[0],
    }


RATIOS = {
    "1 process, against bare nlp.pipe": ("bare", "ours"),
    "2 processes, against two bare ones at once": ("bare_two_at_once", "ours_by_two"),
    "2 processes, against nlp.pipe(n_process=2) and a DocBin": ("two_in_spacy", "ours_by_two"),
}


def measure_memory(texts: list[str], folder: Path, times: int) -> Measured:
    """Selection from so many times the texts, each with a number of its own."""
    folder.mkdir()
    path = folder / "raw.txt"
    with path.open("w", encoding="utf8") as file:
        for number in range(times):
            file.writelines(f"{text} {number}\n" for text in texts)
    return measure(selecting, Job(folder, [path], folder / "work"))[0]


def copy_base(base: Path, folder: Path) -> Path:
    """The base as `rehearse` wants it, with its record beside it."""
    nlp = spacy.load(base)
    nlp.to_disk(folder / "base")
    record = describe_base(nlp, folder / "base", str(base))
    write_json(folder / "base.json", record._asdict())
    return folder / "base"


def main(
    base: Annotated[Path, typer.Argument(help="folder of a pipeline with an ner")],
    raw_text: Annotated[Path, typer.Argument(help="a text a line")],
    texts: Annotated[int, typer.Option(help="how many are labelled")] = 1500,
    rounds: Annotated[int, typer.Option(help="of which the median counts")] = 5,
    output: Annotated[Path, typer.Option(help="JSON to write")] = RESULTS,
) -> None:
    """Measure, print and write seconds, ratios and memory."""
    some = list(islice(read_texts([raw_text]), 20_000))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied, shards = copy_base(base, folder), write_shards(some[:texts], folder)
        runs = [compare(copied, shards, folder / str(number)) for number in range(rounds)]
        memory = [measure_memory(some, folder / f"m{times}", times) for times in (1, 100)]
    ratios = {
        told: {
            kind: statistics.median(
                getattr(run[against], kind) / getattr(run[own], kind) for run in runs
            )
            for kind in ("wall", "processor")
        }
        for told, (against, own) in RATIOS.items()
    }
    words = sum(len(text.split()) for text in some[:texts])
    result = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
        },
        "spacy": spacy.__version__,
        "texts": texts,
        "words": words,
        "ratios": ratios,
        "rounds": [{name: one._asdict() for name, one in run.items()} for run in runs],
        "selection": {
            f"{times}x": one._asdict() for times, one in zip((1, 100), memory, strict=True)
        },
    }
    write_json(output, result)
    for told, ratio in ratios.items():
        print(f"{told}: {ratio['wall']:.2f} (processor time {ratio['processor']:.2f})")
    print(f"memory at 100 times the raw text: {memory[1].memory / memory[0].memory:.2f}")


if __name__ == "__main__":
    typer.run(main)
