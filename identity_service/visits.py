"""A visit to one of the pages: its language, the journey it is part of, and how its answer is written.

A journey is what brought the person here: a consultation to take part in and the state that consultation_service put in
their browser. It travels in the query of our own pages, so that two tabs can follow two journeys.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from contracts.events import Language
from contracts.http import COMMON_REASONS, Refusal
from contracts.logs import log
from identity_service import origins, words
from identity_service.context import Context
from identity_service.errors import REASONS
from identity_service.store.database import UNAVAILABLE

UUID4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
STATE: Final = re.compile(r"[A-Za-z0-9_-]{16,256}")
MAX_FIELDS: Final = 20
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Journey:
    """A consultation to take part in, and the browser's state there."""

    consultation: str
    state: str


class Visit:
    """One request to a page."""

    entrance: ClassVar = "/sign-in"
    """Where whoever is not signed in begins."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.context: Context = request.state.context
        self.language: Language = words.language_of(request.query_params.get("lang"))
        self.session = origins.read_cookie(request, self.context.settings, origins.SESSION_COOKIE)

    @property
    def journey(self) -> Journey | None:
        """The journey in the query; None when there is none, or when it is damaged."""
        query = self.request.query_params
        consultation, state = query.get("consultation", ""), query.get("state", "")
        if UUID4.fullmatch(consultation) and STATE.fullmatch(state):
            return Journey(consultation, state)
        return None

    def link(self, path: str, **query: str) -> str:
        """A link to another page of ours, in the same language and journey."""
        if self.journey:
            query = {"consultation": self.journey.consultation, "state": self.journey.state, **query}
        if self.language != "fr":
            query = {"lang": self.language, **query}
        return f"{path}?{urlencode(query)}" if query else path

    def same_page(self, language: Language) -> str:
        """The address of the present page in another language."""
        query = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        if language != "fr":
            query.append(("lang", language))
        path: str = self.request.url.path
        return f"{path}?{urlencode(query)}" if query else path

    async def form(self) -> dict[str, str]:
        """The fields of a form of ours. The edge has limited its size; its origin is checked before it is parsed."""
        origins.require_own_origin(self.request, self.context.settings)
        if self.request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise Refusal("unsupported_media_type")
        try:
            text = (await self.request.body()).decode()
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
        except ValueError:
            raise Refusal("invalid_field") from None
        if any("\0" in value for value in fields.values()):
            raise Refusal("invalid_field")
        return fields

    def render(self, template: str, status: int = 200, headers: dict[str, str] | None = None, **facts: Any) -> Response:
        """A page."""
        other: Language = "en" if self.language == "fr" else "fr"
        text = (
            templates()[self.language]
            .get_template(template)
            .render(
                link=self.link,
                other_language=self.same_page(other),
                gateway=self.context.settings.gateway_origin + ("/en" if self.language == "en" else "/"),
                signed_in=self.session is not None,
                look=self.context.settings.look,
                asset=self.request.app.state.static.address,
                problem=facts.pop("problem", None),
                **facts,
            )
        )
        answer = {"content-language": self.language, **(headers or {})}
        return HTMLResponse(text, status, answer)

    def redirect(self, location: str) -> Response:
        """Go on with a GET."""
        return RedirectResponse(location, 303)

    def sentence(self, refusal: Refusal) -> str:
        """A refusal in the language of the page."""
        reason = REASONS.get(refusal.code) or COMMON_REASONS[refusal.code]
        return getattr(reason, self.language).format(**refusal.facts)  # type: ignore[no-any-return]

    def problem(self, refusal: Refusal) -> dict[str, str]:
        """A refusal as the templates show it."""
        return {"field": refusal.field, "sentence": self.sentence(refusal), "code": refusal.code}

    def refuse(self, refusal: Refusal) -> Response:
        """A page that says why not, and what to do."""
        reason = REASONS.get(refusal.code) or COMMON_REASONS[refusal.code]
        return self.render("refusal.html", reason.status, problem=self.problem(refusal), missing=reason.status == 404)


V = TypeVar("V", bound=Visit)
Handler = Callable[[V], Awaitable[Response]]


class Page(Generic[V]):
    """An ASGI endpoint for a page: what goes wrong in it is told as a page, in the person's language."""

    def __init__(self, handler: Handler[V], visit: type[V]) -> None:
        self.handler = handler
        self.visit = visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = self.visit(Request(scope, receive))
        try:
            response = await self.handler(visit)
        except Refusal as refusal:
            out = refusal.code in ("signed_out", "staff_signed_out")
            response = visit.redirect(visit.link(visit.entrance)) if out else visit.refuse(refusal)
        except UNAVAILABLE as error:
            log("identity", "database_unavailable", error=type(error).__name__)
            response = visit.refuse(Refusal("unavailable"))
        except Exception:
            # The person gets a page; the edge, to which it goes on, logs and counts it.
            await visit.refuse(Refusal("internal"))(scope, receive, send)
            raise
        await response(scope, receive, send)


@cache
def templates() -> dict[Language, Environment]:
    """The page templates of both languages, read once."""
    return words.page_environments()
