"""The HTTP side: the routes of Label Studio's ML backend protocol, and ours."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
import msgspec
from anyio import CapacityLimiter
from fastapi import FastAPI, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..project.errors import UserError
from .environment import Environment
from .labelling import Configurations, read_drawn, request_texts, write_results
from .ledger import Ledger, Policy, Update
from .metrics import Metrics
from .pool import PredictionError
from .protocol import (
    AT_ONCE,
    CHANGES,
    Health,
    PredictAnswer,
    PredictRequest,
    Problem,
    SetupAnswer,
    SetupRequest,
    UpdateRow,
    VersionsAnswer,
    WebhookAnswer,
    WebhookRequest,
)
from .security import BasicAuth, BodyLimit
from .service import Service, predict_all
from .update_queue import UpdateQueue
from .versions import Versions

log = logging.getLogger("serve")


@dataclass(frozen=True)
class Backend:
    """All that the routes work with."""

    environment: Environment
    service: Service
    versions: Versions
    ledger: Ledger
    queue: UpdateQueue
    configurations: Configurations
    metrics: Metrics


def create_app(backend: Backend, end: Callable[[], None]) -> FastAPI:
    """The application, guarded as the settings say. end: called when the server ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        end()

    app = FastAPI(
        title="spaCy for Label Studio",
        description="Label Studio's ML backend protocol, with updates in the background.",
        lifespan=lifespan,
    )
    add_routes(app, backend)
    add_update_routes(app, backend)
    _count_requests(app, backend.metrics)
    settings = backend.environment
    app.add_middleware(BodyLimit, limit=settings.max_body_mb * 2**20)
    if settings.basic_auth_user is not None:
        app.add_middleware(BasicAuth, user=settings.basic_auth_user, password=settings.password)
    return app


def add_routes(app: FastAPI, backend: Backend) -> None:
    """What predicts, and what says that it can."""

    @app.get("/")
    @app.get("/health")
    async def health() -> Health:
        """Whether it runs, and with which version."""
        return Health(status="UP", model_class="spaCy", model_version=backend.service.name)

    @app.post("/setup")
    async def setup(request: SetupRequest) -> SetupAnswer:
        """What Label Studio asks on connecting, and often. Nothing is set up by it."""
        return SetupAnswer(model_version=backend.service.name)

    # Predictions wait in threads of their own, so that webhooks never wait for predictions.
    limiter = CapacityLimiter(backend.environment.threads)

    @app.post(
        "/predict",
        response_model=PredictAnswer,
        responses={400: {"model": Problem}, 503: {"model": Problem}},
    )
    async def predict(request: PredictRequest) -> Response:
        """Predictions, one for each task. 400: the labelling configuration has no place for any."""
        try:
            results = await anyio.to_thread.run_sync(
                predict_results, backend, request, limiter=limiter
            )
        except UserError as error:
            raise HTTPException(400, f"{error.fact} {error.remedy}") from None
        except PredictionError as error:
            raise HTTPException(503, str(error)) from None
        return Response(results, media_type="application/json")

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(generate_latest(backend.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def predict_results(backend: Backend, request: PredictRequest) -> bytes:
    """The answer to a request, as JSON. Raises UserError and PredictionError."""
    pool = backend.service.pool
    labellings = backend.configurations.labellings(request.label_config or "", pool.labels)
    texts = request_texts(request, labellings[0].tags.key)
    found = predict_all(pool, texts)
    drawn = read_drawn(request, labellings)
    results = write_results(texts, found, labellings, drawn=drawn, model_version=pool.version.id)
    _count_results(backend.metrics, results)
    return msgspec.json.encode({"results": results})


def add_update_routes(app: FastAPI, backend: Backend) -> None:
    """What leads to updates, and what tells of them."""
    settings = backend.environment
    policy = Policy(
        changes=settings.start_training_each_n_updates,
        quiet=settings.debounce_seconds,
        longest=settings.max_wait_seconds,
    )

    @app.post("/webhook", responses={400: {"model": Problem}})
    def webhook(request: WebhookRequest) -> WebhookAnswer:
        """Note an event; what follows from it happens elsewhere and later."""
        known = request.action in (*CHANGES, AT_ONCE)
        backend.metrics.events.labels(request.action if known else "other").inc()
        if not known:
            return WebhookAnswer(action=request.action, update=None)
        if request.project is None:
            raise HTTPException(400, "The webhook has no project: let it send its payload.")
        at_once = request.action == AT_ONCE
        update = backend.ledger.note(request.project.id, policy, at_once=at_once)
        if update is not None:
            backend.queue.put(update.id, delay=update.due - time.time())
        return WebhookAnswer(action=request.action, update=update and update.id)

    @app.get("/versions")
    def versions() -> VersionsAnswer:
        """All versions, the one that is served, and what became of each update."""
        return VersionsAnswer(
            versions=[version.id for version in backend.versions.all()],
            current=backend.service.name,
            failed_to_load=backend.service.failed_to_load,
            updates=[_row(update) for update in backend.ledger.all()],
        )


def _count_results(metrics: Metrics, results: list[dict[str, Any]]) -> None:
    metrics.tasks.inc(len(results))
    for result in results:
        for region in result["result"]:
            if region["type"] == "choices":
                for label in region["value"]["choices"]:
                    metrics.classes.labels(label).inc()
            else:
                metrics.entities.labels(region["value"]["labels"][0]).inc()


def _count_requests(app: FastAPI, metrics: Metrics) -> None:
    @app.middleware("http")
    async def count(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        started, status = time.perf_counter(), 500
        try:
            response = await call_next(request)
            status = response.status_code
            return response
        finally:
            # The route's path, not the address: nobody can make up new series.
            route = request.scope.get("route")
            metrics.observe(getattr(route, "path", "none"), status, started)


def _row(update: Update) -> UpdateRow:
    return UpdateRow(
        id=update.id,
        project=update.project,
        state=update.state,
        step=update.step,
        reason=update.reason,
        version=update.version,
        requested=_utc(update.requested) or "",
        started=_utc(update.started),
        finished=_utc(update.finished),
    )


def _utc(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
