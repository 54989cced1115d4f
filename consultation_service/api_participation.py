"""What a participant did, as JSON."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultation_service.api import PATHS, answer, require_id
from consultation_service.participation import asking
from consultation_service.service import Service
from consultation_service.store import contributions, participants
from contracts.events import ContributionKind, Id
from contracts.http import Refusal
from contracts.openapi import Operation
from contracts.scales import CHOICE_NAMES, ChoiceName


class MyVote(msgspec.Struct, frozen=True, kw_only=True):
    """A present vote."""

    contribution: Id
    choice: ChoiceName


class MyContribution(msgspec.Struct, frozen=True, kw_only=True):
    """Something the participant wrote; ``parent`` is what an argument or a source is about."""

    id: Id
    kind: ContributionKind
    parent: Id | None


class MyParticipation(msgspec.Struct, frozen=True, kw_only=True):
    """What the participant who asks did in a consultation."""

    consultation: Id
    contributions: list[MyContribution]
    votes: list[MyVote]


async def participation(request: Request) -> Response:
    """``GET /v1/consultations/{consultation}/participation``."""
    service: Service = request.state.service
    consultation = require_id(request.path_params["consultation"])
    sessions = await service.participation.of(asking(request.scope["headers"]), consultation)
    if not sessions or not await participants.takes_part(service.pool, consultation, sessions[0].pseudonym):
        raise Refusal("not_participating")
    pseudonym = sessions[0].pseudonym
    written = await contributions.contributions_of(service.pool, consultation, pseudonym)
    votes = await participants.votes_of(service.pool, consultation, pseudonym)
    return answer(
        MyParticipation(
            consultation=consultation,
            contributions=[MyContribution(id=row["id"], kind=row["kind"], parent=row["parent"]) for row in written],
            votes=[MyVote(contribution=row["contribution"], choice=CHOICE_NAMES[row["choice"]]) for row in votes],
        )
    )


OPERATIONS: Final = (
    Operation(
        "get", "/v1/consultations/{consultation}/participation", "What I wrote and how I vote.",
        MyParticipation, security="participant", path_types=PATHS,
        refusals=("not_participating", "token_refused", "unknown_consultation", "unavailable"),
    ),
)  # fmt: skip
