"""Who works here: the staff cookie, sealed, and the way in through identity and its two factors."""

import secrets
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consultation_service import pages
from consultation_service.forms import read_form
from consultation_service.participation import asking
from consultation_service.service import Service
from consultation_service.sessions import STATE_SECONDS, cookies, pinned
from consultation_service.store import staff as store
from consultation_service.words import Language, language_of
from contracts import tokens
from contracts.events import Role
from contracts.http import Refusal

HOURS: Final = 12
HOME: Final = "/backoffice"
_STAFF: Final = b"cloison/staff-session/v1"
_STATE: Final = b"cloison/staff-state/v1"
_HOUR: Final = 3_600


class Staff(NamedTuple):
    """A member of staff at work."""

    pseudonym: str
    roles: tuple[Role, ...]


class _Session(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie. ``last_hour`` counts hours since 1970; ``epoch`` is over once sessions were ended."""

    staff: str
    last_hour: int
    epoch: int


class _Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """The state cookie: this browser asked to come in, from that page."""

    state: str
    back: str
    language: Language


async def staff_of(request: Request) -> Staff | None:
    """Who sends ``request``, with their roles of this moment; ``None`` for anybody else, and once removed."""
    service: Service = request.state.service
    sealed = _cookie(request, "cloison_staff")
    opened = service.seals.open(sealed, _STAFF)
    if opened is None:
        return None
    session = msgspec.json.decode(opened, type=_Session)
    if session.last_hour < service.clock() // _HOUR:
        return None
    known = await store.known(service.pool, session.staff)
    if known is None or not known.roles or known.epoch != session.epoch:
        return None
    return Staff(session.staff, known.roles)


def ask_in(request: Request, language: Language) -> Response:
    """Remember where the browser wanted to go, and send it to identity."""
    service: Service = request.state.service
    back = request.url.path if request.method == "GET" else HOME
    arrival = _Arrival(state=tokens.b64u(secrets.token_bytes(32)), back=back, language=language)
    question = urlencode({"state": arrival.state, "lang": language})
    response = RedirectResponse(f"{service.settings.identity_origin}/staff?{question}", status_code=303)
    # The form that comes back is posted from identity's site: only SameSite=None lets the cookie come with it.
    response.set_cookie(
        _name(service, "cloison_staff_state"), service.seals.close(msgspec.json.encode(arrival), _STATE),
        max_age=STATE_SECONDS, secure=True, httponly=True, samesite="none",
    )  # fmt: skip
    return response


@pages.page
async def open_session(request: Request) -> Response:
    """``POST /backoffice/session`` with ``token`` and ``state``, from identity's page."""
    service: Service = request.state.service
    form = await read_form(request)
    opened = service.seals.open(_cookie(request, "cloison_staff_state"), _STATE)
    arrival = msgspec.json.decode(opened, type=_Arrival) if opened is not None else None
    if arrival is None or arrival.state != form.get("state"):
        raise Refusal("state_missing")
    token = service.participation.check_staff(form.get("token", ""), arrival.state)
    await store.know(service.pool, token.staff, token.version, token.roles)
    known = await store.known(service.pool, token.staff)
    if known is None:
        raise Refusal("token_refused")
    response = RedirectResponse(arrival.back, status_code=303)
    _set(service, response, "cloison_staff", seal(service, token.staff, known.epoch), HOURS * _HOUR)
    _set(service, response, "cloison_language", arrival.language, 365 * 86_400)
    response.delete_cookie(_name(service, "cloison_staff_state"), secure=True, httponly=True, samesite="none")
    return response


def seal(service: Service, staff: str, epoch: int) -> str:
    """The value of a staff cookie, good for ``HOURS`` or until sessions are ended."""
    session = _Session(staff=staff, last_hour=int(service.clock()) // _HOUR + HOURS, epoch=epoch)
    return service.seals.close(msgspec.json.encode(session), _STAFF)


async def close_session(request: Request) -> Response:
    """End the sessions of who asks, in all their browsers, and lead to where the other session ends: with it, a browser
    would be let in again.
    """
    service: Service = request.state.service
    staff = await staff_of(request)
    if staff is not None:
        await store.end_sessions(service.pool, staff.pseudonym)
    response = RedirectResponse(service.settings.identity_origin + "/staff/sign-out", status_code=303)
    response.delete_cookie(
        _name(service, "cloison_staff"), secure=service.settings.secure, httponly=True, samesite="lax"
    )
    return response


def set_language(request: Request, language: str, back: str) -> Response:
    """Speak ``language`` from now on, on the page of the back office that the browser was on."""
    inside = back.startswith(f"{HOME}/") and back.isascii() and back.isprintable() and "\\" not in back
    response = RedirectResponse(back if inside else HOME, status_code=303)
    _set(request.state.service, response, "cloison_language", language_of(language), 365 * 86_400)
    return response


def language(request: Request) -> Language:
    """The language of this browser's back office: what the address says, else what was chosen."""
    return language_of(request.query_params.get("lang") or _cookie(request, "cloison_language"))


def _set(service: Service, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(service, name), value, max_age=seconds, secure=service.settings.secure, httponly=True, samesite="lax"
    )


def _cookie(request: Request, name: str) -> str:
    sent = cookies(asking(request.scope["headers"]).cookie)
    return sent.get(_name(request.state.service, name), "")


def _name(service: Service, name: str) -> str:
    return pinned(name, secure=service.settings.secure)
