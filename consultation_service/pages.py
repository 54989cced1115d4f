"""Pages for browsers: the beginning and the end of the participation journey, and what all pages share."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consultation_service import api
from consultation_service.errors import REASONS
from consultation_service.forms import read_form
from consultation_service.participation import asking
from consultation_service.service import Service
from consultation_service.sessions import (
    SESSION_DAYS,
    STATE_COOKIE,
    STATE_SECONDS,
    Journey,
    Session,
    cookies,
    pinned,
    session_cookie_name,
)
from consultation_service.states import day_of
from consultation_service.store import attributes, consultations
from consultation_service.store.database import UNAVAILABLE
from consultation_service.words import Language, language_of
from contracts.http import COMMON_REASONS, Problem, Refusal, problem

Handler = Callable[[Request], Awaitable[Response]]


def page(handler: Handler) -> Handler:
    """Show what ``handler`` refuses as a page rather than as a problem document."""

    @functools.wraps(handler)
    async def shown(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return _refused(request, refusal)
        except UNAVAILABLE:
            return _refused(request, Refusal("unavailable"))

    return shown


async def home(request: Request) -> Response:
    """``GET /``: there is nothing to read here; consultations are read on the gateway."""
    service: Service = request.state.service
    return RedirectResponse(service.settings.gateway_origin + "/", status_code=303)


def not_found(request: Request) -> Response:
    """What a browser is shown at an address that leads nowhere."""
    return _refused(request, Refusal("not_found"))


@page
async def participate(request: Request) -> Response:
    """``GET /participate?consultation=&return=``: remember the journey in a cookie, and go on to identity."""
    service: Service = request.state.service
    language = language_of(request.query_params.get("lang"))
    consultation = api.require_id(request.query_params.get("consultation", ""))
    back = return_address(request.query_params.get("return", "/"), *_origins(service))
    if not await consultations.exists(service.pool, consultation):
        raise Refusal("unknown_consultation")
    journey, sealed = service.seals.journey(consultation, back, language)
    question = urlencode({"consultation": consultation, "state": journey.state, "lang": language})
    response = RedirectResponse(f"{service.settings.identity_origin}/participate?{question}", status_code=303)
    # The form that comes back is posted from identity's site: only SameSite=None lets the cookie come with it.
    response.set_cookie(
        _state_cookie(service), sealed, max_age=STATE_SECONDS, secure=True, httponly=True, samesite="none"
    )
    return response


@page
async def open_session(request: Request) -> Response:
    """``POST /session`` with ``token`` and ``state``: check that this browser began, and open its session.

    The state in the cookie, in the form and (as a digest) in the token must be one: nobody can sign a browser in as
    somebody else (RFC 6749 section 10.12). The token's signature stands for the check of the origin.
    """
    service: Service = request.state.service
    form = await read_form(request)
    journey = _journey(request)
    if journey is None or journey.state != form.get("state"):
        raise Refusal("state_missing")
    token = service.participation.check(form.get("token"), state=journey.state)
    if token.consultation != journey.consultation:
        raise Refusal("token_refused")
    session, inside = await service.participation.let_in(token)
    if not inside:
        raise Refusal("token_used")
    response = RedirectResponse(await _first_page(service, session, journey), status_code=303)
    response.set_cookie(
        session_cookie_name(session.consultation, secure=service.settings.secure),
        service.seals.session(session.consultation, session.pseudonym, service.clock()),
        max_age=SESSION_DAYS * 86_400,
        secure=service.settings.secure,
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(_state_cookie(service), secure=True, httponly=True, samesite="none")
    return response


async def _first_page(service: Service, session: Session, journey: Journey) -> str:
    """Where somebody who arrives goes: back, but the first time by way of what the organiser asks about them."""
    today = day_of(service.clock())
    if not await attributes.to_ask(service.pool, session.consultation, session.pseudonym, today):
        return journey.back
    question = urlencode({"return": journey.back, "lang": journey.language, "first": "yes"})
    return f"/consultations/{session.consultation}/about-me?{question}"


def _origins(service: Service) -> tuple[str, str]:
    return service.settings.gateway_origin, service.settings.origin


def return_address(text: str, gateway_origin: str, own_origin: str = "") -> str:
    """Where to go back: a path of the gateway, or a whole address there or on this service; nothing else. Raises
    ``Refusal``.
    """
    if text.startswith("/") and not text.startswith("//"):
        text = gateway_origin + text
    origins = [origin for origin in (gateway_origin, own_origin) if origin and text.startswith(origin)]
    paths = [text.removeprefix(origin) for origin in origins]
    if (
        not any(not path or path[0] in "/?#" for path in paths)
        or len(text) > 2_000
        or "\\" in text
        or not (text.isascii() and text.isprintable())
        or " " in text
    ):
        raise Refusal("return_refused", field="return")
    return text


def _refused(request: Request, refusal: Refusal) -> Response:
    return _render(request, "message.html", _language(request), refusal, {"back": None})


def _language(request: Request) -> Language:
    """The language that the address says, or else that in which this browser began to take part."""
    asked = request.query_params.get("lang")
    journey = _journey(request) if asked is None else None
    return language_of(asked) if journey is None else journey.language


def _journey(request: Request) -> Journey | None:
    service: Service = request.state.service
    sent = cookies(asking(request.scope["headers"]).cookie)
    return service.seals.open_journey(sent.get(_state_cookie(service), ""))


def _state_cookie(service: Service) -> str:
    return pinned(STATE_COOKIE, secure=service.settings.secure)


def _render(request: Request, template: str, language: Language, refusal: Refusal, facts: dict[str, Any]) -> Response:
    service: Service = request.state.service
    shown: Problem = problem(refusal, {**COMMON_REASONS, **REASONS})
    html = (
        service.templates[language]
        .get_template(template)
        .render(
            code=refusal.code,
            field=refusal.field,
            sentence=shown.en if language == "en" else shown.fr,
            home=service.settings.gateway_origin + "/",
            **facts,
        )
    )
    return Response(html, status_code=shown.status, media_type="text/html; charset=utf-8")
