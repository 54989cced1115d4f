"""Figures for Prometheus. Labels are route templates, methods and statuses: nothing of a client's making."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

# Otherwise each figure comes with the instant at which it was first counted: that of a vote, for instance.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "requests",
            "Requests answered.",
            ("route", "method", "status"),
            namespace="consultation",
            registry=self._registry,
        )
        self._seconds = Histogram(
            "request_seconds", "Time to answer, by route.", ("route",), namespace="consultation",
            registry=self._registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
        )  # fmt: skip
        self._batch = Histogram(
            "vote_batch_size", "Votes that shared a transaction.", namespace="consultation", registry=self._registry,
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
        )  # fmt: skip
        self.relayed = Counter(
            "events_relayed", "Facts the bus acknowledged.", namespace="consultation", registry=self._registry
        )
        self.applied = Counter(
            "events_applied", "Requests of identity carried out.", namespace="consultation", registry=self._registry
        )
        self.refused = Counter(
            "messages_refused", "Messages set aside.", ("reason",), namespace="consultation", registry=self._registry
        )
        self.bus_errors = Counter(
            "bus_errors",
            "Errors the bus reported, permissions included.",
            namespace="consultation",
            registry=self._registry,
        )
        self.bus_connected = Gauge(
            "bus_connected", "1 when connected to the bus.", namespace="consultation", registry=self._registry
        )
        self.outbox = Gauge(
            "outbox_waiting", "Facts that wait for the bus.", namespace="consultation", registry=self._registry
        )
        # Looking a labelled child up costs more than counting: one entry per route, method and status.
        self._counters: dict[tuple[str, str, int], tuple[Callable[[], None], Callable[[float], None]]] = {}

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; the signature is ``contracts.edge.Observe``."""
        known = self._counters.get((route, method, status))
        if known is None:
            shown = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") else "other"
            known = (self._requests.labels(route, shown, str(status)).inc, self._seconds.labels(route).observe)
            if shown == method:
                self._counters[route, method, status] = known
        known[0]()
        known[1](seconds)

    def observe_batch(self, size: int) -> None:
        """Record the size of a batch of votes."""
        self._batch.observe(size)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)
