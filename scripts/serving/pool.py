"""One version of a pipeline in several processes, and the queue that shares texts among them."""

import contextlib
import heapq
import itertools
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from . import predicting
from .frames import NOTHING, Predicted, Predictions, Ready, Texts, read_frame, write_frame
from .versions import Version

CHUNK_TEXTS, CHUNK_CHARACTERS = 32, 20_000  # of one request, predicted together
ATTEMPTS = 2  # for texts whose process dies: they may be what it dies of
END_SECONDS = 10
log = logging.getLogger("serve.pool")


class PredictionError(Exception):
    """There are no predictions for a request, and why."""


@dataclass(frozen=True)
class Chunk:
    """Texts of one request that are predicted together; answer: their entities."""

    texts: Sequence[str]
    answer: "Future[list[Predicted | None]]" = field(default_factory=Future)

    @property
    def characters(self) -> int:
        return sum(map(len, self.texts))


class FairQueue:
    """Chunks of all requests, in an order that lets a request of one text overtake one of many.

    The n-th chunk of a request takes its turn n rounds after the round in which it came, so that
    all requests advance alike (start-time fair queueing, Goyal et al. 1996).
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Chunk]] = []
        self._round, self._number = 0, itertools.count()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, chunks: Sequence[Chunk]) -> None:
        """Add the chunks of one request. Raises PredictionError when the queue is closed."""
        with self._changed:
            if self._closed:
                raise PredictionError("The server is ending.")
            for position, chunk in enumerate(chunks):
                entry = (self._round + position, next(self._number), chunk)
                heapq.heappush(self._heap, entry)
            self._changed.notify_all()

    def take(self) -> list[Chunk]:
        """Wait for chunks and take some, together no larger than one; empty when it is closed."""
        with self._changed:
            while not self._heap:
                if self._closed:
                    return []
                self._changed.wait()
            taken = [self._pop()]
            texts, characters = len(taken[0].texts), taken[0].characters
            while self._heap:
                following = self._heap[0][2]
                texts += len(following.texts)
                characters += following.characters
                if texts > CHUNK_TEXTS or characters > CHUNK_CHARACTERS:
                    break
                taken.append(self._pop())
            return taken

    def _pop(self) -> Chunk:
        turn, _, chunk = heapq.heappop(self._heap)
        self._round = max(self._round, turn)
        return chunk

    def __len__(self) -> int:
        return len(self._heap)

    def close(self) -> None:
        """Take no more; what is there is still given out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Predictor:
    """A process that predicts. Raises PredictionError when it cannot load the pipeline."""

    def __init__(self, version: Version, *, scores: bool) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                predicting.__name__,
                version.folder,
                *[predicting.SCORES] * scores,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # One thread each, if nobody says otherwise: the processes share the cores.
            env={"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} | os.environ,
        )
        self._requests = cast(BinaryIO, self.process.stdin)
        self._answers = cast(BinaryIO, self.process.stdout)
        try:
            self.ready = read_frame(self._answers, Ready)
            fault = self.ready.fault
        except EOFError:
            fault = f"The process that loads {version.folder} ended."
        if fault:
            self.end()
            raise PredictionError(fault)

    def predict(self, texts: list[str]) -> list[Predicted | None]:
        """What it finds in each text. Raises EOFError or OSError when the process has ended."""
        write_frame(self._requests, Texts(texts))
        return read_frame(self._answers, Predictions).texts

    def end(self) -> None:
        """End the process, and wait for it."""
        with contextlib.suppress(OSError):
            self._requests.close()
        try:
            self.process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._answers.close()


class Pool:
    """Processes with one version of a pipeline. Its methods may be called by any thread.

    scores: whether entities get scores. Raises PredictionError when the pipeline cannot be loaded.
    """

    def __init__(self, version: Version, processes: int, *, scores: bool = False) -> None:
        self.version = version
        self.restarts = 0
        self._scores = scores
        self._queue = FairQueue()
        self._started: list[Predictor] = []
        try:
            self._start(processes)
        except PredictionError:
            self._end()
            raise
        self.labels = self._started[0].ready.labels
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), daemon=True)
            for number in range(processes)
        ]
        for thread in self._threads:
            thread.start()

    def _start(self, processes: int) -> None:
        """Start all processes at the same time; it takes seconds."""
        faults: list[PredictionError] = []

        def start() -> None:
            try:
                self._started.append(Predictor(self.version, scores=self._scores))
            except PredictionError as error:
                faults.append(error)

        threads = [threading.Thread(target=start) for _ in range(processes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]

    @property
    def processes(self) -> list[int]:
        """The ids of its processes."""
        return [started.process.pid for started in self._started]

    @property
    def waiting(self) -> int:
        """Chunks that wait for a process."""
        return len(self._queue)

    def predict(self, texts: Sequence[str]) -> list[Predicted]:
        """What is found in each text, in order. Raises PredictionError when nobody can look."""
        chunks = [Chunk(part) for part in split_texts(texts)]
        self._queue.put(chunks)
        return [one or NOTHING for chunk in chunks for one in chunk.answer.result()]

    def close(self) -> None:
        """Answer what waits, then end the processes."""
        self._queue.close()
        for thread in self._threads:
            thread.join()
        self._end()

    def _end(self) -> None:
        for started in self._started:
            started.end()

    def _serve(self, number: int) -> None:
        while chunks := self._queue.take():
            try:
                found = self._ask(number, [text for chunk in chunks for text in chunk.texts])
            except PredictionError as error:
                for chunk in chunks:
                    chunk.answer.set_exception(error)
                continue
            rest = iter(found)
            for chunk in chunks:
                chunk.answer.set_result(list(itertools.islice(rest, len(chunk.texts))))

    def _ask(self, number: int, texts: list[str]) -> list[Predicted | None]:
        """What the process finds; one that has died is started again, once for each batch."""
        for _ in range(ATTEMPTS):
            predictor = self._started[number]
            try:
                return predictor.predict(texts)
            except (EOFError, OSError, ValueError):
                pid = predictor.process.pid
                log.warning("Process %d ended while it predicted; another starts", pid)
                self.restarts += 1
                self._restart(number)
        raise PredictionError("The process that predicts died of these texts.")

    def _restart(self, number: int) -> None:
        process = self._started[number].process
        process.kill()
        process.wait()
        self._started[number] = Predictor(self.version, scores=self._scores)


def split_texts(texts: Sequence[str]) -> list[Sequence[str]]:
    """Parts of a request: as many texts as a chunk may hold; a long text is a chunk by itself."""
    parts: list[Sequence[str]] = []
    first, characters = 0, 0
    for position, text in enumerate(texts):
        full = position - first >= CHUNK_TEXTS or characters + len(text) > CHUNK_CHARACTERS
        if full and position > first:
            parts.append(texts[first:position])
            first, characters = position, 0
        characters += len(text)
    return [*parts, texts[first:]] if texts else []
