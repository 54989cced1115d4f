"""The pages, in French at ``/`` and in English under ``/en/``. They are the same for everybody and set no cookie."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from contracts.events import PublicConsultation
from contracts.http import COMMON_REASONS, Refusal, problem
from gateway import cursors, parameters
from gateway.answers import send
from gateway.cache import Answer, answer
from gateway.catalogue import document
from gateway.context import context
from gateway.cursors import Position
from gateway.documents import Contribution
from gateway.errors import REASONS
from gateway.exports import TABLES
from gateway.open_data import DISCUSSED, figures_of
from gateway.settings import Settings
from gateway.site import assets, templating
from gateway.site.results import Results
from gateway.site.search import Search
from gateway.site.sections import below, tree
from gateway.states import today
from gateway.store import reading
from gateway.store.reading import Item, Selection
from gateway.words import LANGUAGES, Language

HTML: Final = "text/html; charset=utf-8"
CARDS: Final = 20
ARGUMENTS: Final = 50
Handler = Callable[[Request, Language], Awaitable[Response]]
_decode: Final = msgspec.json.Decoder(Contribution).decode


class Pages:
    """The handlers of every page, and the routes to them."""

    static_path = assets.PATH

    def __init__(self, settings: Settings) -> None:
        self._assets = assets.Assets()
        self._templates = templating.environments(settings, self._assets)
        self.routes: list[BaseRoute] = [Route(assets.PATH, self._assets.serve)]
        self.routes += [Route("/favicon.ico", self._icon)]
        for language in LANGUAGES:
            root = "" if language == "fr" else "/en"
            self.routes += [
                Route(root or "/", self._in(language, self.home)),
                Route(f"{root}/open-data", self._in(language, self.open_data)),
                Route(f"{root}/protection", self._in(language, self.protection)),
                Route(f"{root}/consultations/{{slug}}", self._in(language, self.consultation)),
                Route(f"{root}/consultations/{{slug}}/search", self._in(language, Search(self._page).page)),
                Route(f"{root}/consultations/{{slug}}/results", self._in(language, Results(self._page).page)),
                Route(f"{root}/consultations/{{slug}}/contributions/{{id}}", self._in(language, self.contribution)),
            ]

    @staticmethod
    def _in(language: Language, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await handler(request, language)

        return handle

    async def home(self, request: Request, language: Language) -> Response:
        """Open, coming and closed consultations."""
        here = context(request)
        consultations = await here.catalogue.all()

        async def make() -> Answer:
            shown = [document(c, (await figures_of(here, c.consultation))[0]) for c in consultations]
            return self._page("home.html", language, path="/", consultations=shown)

        return send(request, await here.cache.get(("home", language), here.catalogue.state_of_all(), make))

    async def open_data(self, request: Request, language: Language) -> Response:
        """What can be downloaded, in plain words."""
        here = context(request)
        consultations = await here.catalogue.all()

        async def make() -> Answer:
            tables = [table.name for table in TABLES]
            return self._page("open_data.html", language, path="/open-data", consultations=consultations, tables=tables)

        return send(request, await here.cache.get(("open-data", language), here.catalogue.state_of_all(), make))

    async def protection(self, request: Request, language: Language) -> Response:
        """Who knows what, and what is not protected."""
        here = context(request)

        async def make() -> Answer:
            return self._page("protection.html", language, path="/protection")

        return send(request, await here.cache.get(("protection", language), None, make))

    async def consultation(self, request: Request, language: Language) -> Response:
        """A consultation with its sections, and a page of its contributions."""
        here = context(request)
        consultation = await here.catalogue.find(request.path_params["slug"])
        key = uuid.UUID(consultation.consultation)
        sort = parameters.choice(request, "sort", templating.SORTS, "supported")
        section = parameters.identifier(request, "section")
        cursor = request.query_params.get("cursor")
        day = today()
        # A cursor in random order is only of use on the day that made the order.
        name = f"random-{day.toordinal()}" if sort == "random" else sort
        after = cursors.decode(cursor, name)[0] if cursor is not None else None
        selection = Selection(
            consultation=key,
            kinds=DISCUSSED,
            sections=below(consultation, section) if section else None,
            seed=day.toordinal(),
        )

        async def make() -> Answer:
            found = await reading.items(here.pool, selection, sort, after, CARDS + 1)  # type: ignore[arg-type]  # checked
            figures, counts = await figures_of(here, consultation.consultation)
            following = cursors.encode(name, found[CARDS - 1].position) if len(found) > CARDS else None
            return self._page(
                "consultation.html", language, path=f"/consultations/{consultation.slug}",
                consultation=document(consultation, figures), sections=tree(consultation, counts), figures=figures,
                chosen=_section(consultation, section), sort=sort, cards=[_card(item) for item in found[:CARDS]],
                next=following, first=after is None, tables=[table.name for table in TABLES],
            )  # fmt: skip

        work = ("consultation page", language, key, sort, section, after)
        return send(request, await here.cache.get(work, here.catalogue.state_of(key), make))

    async def contribution(self, request: Request, language: Language) -> Response:
        """An opinion or a proposal with totals, arguments and sources. An argument leads to what it is about."""
        here = context(request)
        consultation = await here.catalogue.find(request.path_params["slug"])
        key = uuid.UUID(consultation.consultation)
        contribution = parameters.parsed(request.path_params["id"], Refusal("unknown_contribution"))
        item = await self._item_or_parent(request, key, contribution)
        path = f"/consultations/{consultation.slug}/contributions/{item.id}"
        if item.id != contribution:
            root = "" if language == "fr" else "/en"
            return RedirectResponse(f"{root}{path}#c-{contribution}", 303)
        cursor = request.query_params.get("cursor")
        ends = cursors.decode(cursor, "arguments", 2) if cursor is not None else [None, None]

        async def make() -> Answer:
            sides: dict[str, list[Item]] = {}
            for side, end in zip(("for", "against"), ends, strict=True):
                wanted = Selection(consultation=key, kinds=("argument",), parent=item.id, side=side)
                ended = cursor is not None and end is None
                sides[side] = [] if ended else await reading.items(here.pool, wanted, "supported", end, ARGUMENTS + 1)
            wanted = Selection(consultation=key, kinds=("source",), parent=item.id)
            sources = await reading.items(here.pool, wanted, "supported", None, ARGUMENTS * 4)
            read = _decode((await self._item_or_parent(request, key, item.id)).json)
            figures, _ = await figures_of(here, consultation.consultation)
            return self._page(
                "contribution.html", language, path=path, consultation=document(consultation, figures), item=read,
                section=_section(consultation, uuid.UUID(read.section)),
                arguments={side: [_decode(a.json) for a in found[:ARGUMENTS]] for side, found in sides.items()},
                sources=[_decode(source.json) for source in sources], next=_both_ends(sides), first=cursor is None,
            )  # fmt: skip

        work = ("contribution page", language, key, item.id, tuple(ends), cursor is None)
        return send(request, await here.cache.get(work, here.catalogue.state_of(key), make))

    async def _item_or_parent(self, request: Request, consultation: uuid.UUID, contribution: uuid.UUID) -> Item:
        item = await reading.item(context(request).pool, contribution)
        if item is not None and item.parent is not None:
            item = await reading.item(context(request).pool, item.parent)
        if item is None or item.consultation != consultation:
            raise Refusal("unknown_contribution")
        return item

    async def _icon(self, request: Request) -> Response:
        return RedirectResponse(self._assets.address("icon.svg"), 301)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """A page that says what happened, in the language of the address."""
        path = request.url.path
        language: Language = "en" if path == "/en" or path.startswith("/en/") else "fr"
        found = problem(refusal, {**COMMON_REASONS, **REASONS})
        sentence = found.en if language == "en" else found.fr
        made = self._page("refused.html", language, path="/", sentence=sentence)
        return Response(made.body, found.status, headers={"cache-control": "no-store"}, media_type=HTML)

    def _page(self, template: str, language: Language, **facts: Any) -> Answer:
        return answer(self._templates[language].get_template(template).render(**facts).encode(), HTML)


def _card(item: Item) -> dict[str, Any]:
    return {"item": _decode(item.json), "excerpt": item.excerpt}


def _section(consultation: PublicConsultation, section: uuid.UUID | None) -> Any:
    return next((s for s in consultation.sections if section is not None and s.id == str(section)), None)


def _both_ends(sides: dict[str, list[Item]]) -> str | None:
    """The cursor of the next page of arguments: each column goes on from its own end; null when both are finished."""
    ends: list[Position | None] = [
        found[ARGUMENTS - 1].position if len(found) > ARGUMENTS else None for found in sides.values()
    ]
    return cursors.encode("arguments", *ends) if any(ends) else None
