"""Figures for Prometheus: of requests as they come, of updates and versions when asked."""

import time
from collections.abc import Callable, Iterable
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from .ledger import Ledger, State
from .service import Service

STATES = get_args(State)
SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0)


class Metrics:
    """All figures of one server. ended: how often the process for updates had to start again."""

    def __init__(self, service: Service, ledger: Ledger) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(StateCollector(service, ledger))
        self.requests = Counter(
            "serve_requests",
            "Requests by route and status",
            ("route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "serve_request_seconds",
            "Seconds until a request was answered",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.tasks = Counter(
            "serve_predicted_tasks", "Tasks that were predicted for", registry=self.registry
        )
        self.entities = Counter(
            "serve_predicted_entities",
            "Entities that were predicted, by the project's label",
            ("label",),
            registry=self.registry,
        )
        self.classes = Counter(
            "serve_predicted_classes",
            "Classes of texts that were predicted, by the project's label",
            ("label",),
            registry=self.registry,
        )
        self.events = Counter(
            "serve_webhook_events", "Webhooks by action", ("action",), registry=self.registry
        )

    def observe(self, route: str, status: int, started: float) -> None:
        """Count a request. started: by `time.perf_counter`."""
        self.requests.labels(route, str(status)).inc()
        self.seconds.labels(route).observe(time.perf_counter() - started)


class StateCollector(Collector):
    """What the ledger and the service know, read when Prometheus asks."""

    def __init__(self, service: Service, ledger: Ledger) -> None:
        self._service = service
        self._ledger = ledger

    def collect(self) -> Iterable[Metric]:
        """The figures as they are now."""
        yield InfoMetricFamily(
            "serve_model", "The version that is served", {"version": self._service.name}
        )
        gauges: list[tuple[str, str, Callable[[], float]]] = [
            ("serve_processes", "Processes that predict", lambda: len(self._pids())),
            ("serve_restarts", "Processes that died and started again", self._restarts),
            ("serve_swaps", "Versions exchanged", lambda: self._service.swaps),
            ("serve_waiting_chunks", "Waiting for a process", lambda: self._service.pool.waiting),
            (
                "serve_versions_failed_to_load",
                "Versions that could not be served",
                lambda: len(self._service.failed_to_load),
            ),
        ]
        for name, text, value in gauges:
            yield GaugeMetricFamily(name, text, value())
        yield from self._updates()

    def _pids(self) -> list[int]:
        return self._service.pool.processes

    def _restarts(self) -> float:
        return self._service.restarts

    def _updates(self) -> Iterable[Metric]:
        counts = self._ledger.count()
        by_state = GaugeMetricFamily("serve_updates", "Updates by state", labels=["state"])
        for state in STATES:
            by_state.add_metric([state], counts.get(state, 0))
        yield by_state
        reasons = GaugeMetricFamily(
            "serve_update_without_release",
            "The latest updates that were refused or failed, when, with the reason",
            labels=["update", "state", "step", "reason"],
        )
        seconds = GaugeMetricFamily(
            "serve_update_seconds", "How long the latest updates took", labels=["update", "state"]
        )
        for update in self._ledger.all(20):
            if update.finished is None or update.started is None:
                continue
            labels = [str(update.id), update.state]
            seconds.add_metric(labels, update.finished - update.started)
            if update.reason:
                reason = update.reason[:200]
                reasons.add_metric([*labels, update.step or "", reason], update.finished)
        yield reasons
        yield seconds
