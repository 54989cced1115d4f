"""The table of contents of the gateway: what it serves, with which headers, and what it opens to do so."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contracts.edge import PROBLEM_TYPE, Edge, problem_body
from contracts.http import Refusal
from contracts.logs import log
from gateway import exports, health, live, open_data, quick_vote, results
from gateway.bus import Bus
from gateway.cache import Cache
from gateway.catalogue import Catalogue
from gateway.context import Context
from gateway.errors import REASONS
from gateway.keys import Verify, verifiers
from gateway.live import Live
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.shelf import Shelf, Shortcut
from gateway.site.pages import Pages
from gateway.store import database

CODES: Final = {404: "not_found", 405: "method_not_allowed", 503: "unavailable"}


def create_app(settings: Settings, metrics: Metrics | None = None, streams: Live | None = None) -> Edge:
    """The whole service. Nothing connects before the lifespan starts.

    ``streams`` is for whoever stops the server: streams do not end by themselves.
    """
    counted = metrics or Metrics()
    listeners = streams or Live()
    keys = verifiers(settings.trusted_event_keys_file)
    pages = Pages(settings)

    async def refuse(request: Request, error: Exception) -> Response:
        refusal = _refusal(error)
        response = _problem(refusal) if _is_for_machines(request) else pages.refused(request, refusal)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    app = Starlette(
        routes=[
            *exports.ROUTES, *results.ROUTES, *open_data.ROUTES, *quick_vote.ROUTES, *live.ROUTES, *health.ROUTES,
            *pages.routes,
        ],
        exception_handlers=dict.fromkeys((Refusal, HTTPException, Exception, *database.UNREACHABLE), refuse),
        lifespan=lambda _: _lifespan(settings, keys, counted, listeners),
    )  # fmt: skip
    app.router.redirect_slashes = False
    return Edge(
        Shortcut(app),  # type: ignore[arg-type]  # Starlette spells the same ASGI types with MutableMapping
        service="gateway",
        reasons=REASONS,
        headers=security_headers(settings),
        observe=counted.observe,
        quiet=health.QUIET | {pages.static_path, live.PATH},  # how long somebody reads is nobody's business
    )


def security_headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """What every response carries, whatever made it.

    ``Referrer-Policy`` is ``strict-origin`` and not ``no-referrer``: with the latter a browser sends ``Origin: null``
    with a form posted to consultation_service, which could then not tell our forms from a stranger's.
    """
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            f"connect-src 'self' {settings.consultation_origin}",
            f"form-action 'self' {settings.consultation_origin}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "strict-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex, nofollow",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    }
    if settings.origin.startswith("https://"):
        headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@asynccontextmanager
async def _lifespan(
    settings: Settings, keys: Mapping[str, Verify], metrics: Metrics, streams: Live
) -> AsyncIterator[dict[str, Any]]:
    pool = await database.until_reachable(lambda: database.open_pool(settings))
    try:
        await database.require_schema(pool)
        bus = Bus(settings, pool, keys, metrics)
        catalogue = Catalogue(pool)
        tasks = [asyncio.create_task(bus.run()), asyncio.create_task(streams.run(settings, catalogue))]
        for task in tasks:
            task.add_done_callback(_report)
        log("gateway", "started", address=f"{settings.host}:{settings.port}")
        yield {"context": Context(settings, pool, bus, Cache(), catalogue, metrics, Shelf(), streams)}
        streams.close()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        log("gateway", "stopped")
    finally:
        pool.terminate()


def _report(task: "asyncio.Task[None]") -> None:
    """A task that dies in silence would leave pages that never change."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log("gateway", "bus_error", error=type(error).__name__, reason="stopped")


def _is_for_machines(request: Request) -> bool:
    path = request.url.path
    return path.startswith("/open-data/") or path in ("/openapi.json", "/metrics", "/healthz", "/readyz")


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, database.UNREACHABLE):
        log("gateway", "database_unavailable", error=type(error).__name__)
        return Refusal("unavailable")
    return Refusal(CODES.get(getattr(error, "status_code", 500), "internal"))


def _problem(refusal: Refusal) -> Response:
    status, body = problem_body(refusal, REASONS)
    return Response(
        body, status, headers={**open_data.OPEN, "cache-control": "no-store"}, media_type=PROBLEM_TYPE.decode()
    )
