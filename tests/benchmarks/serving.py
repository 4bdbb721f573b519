"""Speed of the ML backend against the way of Label Studio's spaCy example, in one run.

    python -m tests.benchmarks.serving PIPELINE TEXTS.jsonl

The example's way: one Flask process with threads, `nlp(text)` for each task, all components on.
Both sides answer the same calls over HTTP on this machine, by turns. `--update` measures
predictions while an update of the demonstration trains, too (minutes). Nothing else should run.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import httpx
import psutil
import typer
from wasabi import msg

from tests.serving import CONFIG, Backend, free_port, running_backend, wait_for

ROOT = Path(__file__).resolve().parents[2]
TASKS, ROUNDS, SINGLE, CLIENTS, EACH = 300, 7, 200, 32, 20
CALLS = 1000  # while an update trains
EXAMPLE = """
import sys, spacy
from flask import Flask, jsonify, request
app, nlp = Flask(__name__), spacy.load(sys.argv[1])

@app.post("/predict")
def predict():
    results = []
    for task in request.json["tasks"]:
        doc = nlp(task["data"]["text"])
        regions = [
            {"from_name": "label", "to_name": "text", "type": "labels", "value": {"start":
             ent.start_char, "end": ent.end_char, "text": ent.text, "labels": [ent.label_]}}
            for ent in doc.ents
        ]
        results.append({"model_version": "example", "result": regions})
    return jsonify({"results": results})

app.run(port=int(sys.argv[2]), threaded=True)
"""


class Side(NamedTuple):
    """One of those that are compared: a client with its address, and its processes."""

    name: str
    client: httpx.Client
    pid: int


def main(
    pipeline: Annotated[Path, typer.Argument(help="folder of a pipeline")],
    texts: Annotated[Path, typer.Argument(help="JSON lines with text")],
    update: Annotated[bool, typer.Option(help="measure while an update trains, too")] = False,
) -> None:
    """Print throughput, latency and memory of both."""
    lines = texts.read_text(encoding="utf8").splitlines()
    tasks = [{"data": {"text": json.loads(line)["text"]}} for line in lines[:TASKS]]
    with tempfile.TemporaryDirectory() as folder:
        measure(pipeline, tasks, Path(folder))
        if update:
            measure_update(tasks[:50], Path(folder))


def measure(pipeline: Path, tasks: list[dict[str, Any]], folder: Path) -> None:
    """Compare the example with one and with two processes of ours."""
    settings = {"spacy_model": pipeline, "threads": CLIENTS, "debounce_seconds": 1000}
    with (
        running_example(pipeline) as example,
        running_backend(ROOT, folder / "one", workers=1, **settings) as one,
        running_backend(ROOT, folder / "two", workers=2, **settings) as two,
    ):
        sides = [example, side("1 process", one), side("2 processes", two)]
        for each in sides:
            ask(each, tasks)
        call = by_turns(sides, ROUNDS, lambda each: seconds(lambda: ask(each, tasks)))
        single = by_turns(sides, SINGLE, lambda each: seconds(lambda: ask(each, tasks[:1])))
        crowd = {each.name: clients_at_once(each, tasks) for each in sides}
        rows = [
            (
                each.name,
                f"{len(tasks) / statistics.median(call[each.name]):.0f}",
                f"{statistics.median(call['example']) / statistics.median(call[each.name]):.2f}",
                f"{1000 * statistics.median(single[each.name]):.1f}",
                f"{1000 * percentile(crowd[each.name], 99):.0f}",
                f"{percentile(crowd[each.name], 99) / percentile(crowd['example'], 99):.2f}",
                memory(each.pid),
            )
            for each in sides
        ]
    header = ("", "tasks/s", "times", "1 task p50 ms", "32 clients p99 ms", "times", "MB of each")
    msg.table(rows, header=header, divider=True, aligns=("l", *"rrrrr", "l"))


def side(name: str, backend: Backend) -> Side:
    """A backend as a side."""
    return Side(name, backend.client, backend.process.pid)


@contextmanager
def running_example(pipeline: Path) -> Iterator[Side]:
    """The example's way."""
    port = free_port()
    command = [sys.executable, "-c", EXAMPLE, str(pipeline), str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300)
        try:
            wait_for(lambda: answers(client), 120)
            yield Side("example", client, process.pid)
        finally:
            process.terminate()


def answers(client: httpx.Client) -> bool:
    """Whether a server is there."""
    try:
        return client.post("/predict", json={"tasks": []}).is_success
    except httpx.TransportError:
        return False


def ask(each: Side, tasks: Sequence[dict[str, Any]]) -> None:
    """One call."""
    answer = each.client.post("/predict", json={"tasks": tasks, "label_config": CONFIG})
    assert len(answer.json()["results"]) == len(tasks)


def seconds(work: Callable[[], None]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def by_turns(
    sides: Sequence[Side], rounds: int, measured: Callable[[Side], float]
) -> dict[str, list[float]]:
    """Figures of each side, taken by turns."""
    found: dict[str, list[float]] = {each.name: [] for each in sides}
    for _ in range(rounds):
        for each in sides:
            found[each.name].append(measured(each))
    return found


def clients_at_once(each: Side, tasks: Sequence[dict[str, Any]]) -> list[float]:
    """Latencies of clients that ask for one task after the other, all at the same time."""
    ready = threading.Barrier(CLIENTS)

    def client(number: int) -> list[float]:
        ready.wait()
        turns = [tasks[(number + turn) % len(tasks)] for turn in range(EACH)]
        return [seconds(lambda task=task: ask(each, [task])) for task in turns]

    with ThreadPoolExecutor(CLIENTS) as threads:
        return [figure for one in threads.map(client, range(CLIENTS)) for figure in one]


def percentile(figures: Sequence[float], percent: int) -> float:
    """Of some figures, the one that so many percent do not exceed."""
    return statistics.quantiles(figures, n=100)[percent - 1]


def memory(pid: int) -> str:
    """Private and shared memory of a process and its children, MB each (PSS)."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return " + ".join(f"{process.memory_full_info().pss / 1e6:.0f}" for process in processes)


def measure_update(tasks: list[dict[str, Any]], folder: Path) -> None:
    """Latencies of one task, idle and while the demonstration's update trains."""
    from tests.workflow.conftest import Done, copy_project
    from tests.workflow.test_serving import replace_pull

    project = copy_project(folder / "project")
    done: Done = project.run("assets")
    assert done.status == 0, done.output
    for name in ("inputs", "base"):
        assert project.run(name).status == 0
    replace_pull(project)
    model = project.folder / "training" / "base"
    with running_backend(
        project.folder, folder / "models", spacy_model=model, debounce_seconds=0
    ) as backend:
        each = side("", backend)
        ask(each, tasks)
        idle = [seconds(lambda task=task: ask(each, [task])) for task in tasks * 20]
        backend.webhook("START_TRAINING")
        busy: list[float] = []
        steps: set[str] = set()
        while not (update := backend.updates()[-1])["finished"] and len(busy) < CALLS:
            step = update["step"] or "waiting"
            figures = [seconds(lambda task=task: ask(each, [task])) for task in tasks]
            if step in ("specialist", "rehearse", "train"):
                busy += figures
                steps.add(step)
            time.sleep(0.2)
    for name, figures in (("idle", idle), (f"while {', '.join(sorted(steps))}", busy)):
        print(
            f"{name}: p50 {1000 * percentile(figures, 50):.1f} ms, "
            f"p99 {1000 * percentile(figures, 99):.1f} ms ({len(figures)} calls)"
        )


if __name__ == "__main__":
    typer.run(main)
