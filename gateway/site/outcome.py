"""``/consultations/{slug}/restitution``: what became of what people said."""

import uuid
from typing import Final

from starlette.responses import Response

from gateway.cache import Answer
from gateway.site.contribution import decode
from gateway.site.visit import ConsultationVisit
from gateway.store import documents, threads

ANSWERS: Final = 50


async def page(visit: ConsultationVisit) -> Response:
    """The restitution, the syntheses, and the official answers to what had most support."""

    async def make() -> Answer:
        pool = visit.here.pool
        answers = await documents.last_official_answers(pool, visit.key, ANSWERS)
        items = await threads.by_id(pool, [uuid.UUID(answer.contribution) for answer in answers])
        return await visit.page(
            "restitution.html", "/restitution", statements=await documents.statements_of(pool, visit.key),
            answers=answers, items={str(key): decode(item.json) for key, item in items.items()},
            statuses=await documents.statuses(pool, visit.key),
        )  # fmt: skip

    return await visit.send(("restitution",), make)
