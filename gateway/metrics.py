"""What is counted, for Prometheus. Labels are templates and words of ours: nothing that a visitor chose."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)

# Otherwise each figure comes with the instant at which it was first counted: that of a vote, for instance.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gateway_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "gateway_request_seconds", "Time to answer.", ("route",), buckets=SECONDS, registry=self.registry
        )
        self.applied = Counter("gateway_objects_changed", "Objects changed by events.", registry=self.registry)
        self.refused = Counter("gateway_messages_refused", "Messages set aside.", ("reason",), registry=self.registry)
        self.bus_errors = Counter("gateway_bus_errors", "Errors reported by the bus client.", registry=self.registry)
        self.sequence = Gauge("gateway_sequence", "Last sequence of the PUBLIC stream applied.", registry=self.registry)

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request. Methods are a closed list: a client may send any word there."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "OTHER"
        self.requests.labels(route, known, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
