"""A request of a member of staff, and everything that is checked before a page of the back office sees it.

In this order: who (the sealed cookie, and roles as they are now), whether their roles may do the act of the route
(``rules.permissions``), that a form comes from a page of this service, and whether the state of the consultation allows
the act (``rules.lifecycle``). One route, one act: the tables of ``rules`` are all there is to read.
"""

import datetime
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from consultation_service.backoffice import sessions
from consultation_service.backoffice.menu import menu
from consultation_service.backoffice.sessions import HOME, Staff
from consultation_service.errors import REASONS
from consultation_service.forms import Form as Form
from consultation_service.forms import read_form as read_form
from consultation_service.participation import asking
from consultation_service.rules import lifecycle, permissions
from consultation_service.rules.acts import Act
from consultation_service.rules.permissions import Role
from consultation_service.service import Service
from consultation_service.states import day_of
from consultation_service.store import audit, overview
from consultation_service.store.database import UNAVAILABLE, Connection
from consultation_service.store.overview import Overview
from consultation_service.words import Language
from contracts.http import COMMON_REASONS, Problem, Refusal, problem

_ID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Desk:
    """A request of a member of staff who may do what they ask. Outside of a consultation, ``consultation`` is empty and
    ``about`` is ``None``.
    """

    request: Request
    service: Service
    staff: Staff
    language: Language
    act: Act
    consultation: str = ""
    about: Overview | None = None

    def may(self, act: Act) -> bool:
        """Whether the roles of this person allow ``act``, so that pages show what can be done and nothing else."""
        return permissions.may([Role(role) for role in self.staff.roles], act)

    def today(self) -> datetime.date:
        """The day in Paris."""
        return day_of(self.service.clock())

    def path(self, name: str) -> str:
        """A parameter of the address that must be an id. Raises ``Refusal`` ``not_found``."""
        return identifier(self.request.path_params.get(name, ""))

    def number(self, name: str) -> int:
        """A number of at most four digits in the question of the address; 0 for anything else."""
        text = self.request.query_params.get(name, "")
        return int(text) if re.fullmatch("[0-9]{1,4}", text) else 0

    async def form(self) -> Form:
        """What was typed. Raises ``Refusal``: ``unsupported_media_type``, ``invalid_field``."""
        return await read_form(self.request)

    async def record(self, connection: Connection, act: Act | None = None, object: str = "") -> None:
        """Add a line to the audit journal, in the transaction of what it tells."""
        await audit.record(connection, self.staff.pseudonym, act or self.act, self.consultation, object, self.today())

    def page(self, template: str, status: int = 200, **facts: Any) -> Response:
        """``templates/backoffice/<template>``, told who is looking."""
        given = {
            "desk": self, "Act": Act, "staff": self.staff, "consultation": self.consultation, "problem": None,
            "done": self.request.query_params.get("done", ""), "gateway": self.service.settings.gateway_origin,
            "identity": self.service.settings.identity_origin, "menu": menu(self),
            "place": getattr(self.request.scope.get("route"), "path", ""), **facts,
        }  # fmt: skip
        html = self.service.templates[self.language].get_template(f"backoffice/{template}").render(given)
        return Response(html, status, media_type="text/html; charset=utf-8")

    def refused(self, template: str, refusal: Refusal, **facts: Any) -> Response:
        """The same page again, with what was typed among ``facts``, and ``problem`` (see ``told_of``)."""
        told = told_of(refusal, self.language)
        return self.page(template, told["status"], problem=told, **facts)

    def back(self, path: str, done: str = "") -> Response:
        """To another page of the back office; ``done`` names a confirmation that it shows."""
        page, mark, anchor = path.partition("#")
        told = f"{'&' if '?' in page else '?'}done={done}" if done else ""
        return RedirectResponse(f"{page}{told}{mark}{anchor}", 303)


def identifier(text: str) -> str:
    """``text`` when it is an id. Raises ``Refusal`` ``not_found``."""
    if not _ID.fullmatch(text):
        raise Refusal("not_found")
    return text


Handler = Callable[[Desk], Awaitable[Response]]


class Place(NamedTuple):
    """A route of the back office: what asking for it does, and thus who may."""

    method: str
    path: str
    act: Act
    handler: Handler


def route(place: Place) -> Route:
    """The route of ``place``, guarded."""

    async def answer(request: Request) -> Response:
        try:
            return await _admit(request, place)
        except Refusal as refusal:
            return refused(request, refusal)
        except UNAVAILABLE:
            return refused(request, Refusal("unavailable"))

    return Route(place.path, answer, methods=[place.method])


async def _admit(request: Request, place: Place) -> Response:
    service: Service = request.state.service
    language = sessions.language(request)
    staff = await sessions.staff_of(request)
    if staff is None:
        return await _ask_who(request, place)
    permissions.require([Role(role) for role in staff.roles], place.act)
    if place.method != "GET":
        require_own_page(request)
    desk = Desk(request, service, staff, language, place.act)
    if "consultation" in request.path_params:
        desk.consultation = desk.path("consultation")
        desk.about = await overview.of(service.pool, desk.consultation)
        lifecycle.require_allowed(desk.about.plan, place.act, desk.today())
    return await place.handler(desk)


async def _ask_who(request: Request, place: Place) -> Response:
    """Somebody who is not at work: participants have no business here, others are asked to sign in. A form that comes
    after the end of a session is refused without being lost: the browser still has it.
    """
    service: Service = request.state.service
    if place.path != HOME and await service.participation.of(
        asking(request.scope["headers"])._replace(authorization="")
    ):
        raise Refusal("act_forbidden")
    if place.method != "GET":
        raise Refusal("staff_session_over")
    return sessions.ask_in(request, sessions.language(request))


def require_own_page(request: Request) -> None:
    """Raise ``Refusal`` ``origin_refused`` unless a page of this service sent the request."""
    asked = asking(request.scope["headers"])
    if asked.origin != request.state.service.settings.origin or asked.site not in ("", "same-origin"):
        raise Refusal("origin_refused")


def told_of(refusal: Refusal, language: Language) -> dict[str, Any]:
    """A refusal as templates read it: ``code``, ``field``, ``sentence``, ``status``."""
    told: Problem = problem(refusal, {**COMMON_REASONS, **REASONS})
    sentence = told.en if language == "en" else told.fr
    return {"code": told.code, "field": told.field, "sentence": sentence, "status": told.status}


def refused(request: Request, refusal: Refusal) -> Response:
    """A page that says why not, for what no form can mend."""
    service: Service = request.state.service
    language = sessions.language(request)
    told = told_of(refusal, language)
    html = service.templates[language].get_template("backoffice/refused.html").render(problem=told, home=HOME)
    return Response(html, told["status"], media_type="text/html; charset=utf-8")
