"""Pages about all consultations: the home page, open data, protection."""

import uuid

from starlette.responses import Response

from gateway.cache import Answer
from gateway.catalogue import document
from gateway.exports import TABLES
from gateway.open_data import figures_of
from gateway.site.visit import Visit
from gateway.store import documents


async def page(visit: Visit) -> Response:
    """Open, coming, closed and archived consultations, and what became of those that are over."""
    here = visit.here
    consultations = await here.catalogue.all()

    async def make() -> Answer:
        shown = [document(c, (await figures_of(here, c.consultation))[0]) for c in consultations]
        found = await documents.outcomes(here.pool)
        outcomes = {one.id: found.get(uuid.UUID(one.id), documents.Outcome()) for one in shown}
        return visit.page("home.html", "/", consultations=shown, outcomes=outcomes)

    return await visit.send("home", make)


async def open_data(visit: Visit) -> Response:
    """What can be downloaded, in plain words."""
    consultations = await visit.here.catalogue.all()

    async def make() -> Answer:
        tables = [table.name for table in TABLES]
        return visit.page("open_data.html", "/open-data", consultations=consultations, tables=tables)

    return await visit.send("open-data", make)


async def protection(visit: Visit) -> Response:
    """Who knows what, and what is not protected."""

    async def make() -> Answer:
        return visit.page("protection.html", "/protection")

    return await visit.send("protection", make, depends=False)
