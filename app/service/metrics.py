"""Metrics of the service in the Prometheus format.

Every label comes from a closed list, so that the number of series is bounded and none can contain
user input.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from app.service.request_record import Outcome
from vision.findings import SEVERITY
from vision.timing import STAGES

REQUEST_BUCKETS_S: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
STAGE_BUCKETS_S: Final = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST")
OTHER: Final = "other"
"""Replaces an unknown method."""
disable_created_metrics()  # type: ignore[no-untyped-call]  # twice the series, for a timestamp that nobody needs


class Metrics:
    """The metrics of one service, in their own registry.

    Parameters
    ----------
    pending : callable
        Returns the number of photos held now, including waiting ones.
    places : int
        Number of photo slots.
    """

    def __init__(self, pending: Callable[[], int], places: int) -> None:
        self.registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        held = Gauge("thomas_photos_pending", "Photos waiting or being measured.", registry=own)
        held.set_function(pending)
        limit = Gauge("thomas_photos_places", "Photos that can wait or be measured.", registry=own)
        limit.set(places)
        self._seconds = Histogram(
            "thomas_request_seconds",
            "From the first byte of a request to the last one of its answer, seconds.",
            ("route",),
            buckets=REQUEST_BUCKETS_S,
            registry=own,
        )
        self._requests = Counter(
            "thomas_requests", "Requests answered.", ("route", "method", "status"), registry=own
        )
        self._problems = Counter(
            "thomas_problems", "Requests answered with a problem.", ("code",), registry=own
        )
        self._verdicts = Counter("thomas_verdicts", "Photos judged.", ("verdict",), registry=own)
        self._refusals = Counter(
            "thomas_refusals", "Blocking flags of refused photos.", ("flag",), registry=own
        )
        self._stages = Histogram(
            "thomas_stage_seconds",
            "Time that each stage of a measurement took, seconds.",
            ("stage",),
            buckets=STAGE_BUCKETS_S,
            registry=own,
        )
        # No rate can be computed from a series that begins with its first count.
        for verdict in SEVERITY:
            self._verdicts.labels(verdict)
        for stage in STAGES:
            self._stages.labels(stage)

    def observe(
        self, route: str, method: str, status: int, seconds: float, outcome: Outcome
    ) -> None:
        """Count one completed request."""
        self._seconds.labels(route).observe(seconds)
        self._requests.labels(route, known_method(method), str(status)).inc()
        if outcome.problem is not None:
            self._problems.labels(outcome.problem).inc()
        for photo in outcome.photos:
            self._verdicts.labels(photo.verdict).inc()
            for code in photo.refusals:
                self._refusals.labels(code).inc()
            for stage, took_ms in photo.stages_ms.items():
                self._stages.labels(stage).observe(took_ms / 1000)

    def exposition(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)


def known_method(method: str) -> str:
    """Return a method, or :data:`OTHER`, because a client may send any word."""
    return method if method in METHODS else OTHER
