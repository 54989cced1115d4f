"""What helps to take part, and on what terms: help, terms of use, of the site and of each consultation."""

from starlette.responses import Response

from gateway.cache import Answer
from gateway.site.visit import ConsultationVisit, Visit


async def help_page(visit: Visit) -> Response:
    """``/help``: the questions people ask, and who answers those that are left."""
    consultations = await visit.here.catalogue.all()

    async def make() -> Answer:
        return visit.page("help.html", "/help", consultations=consultations)

    return await visit.send("help", make)


async def terms(visit: Visit) -> Response:
    """``/terms``: what holds for every consultation, and which version each one has."""
    consultations = await visit.here.catalogue.all()

    async def make() -> Answer:
        return visit.page("terms.html", "/terms", consultations=consultations)

    return await visit.send("terms", make)


async def terms_of(visit: ConsultationVisit) -> Response:
    """``/consultations/{slug}/terms``: the same, with its organiser and its version."""

    async def make() -> Answer:
        return await visit.page("terms.html", "/terms")

    return await visit.send(("terms",), make)
