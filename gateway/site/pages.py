"""The pages, in French at ``/`` and in English under ``/en/``. They are the same for everybody and set no cookie."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from contracts.http import COMMON_REASONS, Refusal, problem
from gateway.errors import REASONS
from gateway.settings import Settings
from gateway.site import (
    accessibility,
    assets,
    consultation,
    contribution,
    guides,
    home,
    moderation,
    outcome,
    quick_vote,
    results,
    search,
    section,
    templating,
    versions,
    writing,
)
from gateway.site.visit import HTML, ConsultationVisit, Visit, drawn
from gateway.words import LANGUAGES, Language

PAGES: Final[dict[str, Callable[[Visit], Awaitable[Response]]]] = {
    "/": home.page,
    "/open-data": home.open_data,
    "/protection": home.protection,
    "/moderation": moderation.charter,
    "/help": guides.help_page,
    "/terms": guides.terms,
    "/accessibility": accessibility.statement,
}
CONSULTATION_PAGES: Final[dict[str, Callable[[ConsultationVisit], Awaitable[Response]]]] = {
    "": consultation.page,
    "/legal": consultation.legal,
    "/terms": guides.terms_of,
    "/search": search.page,
    "/results": results.page,
    "/restitution": outcome.page,
    "/moderation": moderation.journal,
    "/sections/{section}": section.page,
    "/sections/{section}/vote": quick_vote.page,
    "/contributions/{id}": contribution.page,
    "/contributions/{id}/versions": versions.page,
    "/contributions/{id}/moderation": moderation.journal_of,
    "/contributions/{id}/amend": writing.amend,
    "/contributions/{id}/reply": writing.reply,
}


async def _english_home(request: Request) -> Response:
    """What people type for ``/en``."""
    return RedirectResponse("/en", 308)


class Pages:
    """The routes to every page."""

    static_path = assets.PATH

    def __init__(self, settings: Settings) -> None:
        self._look = settings.look
        self._assets = assets.Assets(settings.look)
        self._environments = templating.environments(settings, self._assets)
        self.routes: list[BaseRoute] = [Route(assets.PATH, self._assets.serve), Route("/favicon.ico", self._icon)]
        self.routes.append(Route("/en/", _english_home))
        for language in LANGUAGES:
            root = "" if language == "fr" else "/en"
            for path, page in PAGES.items():
                address = root if path == "/" and root else root + path
                self.routes.append(Route(address, self._visited(language, page)))
            for path, part in CONSULTATION_PAGES.items():
                self.routes.append(Route(f"{root}/consultations/{{slug}}{path}", self._visited_there(language, part)))

    def _visited(
        self, language: Language, page: Callable[[Visit], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await page(Visit(request, language, self._environments[language]))

        return handle

    def _visited_there(
        self, language: Language, page: Callable[[ConsultationVisit], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await page(await ConsultationVisit.begin(request, language, self._environments[language]))

        return handle

    async def _icon(self, request: Request) -> Response:
        return RedirectResponse(self._assets.address(self._look.icon), 302)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """A page that says what happened, in the language of the address."""
        path = request.url.path
        language: Language = "en" if path == "/en" or path.startswith("/en/") else "fr"
        found = problem(refusal, {**COMMON_REASONS, **REASONS})
        sentence = found.en if language == "en" else found.fr
        made = drawn(self._environments[language], "refused.html", "/", sentence=sentence)
        return Response(made.body, found.status, headers={"cache-control": "no-store"}, media_type=HTML)
