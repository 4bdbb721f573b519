"""Starts what serves: the processes that predict, the one for updates, and the HTTP server."""

import logging
import os
import socket
import sys
from pathlib import Path
from typing import NamedTuple

import uvicorn

from ..conversion.label_map import read_label_map
from ..project.errors import UserError
from ..project.settings import read_project_vars
from ..training.finding import find_packaged, find_pipeline
from .app import Backend, create_app
from .baseline import wrap_baseline
from .environment import Environment, read_environment
from .labelling import Choice, Configurations
from .ledger import Ledger
from .metrics import Metrics
from .overrides import given_vars, read_update_parts
from .pool import PredictionError
from .service import Service
from .supervision import Supervisor
from .update_queue import UpdateQueue, open_queue
from .versions import Versions

WORKER = "scripts.update_worker"
END_SECONDS = 5


class Package(NamedTuple):
    """What the workflow has built and is served where SPACY_MODEL names nothing else."""

    name: str
    version: str


class Choices(NamedTuple):
    """Of the vars, those that predictions follow, too; None where there is none."""

    label_map: str | None
    control: str | None
    text_field: str | None


def serve(package: Package, choices: Choices) -> None:
    """Serve until the process is told to end. Raises UserError for what cannot be served."""
    settings = read_environment()
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    listener = listen(settings.host, settings.port)
    backend = create_backend(settings, package, choices)
    given = given_vars()
    read_update_parts(read_project_vars() | given)
    worker = Supervisor(WORKER, [str(os.getpid()), *(f"{name}={given[name]}" for name in given)])

    # Not behind `run`: uvicorn raises the signal again that ended it, and that ends us at once.
    def end() -> None:
        worker.close()
        backend.service.close()

    config = uvicorn.Config(
        create_app(backend, end),
        log_config=None,
        log_level=settings.log_level.lower(),
        access_log=settings.log_level == "DEBUG",
        timeout_graceful_shutdown=END_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket for an address, before anything is loaded. Raises UserError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY; without, each answer may take 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UserError(
            f"Nothing can listen on {host}:{port}: {error.strerror}.",
            "Set HOST and PORT to an address of this machine that is free.",
        ) from None
    return listener


def find_baseline(settings: Environment, package: Package) -> Path:
    """The pipeline to start with. Raises UserError when there is none."""
    if settings.spacy_model:
        return find_pipeline(settings.spacy_model)
    if settings.baseline_model_name:
        return wrap_baseline(settings.baseline_model_name, settings.model_dir)
    if package.name:
        return find_packaged(*package)
    raise UserError(
        "Nothing says which pipeline to serve.",
        "Set SPACY_MODEL to an installed pipeline or a folder, or BASELINE_MODEL_NAME.",
    )


def create_backend(settings: Environment, package: Package, choices: Choices) -> Backend:
    """Load what is to be served. Raises UserError when it cannot be loaded."""
    versions, ledger = Versions(settings.model_dir), Ledger(settings.model_dir)
    versions.use_baseline(find_baseline(settings, package))
    label_map = read_label_map(Path(choices.label_map)) if choices.label_map else None
    queue = UpdateQueue(open_queue(settings.model_dir, settings.queue_url.get_secret_value()))
    try:
        service = Service(versions, settings.workers, scores=settings.scores)
    except PredictionError as error:
        raise UserError(
            str(error),
            "Set SPACY_MODEL to a pipeline that spacy.load loads, or go back to an earlier "
            "version: python -m spacy project run rollback.",
        ) from None
    return Backend(
        environment=settings,
        service=service,
        versions=versions,
        ledger=ledger,
        queue=queue,
        configurations=Configurations(Choice(label_map, choices.control, choices.text_field)),
        metrics=Metrics(service, ledger),
    )
