"""The table of contents: routes, what is opened at start, and what every answer carries."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from contracts.edge import Edge
from contracts.http import Refusal
from contracts.logs import log
from identity_service import api, health, keys, origins, pages, removals
from identity_service.access import AccessTokens
from identity_service.assets import MOUNT, static_files
from identity_service.bus import Bus
from identity_service.clock import Clock
from identity_service.context import Context
from identity_service.errors import REASONS
from identity_service.mail import Mailer
from identity_service.metrics import Metrics
from identity_service.notices import Notices
from identity_service.pseudonyms import Pseudonyms
from identity_service.rate_limits import RateLimits
from identity_service.settings import Settings
from identity_service.staff import pages as staff_pages
from identity_service.staff.access import StaffTokens
from identity_service.staff.pseudonyms import StaffPseudonyms
from identity_service.store import sign_ins, staff, staff_sign_ins
from identity_service.store.database import FAILURES, UNAVAILABLE, Pool, open_pool, require_schema
from identity_service.vault import Vault
from identity_service.visits import Handler, Page, Visit

QUIET: Final = frozenset(("/healthz", "/readyz", "/metrics", "/static"))
RESTART_SECONDS: Final = 1.0
STOP_SECONDS: Final = 0.5
FORGET_SECONDS: Final = 60.0
REMOVED_STAFF_KEPT: Final = datetime.timedelta(days=365)
"""How long it can be read who a pseudonym in the journals was."""


class State(TypedDict):
    """What the lifespan gives to requests."""

    context: Context


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    """The ASGI application. Nothing connects before its lifespan begins."""
    metrics = Metrics()
    static = static_files(settings.look)
    post = ["POST"]
    app = Starlette(
        routes=[
            Route("/", _page(pages.home), methods=["GET"]),
            Route("/participate", _page(pages.participate), methods=["GET"]),
            Route("/sign-in", _page(pages.sign_in_form), methods=["GET"]),
            Route("/sign-in", _page(pages.send_code), methods=post),
            Route("/sign-in/code", _page(pages.code_form), methods=["GET"]),
            Route("/sign-in/code", _page(pages.check_code), methods=post),
            Route("/sign-out", _page(pages.sign_out), methods=post),
            Route("/consent", _page(pages.consent_form), methods=["GET"]),
            Route("/consent", _page(pages.accept), methods=post),
            Route("/my-data", _page(pages.show_my_data), methods=["GET"]),
            Route("/my-data/download", _page(pages.download), methods=["GET"]),
            Route("/my-data/withdraw", _page(pages.withdraw_form), methods=["GET"]),
            Route("/my-data/withdraw", _page(pages.withdraw), methods=post),
            Route("/my-data/erase", _page(pages.erase_form), methods=["GET"]),
            Route("/my-data/erase", _page(pages.erase), methods=post),
            Route("/erasure/{receipt}", _page(pages.erasure), methods=["GET"]),
            Route("/my-data/notices", _page(pages.choose_notices), methods=post),
            Route("/notices/unsubscribe/{token}", _page(pages.unsubscribe_form), methods=["GET"]),
            Route("/notices/unsubscribe/{token}", _page(pages.unsubscribe), methods=post),
            Route("/mailbox", _page(pages.mailbox), methods=["GET"]),
            *staff_pages.routes(),
            Route("/v1/codes", api.ask_for_code, methods=post),
            Route("/v1/sessions", api.open_session, methods=post),
            Route("/v1/consultations/{consultation}/consent", api.consent, methods=post),
            Route("/v1/consultations/{consultation}/access", api.access, methods=post),
            Route("/v1/consultations/{consultation}/participation", api.withdraw, methods=["DELETE"]),
            Route("/v1/consultations/{consultation}/notices", api.choose_notices, methods=["PUT"]),
            Route("/v1/my-data", api.show_my_data),
            Route("/v1/account", api.erase, methods=["DELETE"]),
            Route("/v1/erasures/{receipt}", api.erasure),
            Route("/openapi.json", api.openapi),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", health.metrics),
            Mount(MOUNT, static),
        ],
        middleware=[
            Middleware(
                Edge,
                service="identity",
                reasons=REASONS,
                headers=origins.headers(settings),
                observe=metrics.observe,
                quiet=QUIET,
            )
        ],
        exception_handlers={HTTPException: _refuse, **dict.fromkeys(UNAVAILABLE, _refuse_unavailable)},
        lifespan=partial(_lifespan, settings=settings, clock=clock or Clock(), metrics=metrics),
    )
    app.state.static = static
    return app


@asynccontextmanager
async def _lifespan(app: Starlette, settings: Settings, clock: Clock, metrics: Metrics) -> AsyncIterator[State]:
    own = keys.load(settings)
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
        vault = Vault(own.vault_root)
        pseudonyms = Pseudonyms(own.pseudonym_root)
        mailer = Mailer(settings, vault, pool, clock, metrics)
        told = Notices(settings, own, pseudonyms, vault, mailer, clock)
        effects = removals.Effects(pool, vault, mailer, clock, told)
        bus = Bus(settings, own, pool, effects.apply, clock, metrics)
        context = Context(
            settings=settings, clock=clock, vault=vault, pseudonyms=pseudonyms,
            tokens=AccessTokens(settings.origin, own, pseudonyms), staff_pseudonyms=StaffPseudonyms(own.staff_root),
            staff_tokens=StaffTokens(settings.origin, own), limits=RateLimits(clock.steady), metrics=metrics,
            pool=pool, mailer=mailer, bus=bus,
        )  # fmt: skip
        tasks = [asyncio.create_task(_keep(work)) for work in (mailer.run, bus.run, partial(_forget, pool, clock))]
        log("identity", "started", address=f"{settings.host}:{settings.port}")
        try:
            yield {"context": context}
        finally:
            await _stop(tasks)
    finally:
        await pool.close()


async def _keep(work: Callable[[], Awaitable[None]]) -> None:
    """Start a background task again whatever it failed on: mail and bus must outlive a surprise."""
    while True:
        try:
            await work()
        except Exception as error:
            log("identity", "bus_error", error=type(error).__name__, reason="restarted")
            await asyncio.sleep(RESTART_SECONDS)


async def _stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they are done: a library that is cleaning up may swallow a first cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=STOP_SECONDS)


async def _forget(pool: Pool, clock: Clock) -> None:
    """Delete what is past its time, every minute."""
    while True:
        with contextlib.suppress(*FAILURES):
            await sign_ins.forget_ended(pool, clock.now(), clock.today())
            await staff_sign_ins.forget_ended(pool, clock.now())
            await staff.forget_old(pool, clock.today(), clock.today() - REMOVED_STAFF_KEPT)
            await removals.forget_old(pool, clock.today())
        await asyncio.sleep(FORGET_SECONDS)


def _page(handler: Handler[Visit]) -> Page[Visit]:
    return Page(handler, Visit)


async def _refuse(request: Request, error: Exception) -> Response:
    """No such address or action: a page for people, a problem document for programs."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    refusal = Refusal({404: "not_found", 405: "method_not_allowed"}.get(status, "internal"))
    if "text/html" not in request.headers.get("accept", ""):
        raise refusal from None
    return Visit(request).refuse(refusal)


async def _refuse_unavailable(request: Request, error: Exception) -> Response:
    log("identity", "database_unavailable", error=type(error).__name__)
    raise Refusal("unavailable") from None
