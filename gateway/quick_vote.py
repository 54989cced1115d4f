"""What a section has to vote on, the least voted first: one list for everybody, from which each browser drops what its
participant has voted on already (which only consultation_service knows) and draws the next one at random.
"""

import uuid
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.events import Id, PublicConsultation
from contracts.http import Refusal
from contracts.openapi import Operation, Parameter
from gateway import cursors, parameters
from gateway.answers import send
from gateway.cache import Answer, answer
from gateway.context import context
from gateway.cursors import Position
from gateway.documents import Contribution
from gateway.facts import excerpt
from gateway.open_data import DISCUSSED, JSON, LARGEST_PAGE, OPEN, PAGE
from gateway.states import today
from gateway.store import reading
from gateway.store.database import Pool
from gateway.store.reading import Selection

TEXT_CHARS: Final = 600
_decode: Final = msgspec.json.Decoder(Contribution).decode


class Votable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to vote on. ``text`` has no markup, and ends with an ellipsis when it is only a beginning; ``votes``
    are those cast here and those imported.
    """

    id: Id
    title: str
    text: str
    votes: int


class VotablePage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A piece of the list of what a section has to vote on. ``next`` is the cursor of what follows, null at the end."""

    items: list[Votable]
    next: str | None


async def listed(request: Request) -> Response:
    """``GET /open-data/consultations/{consultation}/sections/{section}/quick-vote``."""
    here = context(request)
    consultation = await here.catalogue.find(request.path_params["consultation"])
    section = section_of(consultation, request.path_params["section"])
    limit = parameters.number(request, "limit", PAGE, LARGEST_PAGE)
    cursor = request.query_params.get("cursor")
    after = cursors.decode(cursor, _order())[0] if cursor is not None else None

    async def make() -> Answer:
        found, following = await least_voted(here.pool, consultation, section, after, limit)
        items = [votable(item) for item in found]
        return answer(msgspec.json.encode(VotablePage(items=items, next=following)), JSON)

    state = here.catalogue.state_of(uuid.UUID(consultation.consultation))
    return send(request, await here.cache.get(("quick vote", section, after, limit), state, make), headers=OPEN)


def section_of(consultation: PublicConsultation, identifier: str) -> uuid.UUID:
    """The section of ``consultation`` with this id. Raises ``Refusal`` ``not_found``."""
    section = parameters.parsed(identifier, Refusal("not_found"))
    if not any(part.id == str(section) for part in consultation.sections):
        raise Refusal("not_found")
    return section


async def least_voted(
    pool: Pool, consultation: PublicConsultation, section: uuid.UUID, after: Position | None, limit: int
) -> tuple[list[Contribution], str | None]:
    """At most ``limit`` published items of ``section``, the least voted first, and the cursor of what follows.

    Those with as many votes are in an order drawn for the day: none is always first.
    """
    wanted = Selection(
        consultation=uuid.UUID(consultation.consultation), kinds=DISCUSSED, sections=[section],
        seed=today().toordinal(),
    )  # fmt: skip
    found = await reading.items(pool, wanted, "least_voted", after, limit + 1)
    following = cursors.encode(_order(), found[limit - 1].position) if len(found) > limit else None
    return [_decode(item.json) for item in found[:limit]], following


def votable(item: Contribution) -> Votable:
    """What is shown of ``item``."""
    votes = sum(item.tally.cast.values()) + sum((item.tally.imported or {}).values())
    return Votable(id=item.id, title=item.title, text=excerpt(item.body_html, TEXT_CHARS), votes=votes)


def _order() -> str:
    """A cursor is only of use on the day that made the order."""
    return f"least_voted-{today().toordinal()}"


ROUTES: Final = [Route("/open-data/consultations/{consultation}/sections/{section}/quick-vote", listed)]

OPERATIONS: Final = [
    Operation(
        "get", "/open-data/consultations/{consultation}/sections/{section}/quick-vote",
        "What a section has to vote on, the least voted first", answer=VotablePage,
        parameters=(
            Parameter("cursor", "query", str, "What the previous page called next; good until midnight in Paris."),
            Parameter("limit", "query", int, f"Items on a page, 1 to {LARGEST_PAGE}; {PAGE} when absent."),
        ),
        refusals=("unknown_consultation", "not_found", "invalid_cursor", "invalid_parameter"),
        path_types={"section": Id},
    ),
]  # fmt: skip
