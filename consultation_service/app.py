"""The table of contents: routes, what is opened at start, and what every answer carries."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from consultation_service import (
    about_me,
    api_answers,
    api_contributions,
    api_follows,
    api_participation,
    api_votes,
    contribution_pages,
    health,
    news_pages,
    openapi,
    pages,
    participation_pages,
    questionnaire_pages,
    ranking_pages,
    reports,
    vote_pages,
    words,
)
from consultation_service.assets import MOUNT, static_files
from consultation_service.backoffice import uploads
from consultation_service.backoffice.routes import routes as backoffice
from consultation_service.batching import Batcher
from consultation_service.bus import Bus
from consultation_service.errors import REASONS
from consultation_service.keys import load
from consultation_service.metrics import Metrics
from consultation_service.origins import Preflight, headers
from consultation_service.participation import Participation
from consultation_service.service import Service
from consultation_service.sessions import Seals
from consultation_service.settings import Settings
from consultation_service.states import Clock, day_of
from consultation_service.store.database import UNAVAILABLE, open_pool, require_schema
from consultation_service.store.votes import POISON, cast
from consultation_service.votes import Answer, Ballot
from contracts.edge import PROBLEM_TYPE, Edge, problem_body
from contracts.http import Refusal
from contracts.logs import log
from contracts.static import StaticFiles

# Votes are counted, not logged: a line per vote, in a journal that dates its lines, would be a list of instants.
# So are the texts that somebody has looked at while they write.
QUIET: Final = frozenset(
    (
        api_votes.VOTE, vote_pages.VOTE, api_contributions.PERSONAL_DATA, "/healthz", "/readyz",
        "/metrics",
    )
)  # fmt: skip

# A settings file, whole bills, the answers to a questionnaire; the first path that fits counts.
LARGER: Final = {
    "/backoffice/consultations/import": uploads.MAX_BYTES, "/backoffice/": 2 * 1024 * 1024,
    "/sections/": 512 * 1024, "/v1/sections/": 512 * 1024,
}  # fmt: skip


class State(TypedDict):
    """What the lifespan gives to requests."""

    service: Service


def create_app(settings: Settings, clock: Clock = time.time) -> Starlette:
    """The ASGI application. Nothing connects before its lifespan begins."""
    metrics = Metrics()
    static = static_files(settings.look)
    return Starlette(
        routes=[
            Route(api_votes.VOTE, api_votes.unknown_vote, methods=["PUT", "DELETE"]),
            Route(
                "/v1/consultations/{consultation}/contributions", api_contributions.add_contribution, methods=["POST"]
            ),
            Route(api_contributions.CONTRIBUTION, api_contributions.own_contribution, methods=["PATCH", "DELETE"]),
            Route(api_contributions.PERSONAL_DATA, api_contributions.personal_data, methods=["POST"]),
            Route("/v1/consultations/{consultation}/participation", api_participation.participation),
            Route("/", pages.home),
            Route("/participate", pages.participate),
            Route("/session", pages.open_session, methods=["POST"]),
            *contribution_pages.ROUTES,
            *vote_pages.ROUTES,
            *participation_pages.ROUTES,
            *api_answers.ROUTES,
            *questionnaire_pages.ROUTES,
            *ranking_pages.ROUTES,
            *about_me.ROUTES,
            *reports.ROUTES,
            *api_follows.ROUTES,
            *news_pages.ROUTES,
            *backoffice(),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", health.metrics),
            Route("/openapi.json", openapi.openapi),
            Mount(MOUNT, static),
        ],
        middleware=[
            Middleware(
                Edge,
                service="consultation",
                reasons=REASONS,
                headers=headers(settings),
                observe=metrics.observe,
                quiet=QUIET,
                larger=LARGER,
            ),
            Middleware(api_votes.Votes),
            Middleware(Preflight),
        ],
        exception_handlers={HTTPException: _refuse, **dict.fromkeys(UNAVAILABLE, _refuse_unavailable)},
        lifespan=partial(_lifespan, settings=settings, clock=clock, metrics=metrics, static=static),
    )


@asynccontextmanager
async def _lifespan(
    app: Starlette, settings: Settings, clock: Clock, metrics: Metrics, static: StaticFiles
) -> AsyncIterator[State]:
    keys = load(settings)
    pool = await open_pool(settings)
    try:
        await require_schema(pool)
        seals = Seals(keys.session_key)
        participation = Participation(settings, keys, seals, pool, clock)
        votes: Batcher[Ballot, Answer] = Batcher(
            lambda ballots: cast(pool, ballots, day_of(clock())), poison=POISON, observe=metrics.observe_batch
        )
        bus = Bus(settings, keys, pool, participation.pseudonyms, clock, metrics)
        service = Service(
            settings=settings, clock=clock, pool=pool, seals=seals, participation=participation, votes=votes, bus=bus,
            metrics=metrics, templates=words.environments(settings.look, static),
        )  # fmt: skip
        bus.start()
        log("consultation", "started", address=f"{settings.host}:{settings.port}")
        try:
            yield {"service": service}
        finally:
            await votes.close()
            await bus.close()
    finally:
        await pool.close()


async def _refuse(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code not in (404, 405):
        raise Refusal("internal") from None
    if error.status_code == 404:
        if not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", ""):
            return pages.not_found(request)
        raise Refusal("not_found") from None
    status, body = problem_body(Refusal("method_not_allowed"), REASONS)
    return Response(body, status, dict(error.headers or {}), PROBLEM_TYPE.decode())


async def _refuse_unavailable(request: Request, error: Exception) -> Response:
    log("consultation", "database_unavailable", error=type(error).__name__)
    raise Refusal("unavailable") from None
