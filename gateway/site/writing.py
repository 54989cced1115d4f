"""Forms on a page of their own: an amendment, which begins with the text that it changes, and a reply to a comment."""

from starlette.responses import Response

from contracts.http import Refusal
from gateway.cache import Answer
from gateway.site.contribution import decode, identifier_of, shown
from gateway.site.conversation import DEEPEST
from gateway.site.visit import ConsultationVisit
from gateway.store import reading, threads

AMENDED = ("article", "proposal")


async def amend(visit: ConsultationVisit) -> Response:
    """``…/contributions/{id}/amend``: the text, to be changed. Raises ``Refusal`` ``unknown_contribution``."""
    contribution = identifier_of(visit)

    async def make() -> Answer:
        item = decode((await shown(visit, contribution)).json)
        if item.id != str(contribution) or item.kind not in AMENDED:
            raise Refusal("unknown_contribution")
        return await visit.page("amend.html", f"/contributions/{contribution}/amend", item=item)

    return await visit.send(("amend", contribution), make)


async def reply(visit: ConsultationVisit) -> Response:
    """``…/contributions/{id}/reply``: what is answered, and a form. Raises ``Refusal`` ``unknown_contribution``."""
    contribution = identifier_of(visit)

    async def make() -> Answer:
        pool = visit.here.pool
        item, about = await reading.item(pool, contribution), await shown(visit, contribution)
        if item is None:
            raise Refusal("unknown_contribution")
        return await visit.page(
            "reply.html", f"/contributions/{contribution}/reply", item=decode(item.json), about=decode(about.json),
            takes=await threads.depth_of(pool, contribution) < DEEPEST,
        )  # fmt: skip

    return await visit.send(("reply", contribution), make)
