"""For whoever runs the service: alive, ready, figures."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultation_service.service import Service
from consultation_service.store import outbox
from consultation_service.store.database import SCHEMA_VERSION, UNAVAILABLE, schema_version


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """What the service needs, each true when it is there. Without the bus, writes are still accepted and wait."""

    database: bool
    db_schema: bool = msgspec.field(name="schema")
    bus: bool


async def alive(request: Request) -> Response:
    """The process answers."""
    return Response(b"ok\n", media_type="text/plain")


async def ready(request: Request) -> Response:
    """200 when everything is there, 503 otherwise."""
    service: Service = request.state.service
    try:
        found = await schema_version(service.pool)
        readiness = Readiness(database=True, db_schema=found == SCHEMA_VERSION, bus=service.bus.ready)
    except UNAVAILABLE:
        readiness = Readiness(database=False, db_schema=False, bus=service.bus.ready)
    well = readiness.database and readiness.db_schema and readiness.bus
    return Response(msgspec.json.encode(readiness), status_code=200 if well else 503, media_type="application/json")


async def metrics(request: Request) -> Response:
    """Prometheus exposition."""
    service: Service = request.state.service
    try:
        service.metrics.outbox.set(await outbox.count_waiting(service.pool))
    except UNAVAILABLE:
        service.metrics.outbox.set(float("nan"))
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
