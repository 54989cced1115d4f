"""What operators and machines ask: alive, ready, metrics, description of the API, and robots."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from contracts.openapi import Operation, document
from gateway import exports, open_data, quick_vote, results
from gateway.answers import NEVER, send
from gateway.cache import answer
from gateway.context import context
from gateway.errors import REASONS
from gateway.store import database


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: str


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to send visitors here: the database answers and everything said before we started is applied.

    ``bus`` false alone does not make a replica unready: it still serves what it knows.
    """

    ready: bool
    database: bool
    bus: bool
    caught_up: bool


async def healthz(request: Request) -> Response:
    """``GET /healthz``."""
    return JSONResponse({"status": "alive"}, headers={"cache-control": NEVER})


async def readyz(request: Request) -> Response:
    """``GET /readyz``: 503 until the database answers and the projection has caught up."""
    here = context(request)
    alive = await database.alive(here.pool)
    found = Readiness(
        ready=alive and here.bus.caught_up, database=alive, bus=here.bus.connected, caught_up=here.bus.caught_up
    )
    return JSONResponse(msgspec.to_builtins(found), 200 if found.ready else 503, headers={"cache-control": NEVER})


async def metrics(request: Request) -> Response:
    """``GET /metrics``, in the Prometheus text format."""
    return Response(
        context(request).metrics.text(), headers={"cache-control": NEVER}, media_type="text/plain; version=0.0.4"
    )


async def openapi(request: Request) -> Response:
    """``GET /openapi.json``."""
    return send(request, _DESCRIPTION, headers=open_data.OPEN)


async def robots(request: Request) -> Response:
    """``GET /robots.txt``: what people write here is not to be found through a search engine."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n", headers={"cache-control": "public, max-age=86400"})


def _version() -> str:
    try:
        return version("cloison")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"


OPERATIONS: Final = [
    Operation("get", "/healthz", "Whether the process answers", answer=Health),
    Operation("get", "/readyz", "Whether the database answers and the projection has caught up", answer=Readiness),
    Operation("get", "/metrics", "Prometheus metrics", media="text/plain"),
]
_DESCRIPTION: Final = answer(
    msgspec.json.encode(
        document(
            "Cloison: open data",
            _version(),
            "Everything public about consultations. No key, no account, no author, no instant: days only.",
            [*open_data.OPERATIONS, *quick_vote.OPERATIONS, *exports.OPERATIONS, *results.OPERATIONS, *OPERATIONS],
            REASONS,
        )
    ),
    open_data.JSON,
)
ROUTES: Final = [
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
    Route("/openapi.json", openapi),
    Route("/robots.txt", robots),
]
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
