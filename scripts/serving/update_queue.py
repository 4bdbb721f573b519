"""When updates run: a queue of huey, in SQLite, Redis or PostgreSQL.

Huey forgets a task that it has given to a worker which is then killed (coleifer/huey 418, 844). So
a task here is no more than an update's number: what is to be done stands in the ledger, and is put
into the queue again when a worker starts, and once a minute.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer

from ..project.errors import UserError


class JsonSerializer(Serializer):
    """Tasks as JSON. Huey's own way is pickle, which runs what whoever writes to Redis wants."""

    def _serialize(self, data: Any) -> bytes:
        return msgspec.json.encode(data)

    def _deserialize(self, data: bytes) -> Any:
        message = Message(*msgspec.json.decode(data))
        eta = message.eta and datetime.fromisoformat(message.eta)
        return message._replace(eta=eta, args=tuple(message.args))


def open_queue(folder: Path, url: str) -> Huey:
    """The queue at an address; without one, a file in the folder. Raises UserError."""
    options = {"results": False, "serializer": JsonSerializer()}
    try:
        if not url:
            return SqliteHuey("updates", filename=str(folder / "queue.db"), fsync=False, **options)
        if url.startswith("postgres"):
            return PostgresHuey("updates", dsn=url, **options)
        return RedisHuey("updates", url=url, **options)
    except Exception as error:  # those of the drivers, which need not be installed
        # The address may hold a password, and the error the address.
        raise UserError(
            f"The queue (QUEUE_URL) cannot be used: {type(error).__name__}.",
            "See that it runs, and that its driver is installed: pip install redis, or psycopg.",
        ) from None


class UpdateQueue:
    """Puts updates into the queue; in the worker's process, takes them out, too.

    run: does an update, by its number. take_up: the numbers of those that wait, for when the queue
    has lost some. Only the worker has them.
    """

    def __init__(
        self,
        huey: Huey,
        run: Callable[[int], None] | None = None,
        take_up: Callable[[], list[int]] | None = None,
    ) -> None:
        self.huey = huey

        # Both are defined here, since huey names a task by its module, in all processes alike.
        def run_update(number: int) -> None:
            if run is not None:
                run(number)

        def sweep() -> None:
            for number in take_up() if take_up is not None else ():
                self.put(number)

        self._task = huey.task(name="run_update")(run_update)
        huey.periodic_task(crontab(minute="*"), name="sweep")(sweep)

    def put(self, update: int, *, delay: float = 0.0) -> None:
        """Have an update done after some seconds. To put it twice is to have it done once."""
        if delay > 0:
            self._task.schedule((update,), delay=delay)
        else:
            self._task(update)
