"""A visit of a page: what was asked for, in which language, and how the answer is drawn, kept and sent."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from contracts.events import PublicConsultation, PublicSection
from gateway import states
from gateway.answers import send
from gateway.cache import Answer, answer
from gateway.catalogue import document
from gateway.context import Context, context
from gateway.open_data import figures_of
from gateway.words import Language

HTML: Final = "text/html; charset=utf-8"
Make = Callable[[], Awaitable[Answer]]


def drawn(environment: Environment, template: str, path: str, **facts: Any) -> Answer:
    """A page. ``path`` is its address without the language."""
    root = str(environment.globals["root"])
    return answer(environment.get_template(template).render(path=path, here=root + path, **facts).encode(), HTML)


@dataclass(frozen=True, slots=True)
class Visit:
    """Of a page about all consultations, or none."""

    request: Request
    language: Language
    environment: Environment

    @property
    def here(self) -> Context:
        return context(self.request)

    def page(self, template: str, path: str, **facts: Any) -> Answer:
        """The page, drawn."""
        return drawn(self.environment, template, path, **facts)

    async def send(self, name: str, make: Make, *, depends: bool = True) -> Response:
        """The page ``name``, made again when any consultation changed, if it ``depends`` on them."""
        await self.here.catalogue.refresh()
        state = self.here.catalogue.state_of_all() if depends else None
        return send(self.request, await self.here.cache.get((name, self.language), state, make))


@dataclass(frozen=True, slots=True)
class ConsultationVisit:
    """Of a page about one consultation."""

    request: Request
    language: Language
    environment: Environment
    consultation: PublicConsultation

    @classmethod
    async def begin(cls, request: Request, language: Language, environment: Environment) -> "ConsultationVisit":
        """Find the consultation that the address names. Raises ``Refusal`` ``unknown_consultation``."""
        found = await context(request).catalogue.find(request.path_params["slug"])
        return cls(request, language, environment, found)

    @property
    def here(self) -> Context:
        return context(self.request)

    @property
    def key(self) -> uuid.UUID:
        return uuid.UUID(self.consultation.consultation)

    @property
    def home(self) -> str:
        """The address of the consultation, without the language."""
        return f"/consultations/{self.consultation.slug}"

    def section(self, identifier: str | uuid.UUID | None) -> PublicSection | None:
        """The section with this id."""
        return next((s for s in self.consultation.sections if s.id == str(identifier)), None)

    def possible(self, section: str) -> frozenset[str]:
        """What participants can do in ``section`` today (``states.possible``)."""
        return states.possible(self.consultation, section, states.today())

    async def page(self, template: str, path: str = "", **facts: Any) -> Answer:
        """The page at ``path`` below the consultation, drawn."""
        figures, _ = await figures_of(self.here, self.consultation.consultation)
        return drawn(
            self.environment, template, self.home + path, consultation=document(self.consultation, figures),
            figures=figures, home=str(self.environment.globals["root"]) + self.home, possible=self.possible,
            section_of=self.section, today=states.today(), **facts,
        )  # fmt: skip

    async def send(self, work: tuple[Any, ...], make: Make) -> Response:
        """The page that ``work`` names, made again when the consultation changed, or the day."""
        state = self.here.catalogue.state_of(self.key)
        return send(self.request, await self.here.cache.get((*work, self.language, self.key), state, make))

    def elsewhere(self, path: str) -> Response:
        """To another page of this consultation, in the same language."""
        return RedirectResponse(f"{self.environment.globals['root']}{self.home}{path}", 303)
