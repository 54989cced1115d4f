"""The moderation charter, and what moderation did: everything is public but who did it and what it withholds."""

import uuid
from typing import Final

from starlette.responses import Response

from contracts.http import Refusal
from contracts.motives import MOTIVES
from gateway import cursors
from gateway.cache import Answer
from gateway.site.contribution import decode, identifier_of
from gateway.site.visit import ConsultationVisit, Visit
from gateway.store import documents, reading, threads

ITEMS: Final = 30


async def charter(visit: Visit) -> Response:
    """``/moderation``: the motives, and what follows from a decision."""

    async def make() -> Answer:
        return visit.page("moderation_charter.html", "/moderation", motives=MOTIVES)

    return await visit.send("moderation", make, depends=False)


async def journal(visit: ConsultationVisit) -> Response:
    """``/consultations/{slug}/moderation``: item by item, the last moderated first."""
    cursor = visit.request.query_params.get("cursor")
    after = cursors.decode(cursor, "journal")[0] if cursor is not None else None

    async def make() -> Answer:
        pool = visit.here.pool
        found = await documents.journals(pool, visit.key, after, ITEMS + 1)
        journals = [one for one, _ in found[:ITEMS]]
        items = await threads.by_id(pool, [uuid.UUID(one.contribution) for one in journals])
        return await visit.page(
            "moderation_journal.html", "/moderation", journals=journals, first=after is None,
            items={str(key): decode(item.json) for key, item in items.items()},
            next=cursors.encode("journal", found[ITEMS - 1][1]) if len(found) > ITEMS else None,
        )  # fmt: skip

    return await visit.send(("journal", after), make)


async def journal_of(visit: ConsultationVisit) -> Response:
    """``…/contributions/{id}/moderation``: of one item, whatever its kind."""
    contribution = identifier_of(visit)

    async def make() -> Answer:
        item = await reading.item(visit.here.pool, contribution)
        if item is None or item.consultation != visit.key:
            raise Refusal("unknown_contribution")
        found = await documents.journal_of(visit.here.pool, contribution)
        return await visit.page(
            "moderation_journal.html", f"/contributions/{contribution}/moderation",
            journals=[found] if found else [], items={str(contribution): decode(item.json)}, first=True, next=None,
        )  # fmt: skip

    return await visit.send(("journal of", contribution), make)
