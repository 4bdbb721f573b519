"""The process that does updates: it takes them out of the queue, one at a time."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from ..project.locking import locked
from ..project.parents import when_parent_ends
from ..project.running import environment
from ..project.settings import parse_value, read_project_vars
from .environment import Environment, read_environment
from .ledger import Ledger
from .overrides import read_update_parts
from .update_queue import UpdateQueue, open_queue
from .updating import FILES, Job, Updater, absolute_files
from .versions import Versions


def work(parent: int, given: Mapping[str, str]) -> None:
    """Do updates until the process `parent` ends, which started us. given: vars of the user."""
    settings = read_environment()
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("huey").setLevel(max(logging.WARNING, logging.root.level))
    ledger, versions = Ledger(settings.model_dir), Versions(settings.model_dir)
    updater = Updater(make_job(settings, given), ledger, versions)
    when_parent_ends(parent, lambda: end(updater))
    with locked(settings.model_dir / "worker.lock"):
        # Nobody else does updates now: what is noted as running was killed.
        ledger.take_up()
        updater.tidy()
        queue = UpdateQueue(
            open_queue(settings.model_dir, settings.queue_url.get_secret_value()),
            run=updater.run,
            take_up=lambda: [update.id for update in ledger.waiting()],
        )
        consume(queue, updater, ledger)


def consume(queue: UpdateQueue, updater: Updater, ledger: Ledger) -> None:
    """Take updates out of the queue until we are told to end."""
    consumer = queue.huey.create_consumer(workers=1, max_delay=1.0, check_worker_health=True)
    consumer.start()
    done = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        done.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)  # huey's own waits for the update to end, which takes minutes
    for update in ledger.waiting():
        queue.put(update.id)
    done.wait()
    end(updater)


def end(updater: Updater) -> None:
    """End at once, and with us what runs for an update; the next worker takes that up."""
    updater.stop()
    os._exit(0)


def make_job(settings: Environment, given: Mapping[str, str]) -> Job:
    """What all updates have in common, from the settings and the vars. Raises UserError."""
    values: dict[str, Any] = read_project_vars()
    values = {name: values[name] for name in FILES if values.get(name)} | dict(given)
    values |= {
        "learning_rate": settings.learning_rate,
        "max_epochs": settings.num_train_epochs or 0,
        "weight_decay": settings.weight_decay,
    }
    project = Path.cwd()
    told = absolute_files(values, project)
    return Job(
        project=project,
        folder=settings.model_dir.absolute() / "updates",
        vars={name: value for name, value in told.items() if name != "parts"},
        parts=[absolute_files(part, project) for part in read_update_parts(told)],
        name=package_var(settings.finetuned_model_name),
        environment=step_environment(settings),
        secret=settings.api_key,
    )


def package_var(name: str) -> str:
    """A package's name; of what no package is called, the nearest. Raises UserError."""
    return str(parse_value("name", name.replace("-", "_")))


def step_environment(settings: Environment) -> dict[str, str]:
    """The environment of the commands: Label Studio's address and key, no overrides of vars."""
    inherited = environment()
    if settings.label_studio_host:
        inherited |= {"LABEL_STUDIO_URL": settings.label_studio_host}
    return inherited | {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
