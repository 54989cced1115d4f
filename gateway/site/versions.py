"""``/consultations/{slug}/contributions/{id}/versions``: how a text changed."""

from starlette.responses import Response

from gateway.cache import Answer
from gateway.site.contribution import decode, identifier_of, shown
from gateway.site.visit import ConsultationVisit
from gateway.store import documents


async def page(visit: ConsultationVisit) -> Response:
    """The present version, then the former ones, each with what it changed from the one before it."""
    contribution = identifier_of(visit)
    item = await shown(visit, contribution)
    if item.id != contribution:
        return visit.elsewhere(f"/contributions/{item.id}#c-{contribution}")

    async def make() -> Answer:
        fresh = decode((await shown(visit, contribution)).json)
        former = await documents.versions_of(visit.here.pool, contribution)
        votes = {cast.text_version: cast.votes for cast in fresh.tally.by_version}
        return await visit.page(
            "versions.html", f"/contributions/{contribution}/versions", item=fresh, former=former, votes=votes
        )

    return await visit.send(("versions", contribution), make)
