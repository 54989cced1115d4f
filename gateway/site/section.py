"""``/consultations/{slug}/sections/{section}``: a bill with its articles, a questionnaire, or options to rank."""

import uuid
from typing import Any, Final

from starlette.responses import Response

from contracts.events import PublicSection
from contracts.http import Refusal
from gateway import parameters
from gateway.cache import Answer
from gateway.questionnaires import Asked, asked
from gateway.rankings import places
from gateway.site.contribution import decode
from gateway.site.sections import below
from gateway.site.visit import ConsultationVisit
from gateway.store import documents, reading, threads
from gateway.store.reading import Selection

ARTICLES: Final = 500
BESIDE: Final = 3
"""Amendments shown beside their article; the others are on its own page."""


async def page(visit: ConsultationVisit) -> Response:
    """The page of a section that has one; the others are a list on the page of the consultation."""
    identifier = parameters.parsed(visit.request.path_params["section"], Refusal("not_found"))
    section = visit.section(identifier)
    if section is None:
        raise Refusal("not_found")
    if section.kind not in _PAGES:
        return visit.elsewhere(f"?section={section.id}#contributions")
    template, gather = _PAGES[section.kind]

    async def make() -> Answer:
        facts = await gather(visit, section)
        return await visit.page(template, f"/sections/{section.id}", section=section, **facts)

    return await visit.send(("section", section.id), make)


async def _bill(visit: ConsultationVisit, section: PublicSection) -> dict[str, Any]:
    """Articles as they follow each other, section by section, each with the amendments that have most support."""
    pool = visit.here.pool
    sections = below(visit.consultation, uuid.UUID(section.id))
    wanted = Selection(consultation=visit.key, kinds=("article",), sections=sections, withdrawn=True)
    found = await reading.items(pool, wanted, "position", None, ARTICLES)
    amendments = await threads.first_about(pool, [item.id for item in found], "amendment", BESIDE)
    articles = [decode(item.json) for item in found]
    order = {part.id: n for n, part in enumerate(visit.consultation.sections)}
    articles.sort(key=lambda article: (article.appendix, order.get(article.section, -1)))  # stable: positions stay
    beside = {str(parent): [decode(item.json) for item in some] for parent, some in amendments.items()}
    return {"articles": articles, "amendments": beside}


async def _questionnaire(visit: ConsultationVisit, section: PublicSection) -> dict[str, Any]:
    """Its questions as they are read, with their totals."""
    totals = await documents.questionnaire_of(visit.here.pool, uuid.UUID(section.id))
    answers: dict[str, Asked] = {one.question.key: one for one in asked(section, totals)}
    return {"answers": answers, "sent": totals.sent if totals else 0}


async def _ranking(visit: ConsultationVisit, section: PublicSection) -> dict[str, Any]:
    """The options, and the results by each method."""
    pool = visit.here.pool
    wanted = Selection(consultation=visit.key, kinds=("option",), sections=[uuid.UUID(section.id)], withdrawn=True)
    options = [decode(item.json) for item in await reading.items(pool, wanted, "position", None, ARTICLES)]
    result = await documents.ranking_of(pool, uuid.UUID(section.id))
    found = places(result) if result else []
    if section.ranking and section.ranking.method == "condorcet":
        found.sort(key=lambda place: (place.schulze_rank, -place.borda))
    return {"options": options, "result": result, "places": found, "names": {one.id: one for one in options}}


_PAGES: Final = {
    "articles": ("bill.html", _bill),
    "questionnaire": ("questionnaire.html", _questionnaire),
    "ranking": ("ranking.html", _ranking),
}
