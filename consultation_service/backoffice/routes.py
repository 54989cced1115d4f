"""Every route of the back office. A test asks for each of them with each role."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from consultation_service.backoffice import (
    alike,
    announcement,
    articles,
    consultation,
    creation,
    dashboard,
    home,
    journal,
    moderation,
    moderation_journal,
    official_answers,
    preview,
    questionnaires,
    rankings,
    raw_exports,
    schedule,
    sessions,
    statements,
    structure,
    transfer,
)
from consultation_service.backoffice.desk import Place, read_form, refused, require_own_page, route
from contracts.http import Refusal

PLACES: Final[tuple[Place, ...]] = (
    *home.ROUTES,
    *creation.ROUTES,
    *transfer.ROUTES,
    *structure.ROUTES,
    *articles.ROUTES,
    *questionnaires.ROUTES,
    *rankings.ROUTES,
    *schedule.ROUTES,
    *announcement.ROUTES,
    *preview.ROUTES,
    *official_answers.ROUTES,
    *statements.ROUTES,
    *dashboard.ROUTES,
    *raw_exports.ROUTES,
    *journal.ROUTES,
    *alike.ROUTES,
    *moderation.ROUTES,
    *moderation_journal.ROUTES,
    # Last, so that its address does not stand for /backoffice/consultations/new.
    *consultation.ROUTES,
)


async def _leave(request: Request) -> Response:
    try:
        require_own_page(request)
    except Refusal as refusal:
        return refused(request, refusal)
    return await sessions.close_session(request)


async def _speak(request: Request) -> Response:
    form = await read_form(request)
    return sessions.set_language(request, form.get("language"), form.get("back"))


def routes() -> list[BaseRoute]:
    """What the application mounts: the way in and out, then the guarded places."""
    return [
        Route("/backoffice/session", sessions.open_session, methods=["POST"]),
        Route("/backoffice/leave", _leave, methods=["POST"]),
        Route("/backoffice/language", _speak, methods=["POST"]),
        *(route(place) for place in PLACES),
    ]
