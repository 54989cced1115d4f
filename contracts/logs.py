"""Logs are an allow-list: the parameters of ``log`` are everything a log line may hold.

One JSON object a line on standard output. Outside identity the line carries the day and no instant, because the instant
of a request is the instant of what a participant did. No value comes from a client: routes are templates, codes and
error names are ours. There is no correlation id: across services it would be a second pseudonym.
"""

import datetime
import json
import sys
from typing import Literal

Event = Literal[
    "started", "stopped", "request", "bus_error", "bus_connected", "message_refused", "event_applied", "relayed",
    "database_unavailable", "imported", "mail_sent", "mail_failed", "replayed",
]  # fmt: skip


def log(
    service: str,
    event: Event,
    *,
    route: str | None = None,
    method: str | None = None,
    status: int | None = None,
    milliseconds: int | None = None,
    code: str | None = None,
    error: str | None = None,
    subject: str | None = None,
    stream: str | None = None,
    reason: str | None = None,
    count: int | None = None,
    address: str | None = None,
) -> None:
    """Write one line.

    ``route`` is a template: ``/v1/contributions/{id}/vote``; ``error`` is the name of an exception's class, never
    its message (asyncpg quotes addresses, msgspec quotes keys); ``subject`` is a NATS subject without its id;
    ``address`` is where this process listens.
    """
    fields = {
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "service": service,
        "event": event,
        "route": route,
        "method": method,
        "status": status,
        "milliseconds": milliseconds,
        "code": code,
        "error": error,
        "subject": subject,
        "stream": stream,
        "reason": reason,
        "count": count,
        "address": address,
    }
    line = json.dumps({name: value for name, value in fields.items() if value is not None}, separators=(",", ":"))
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
