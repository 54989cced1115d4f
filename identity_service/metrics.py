"""What can be counted without naming anybody."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# Otherwise each figure comes with the instant at which it was first counted: that of a vote, for instance.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The service's own registry. Labels are routes, templates and words of ours."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "identity_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram("identity_request_seconds", "Time to answer.", ("route",), registry=self.registry)
        self.codes = Counter("identity_codes_asked", "Sign-in codes asked for.", registry=self.registry)
        self.sign_ins = Counter("identity_sign_ins", "Codes tried.", ("outcome",), registry=self.registry)
        self.staff_factors = Counter(
            "identity_staff_factors", "Factors tried by staff.", ("factor", "outcome"), registry=self.registry
        )
        self.accounts = Counter("identity_accounts_made", "Accounts made.", ("disposable",), registry=self.registry)
        self.mails = Counter("identity_mails", "Mails by outcome.", ("template", "outcome"), registry=self.registry)
        self.mails_waiting = Gauge("identity_mails_waiting", "Mails in the durable queue.", registry=self.registry)
        self.unpublished = Gauge("identity_outbox", "Facts not yet on the bus.", registry=self.registry)
        self.published = Counter("identity_published", "Facts the bus acknowledged.", registry=self.registry)
        self.applied = Counter("identity_events", "Events heard.", ("type", "outcome"), registry=self.registry)
        self.set_aside = Counter("identity_dead_letters", "Messages set aside.", ("reason",), registry=self.registry)
        self.bus_errors = Counter("identity_bus_errors", "Errors reported by the bus.", registry=self.registry)

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is a template."""
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self.registry)
