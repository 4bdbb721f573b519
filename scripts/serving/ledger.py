"""The durable record of all updates, and of annotations that came since the last one.

It is the truth about what is to be done: the queue only says when. Whatever is killed, what stands
here is taken up again. A SQLite file in MODEL_DIR; several processes may use it at the same time.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

State = Literal["waiting", "running", "interrupted", "released", "refused", "failed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    state TEXT NOT NULL,
    requested REAL NOT NULL,
    due REAL NOT NULL,
    started REAL,
    finished REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    base TEXT,
    step TEXT,
    version TEXT,
    reason TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS one_waits ON updates (project) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS changes (project INTEGER PRIMARY KEY, count INTEGER NOT NULL);
"""


class Update(NamedTuple):
    """An update of the pipeline with the annotations of a Label Studio project.

    requested, due, started, finished: seconds since 1970. due: not to be started before.
    attempts: how often it was started: more than once when it was killed. base: the version that it
    starts from. step: the command that runs, or ran last. version: what it released. reason: why
    it was refused, or how it failed.
    """

    id: int
    project: int
    state: State
    requested: float
    due: float
    started: float | None
    finished: float | None
    attempts: int
    base: str | None
    step: str | None
    version: str | None
    reason: str | None


@dataclass(frozen=True)
class Policy:
    """When annotations lead to an update.

    changes: so many annotations that were made, changed or deleted since the last update began.
    quiet: seconds without another that it waits for. longest: seconds that it waits at most.
    """

    changes: int
    quiet: float
    longest: float


class Ledger:
    """The record in a folder (MODEL_DIR)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "updates.db"
        with self._transaction() as db:
            db.executescript(_SCHEMA)

    def note(self, project: int, policy: Policy, *, at_once: bool) -> Update | None:
        """Note a change of an annotation, or with `at_once` the wish for an update.

        Gives the update that it leads to, None when there are too few changes for one.
        """
        now = time.time()
        with self._transaction() as db:
            if not at_once:
                db.execute(
                    "INSERT INTO changes VALUES (?, 1)"
                    " ON CONFLICT (project) DO UPDATE SET count = count + 1",
                    (project,),
                )
            waiting = _first(
                db, "SELECT * FROM updates WHERE project = ? AND state = 'waiting'", project
            )
            due = now + policy.quiet
            if waiting is not None:
                due = min(due, waiting.requested + policy.longest)
                db.execute("UPDATE updates SET due = ? WHERE id = ?", (due, waiting.id))
                return waiting._replace(due=due)
            if not at_once and _changes(db, project) < policy.changes:
                return None
            done = db.execute(
                "INSERT INTO updates (project, state, requested, due) VALUES (?, 'waiting', ?, ?)",
                (project, now, due),
            )
            return _first(db, "SELECT * FROM updates WHERE id = ?", done.lastrowid)

    def claim(self, update: int, base: str) -> Update | None:
        """Begin an update that waits and is due; None when it is not, or somebody else has it.

        An interrupted one goes on.

        base: the version to start from; one that was begun before keeps its own.
        """
        now = time.time()
        with self._transaction() as db:
            done = db.execute(
                "UPDATE updates SET state = 'running', started = COALESCE(started, ?),"
                " attempts = attempts + 1, base = COALESCE(base, ?)"
                " WHERE id = ? AND state IN ('waiting', 'interrupted') AND due <= ?",
                (now, base, update, now),
            )
            if not done.rowcount:
                return None
            found = _first(db, "SELECT * FROM updates WHERE id = ?", update)
            if found is not None and found.attempts == 1:
                db.execute("DELETE FROM changes WHERE project = ?", (found.project,))
            return found

    def set_step(self, update: int, step: str) -> None:
        """Note the command that runs."""
        with self._transaction() as db:
            db.execute("UPDATE updates SET step = ? WHERE id = ?", (step, update))

    def finish(
        self, update: int, state: State, *, reason: str | None = None, version: str | None = None
    ) -> None:
        """Note how an update ended."""
        with self._transaction() as db:
            db.execute(
                "UPDATE updates SET state = ?, reason = ?, version = ?, finished = ? WHERE id = ?",
                (state, reason, version, time.time(), update),
            )

    def take_up(self) -> list[Update]:
        """Note that updates were interrupted which were begun and not ended; they are due at once.

        Only for when nobody runs any. Gives all that are to be done.
        """
        with self._transaction() as db:
            db.execute("UPDATE updates SET state = 'interrupted', due = 0 WHERE state = 'running'")
        return self.waiting()

    def waiting(self) -> list[Update]:
        """Updates that are to be done, the first due first."""
        with self._transaction() as db:
            return _all(
                db,
                "SELECT * FROM updates WHERE state IN ('waiting', 'interrupted') ORDER BY due, id",
            )

    def all(self, limit: int = 1000) -> list[Update]:
        """The latest updates, the oldest of them first."""
        with self._transaction() as db:
            return _all(db, "SELECT * FROM updates ORDER BY id DESC LIMIT ?", limit)[::-1]

    def count(self) -> dict[str, int]:
        """Updates in each state that there are any in."""
        with self._transaction() as db:
            return dict(db.execute("SELECT state, COUNT(*) FROM updates GROUP BY state"))

    def changes(self, project: int) -> int:
        """Annotations that were made, changed or deleted since the project's last update began."""
        with self._transaction() as db:
            return _changes(db, project)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # A connection each time: threads and processes share nothing but the file.
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")  # safe but for a power cut, and much faster
            db.execute("BEGIN IMMEDIATE")
            with db:
                yield db
        finally:
            db.close()


def _changes(db: sqlite3.Connection, project: int) -> int:
    row = db.execute("SELECT count FROM changes WHERE project = ?", (project,)).fetchone()
    return int(row[0]) if row else 0


def _all(db: sqlite3.Connection, query: str, *values: object) -> list[Update]:
    return [Update(*row) for row in db.execute(query, values)]


def _first(db: sqlite3.Connection, query: str, *values: object) -> Update | None:
    return next(iter(_all(db, query, *values)), None)
