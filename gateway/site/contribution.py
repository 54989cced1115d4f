"""``/consultations/{slug}/contributions/{id}``: what somebody said or what is submitted, and all that is about it."""

import uuid
from typing import Any, Final

import msgspec
from starlette.responses import Response

from contracts.http import Refusal
from gateway import cursors, parameters
from gateway.cache import Answer
from gateway.cursors import Position
from gateway.documents import Contribution
from gateway.site.conversation import Said, conversation
from gateway.site.visit import ConsultationVisit
from gateway.store import documents, reading, threads
from gateway.store.reading import Item, Selection

ARGUMENTS: Final = 50
AMENDMENTS: Final = 100
COMMENTS: Final = 500
decode: Final = msgspec.json.Decoder(Contribution).decode


async def page(visit: ConsultationVisit) -> Response:
    """A text with totals, amendments, arguments, sources, comments. An argument leads to what it is about."""
    contribution = identifier_of(visit)
    item = await shown(visit, contribution)
    path = f"/contributions/{item.id}"
    if item.id != contribution:
        return visit.elsewhere(f"{path}#c-{contribution}")
    cursor = visit.request.query_params.get("cursor")
    ends: list[Position | None] = [None, None] if cursor is None else cursors.decode(cursor, "arguments", 2)

    async def make() -> Answer:
        fresh = await shown(visit, item.id)
        sides = await _sides(visit, fresh, cursor is not None, ends)
        return await visit.page(
            "contribution.html", path, item=decode(fresh.json), parent=await parent_of(visit, fresh),
            arguments={side: [decode(a.json) for a in found[:ARGUMENTS]] for side, found in sides.items()},
            next=_both_ends(sides), first=cursor is None, **await _around(visit, fresh, sides),
        )  # fmt: skip

    return await visit.send(("contribution page", item.id, tuple(ends), cursor is None), make)


async def _sides(
    visit: ConsultationVisit, item: Item, continued: bool, ends: list[Position | None]
) -> dict[str, list[Item]]:
    """The arguments of each side, each column from its own place."""
    sides: dict[str, list[Item]] = {}
    for side, end in zip(("for", "against"), ends, strict=True):
        wanted = Selection(consultation=visit.key, kinds=("argument",), parent=item.id, side=side, withheld=True)
        ended = continued and end is None
        sides[side] = [] if ended else await reading.items(visit.here.pool, wanted, "supported", end, ARGUMENTS + 1)
    return sides


async def _around(visit: ConsultationVisit, item: Item, sides: dict[str, list[Item]]) -> dict[str, Any]:
    """Sources, amendments, comments, versions, answer and journal: what the counts say is empty is not asked for."""
    pool, read = visit.here.pool, decode(item.json)
    wanted = Selection(consultation=visit.key, kinds=("source",), parent=item.id, withheld=True)
    sources = await reading.items(pool, wanted, "supported", None, ARGUMENTS * 4)
    amendments = await threads.first_about(pool, [item.id], "amendment", AMENDMENTS) if read.amendments else {}
    spoken = [item, *(a for found in sides.values() for a in found[:ARGUMENTS]), *sources]
    return {
        "sources": [decode(source.json) for source in sources],
        "amendments": [decode(amendment.json) for amendment in amendments.get(item.id, [])],
        "conversations": await _conversations(visit, spoken),
        "versions": await documents.versions_of(pool, item.id) if read.text_version > 1 else [],
        "answer": (await documents.official_answers_to(pool, [item.id])).get(str(item.id)) if read.status else None,
        "journal": await documents.journal_of(pool, item.id),
    }


async def _conversations(visit: ConsultationVisit, spoken: list[Item]) -> dict[str, list[Said]]:
    commented = [one.id for one in spoken if one.comments]
    found = await threads.replies(visit.here.pool, commented, COMMENTS) if commented else []
    return conversation([decode(reply.json) for reply in found])


def identifier_of(visit: ConsultationVisit) -> uuid.UUID:
    """The id in the address. Raises ``Refusal`` ``unknown_contribution``."""
    return parameters.parsed(visit.request.path_params["id"], Refusal("unknown_contribution"))


async def shown(visit: ConsultationVisit, contribution: uuid.UUID) -> Item:
    """What the page of ``contribution`` is about. Raises ``Refusal`` ``unknown_contribution``."""
    item = await threads.page_of(visit.here.pool, contribution)
    if item is None or item.consultation != visit.key:
        raise Refusal("unknown_contribution")
    return item


async def parent_of(visit: ConsultationVisit, item: Item) -> Contribution | None:
    """What an amendment changes."""
    above = await reading.item(visit.here.pool, item.parent) if item.parent else None
    return None if above is None else decode(above.json)


def _both_ends(sides: dict[str, list[Item]]) -> str | None:
    """The cursor of the next page of arguments: each column goes on from its own end; null when both are finished."""
    ends: list[Position | None] = [
        found[ARGUMENTS - 1].position if len(found) > ARGUMENTS else None for found in sides.values()
    ]
    return cursors.encode("arguments", *ends) if any(ends) else None
