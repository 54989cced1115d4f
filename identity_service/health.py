"""For whoever runs the service: alive, ready, figures."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from identity_service.context import Context
from identity_service.metrics import CONTENT_TYPE
from identity_service.store import mails, messages
from identity_service.store.database import FAILURES, SCHEMA_VERSION, schema_version


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """What the service needs, each true when it is there. Without the bus, requests are still accepted and wait."""

    database: bool
    db_schema: bool = msgspec.field(name="schema")
    bus: bool


async def alive(request: Request) -> Response:
    """The process answers."""
    return Response(b"ok\n", media_type="text/plain")


async def ready(request: Request) -> Response:
    """200 when everything is there, 503 otherwise."""
    context: Context = request.state.context
    bus = context.bus.connected
    try:
        found = await schema_version(context.pool)
        readiness = Readiness(database=True, db_schema=found == SCHEMA_VERSION, bus=bus)
    except FAILURES:
        readiness = Readiness(database=False, db_schema=False, bus=bus)
    well = readiness.database and readiness.db_schema and readiness.bus
    return Response(msgspec.json.encode(readiness), 200 if well else 503, media_type="application/json")


async def metrics(request: Request) -> Response:
    """Prometheus figures."""
    context: Context = request.state.context
    context.metrics.mails_waiting.set(await mails.count_waiting(context.pool))
    context.metrics.unpublished.set(await messages.count_unpublished(context.pool))
    return Response(context.metrics.text(), media_type=CONTENT_TYPE)
