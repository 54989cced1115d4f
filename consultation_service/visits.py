"""A participant on a page of this service: who they are, in which language, and where they go back."""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consultation_service.errors import REASONS
from consultation_service.forms import Form
from consultation_service.pages import return_address
from consultation_service.participation import asking
from consultation_service.service import Service
from consultation_service.states import day_of
from consultation_service.store.participants import takes_part
from consultation_service.words import Language, language_of
from contracts.http import COMMON_REASONS, Refusal, problem

NOBODY = b""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page. ``participant`` is ``NOBODY`` when the browser has no session: whoever writes then is
    refused with ``not_participating``, and finds on the page what they typed.
    """

    request: Request
    service: Service
    consultation: str
    participant: bytes
    language: Language
    back: str
    """An address of the gateway, or of this service."""

    @property
    def day(self) -> datetime.date:
        """Today in Paris."""
        return day_of(self.service.clock())

    def own(self, **question: str) -> str:
        """The address of this page with another question; the language and the way back stay."""
        return f"{self.request.url.path}?{urlencode({**question, 'return': self.back, 'lang': self.language})}"

    @property
    def join(self) -> str:
        """Where to sign in, and come back to this page."""
        return self.join_to(f"{self.service.settings.origin}{self.own(**_kept(self.request))}")

    def join_to(self, address: str) -> str:
        """Where to sign in, and then go to ``address``."""
        question = {"consultation": self.consultation, "return": address, "lang": self.language}
        return f"/participate?{urlencode(question)}"

    async def inside(self) -> bool:
        """Whether the participant still takes part."""
        return self.participant != NOBODY and await takes_part(self.service.pool, self.consultation, self.participant)

    def go(self, address: str) -> Response:
        """On to another page (303)."""
        return RedirectResponse(address, status_code=303)

    def page(self, template: str, refusal: Refusal | None = None, status: int = 200, **facts: Any) -> Response:
        """A page, with why it was refused in ``code``, ``field`` and ``sentence`` (empty when it was not)."""
        told = None if refusal is None else problem(refusal, {**COMMON_REASONS, **REASONS})
        given = {
            "visit": self,
            "home": self.service.settings.gateway_origin + "/",
            "back": self.back,
            "join": self.join,
            "code": "" if told is None else told.code,
            "field": "" if told is None else told.field,
            "sentence": "" if refusal is None else self.sentence(refusal),
            "done": self.request.query_params.get("done", ""),
            **facts,
        }
        html = self.service.templates[self.language].get_template(template).render(given)
        return Response(html, status if told is None else told.status, media_type="text/html; charset=utf-8")

    def sentence(self, refusal: Refusal) -> str:
        """The words of a refusal in the language of the page."""
        told = problem(refusal, {**COMMON_REASONS, **REASONS})
        return told.en if self.language == "en" else told.fr


async def visit(request: Request, consultation: str, form: Form | None = None) -> Visit:
    """Whose visit ``request`` is; what a form says of the way back and of the language counts like the address. Raises
    ``Refusal``: ``return_refused``, ``origin_refused`` for a form that comes from elsewhere.
    """
    service: Service = request.state.service
    asked = asking(request.scope["headers"])
    if form is not None:
        service.participation.require_origin(asked)
    sessions = await service.participation.of(asked, consultation)
    said = {name: request.query_params.get(name) or (form.get(name) if form else "") for name in ("return", "lang")}
    return Visit(
        request=request,
        service=service,
        consultation=consultation,
        participant=sessions[0].pseudonym if sessions else NOBODY,
        language=language_of(said["lang"]),
        back=return_address(said["return"] or "/", service.settings.gateway_origin, service.settings.origin),
    )


def _kept(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if name in ("step",)}
