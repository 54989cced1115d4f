"""Votes over HTTP: ``PUT`` and ``DELETE``, many a second."""

import re
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import ID, PATHS, WRITES, read_body, require_json
from consultation_service.participation import Asking, asking
from consultation_service.service import Service
from consultation_service.sessions import Session
from consultation_service.store import contributions
from consultation_service.store.database import UNAVAILABLE
from consultation_service.votes import WITHDRAW, Ballot, require_done
from contracts.edge import App, Receive, Scope, Send
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation
from contracts.scales import CHOICE_CODES, ChoiceName


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A vote: one of the choices of the item's scale."""

    choice: ChoiceName


VOTE: Final = "/v1/contributions/{contribution}/vote"
_VOTE: Final = re.compile(f"/v1/contributions/({ID.pattern})/vote")


class Votes:
    """``PUT`` and ``DELETE`` of one's vote. The busiest path by far, so it is answered before the router and without
    request and response objects: that is a third of its cost. Any other request goes to ``app``.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.route = Route(VOTE, unknown_vote, methods=["PUT", "DELETE"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _VOTE.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in ("PUT", "DELETE"):
            await self.app(scope, receive, send)
            return
        scope["route"] = self.route
        asked = asking(scope["headers"])
        choice = WITHDRAW
        if scope["method"] == "PUT":
            require_json(asked)
            choice = CHOICE_CODES[decode_json(await read_body(receive), Choice).choice]
        try:
            await cast_vote(scope["state"]["service"], asked, found[1], choice)
        except UNAVAILABLE:
            raise Refusal("unavailable") from None
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def unknown_vote(request: Request) -> Response:
    """What is not the id of a contribution comes here; so does a method that votes do not have."""
    raise Refusal("unknown_contribution")


async def cast_vote(service: Service, asked: Asking, contribution: str, choice: int) -> None:
    """Write a vote with those that arrive at the same time. Raises ``Refusal``."""
    if not ID.fullmatch(contribution):
        raise Refusal("unknown_contribution")
    session = await _voter(service, asked, contribution)
    require_done(await service.votes.submit(Ballot(contribution, session.pseudonym, choice)))


async def _voter(service: Service, asked: Asking, contribution: str) -> Session:
    sessions = await service.participation.of(asked)
    if sessions and not asked.authorization:
        service.participation.require_origin(asked)
    if len(sessions) > 1:
        consultation = await contributions.consultation_of(service.pool, contribution)
        sessions = [session for session in sessions if session.consultation == consultation]
    if not sessions:
        raise Refusal("not_participating")
    return sessions[0]


OPERATIONS: Final = (
    Operation(
        "put", VOTE, "Vote, change my vote, or confirm it on the present version of the text.",
        status=204, body=Choice, security="participant", path_types=PATHS,
        refusals=(*WRITES, "unknown_contribution", "withdrawn", "withheld", "choice_refused"),
    ),
    Operation(
        "delete", VOTE, "Withdraw my vote.",
        status=204, security="participant", path_types=PATHS,
        refusals=(
            "not_participating", "token_refused", "origin_refused", "not_open_yet", "closed", "state_refused",
            "phase_later", "phase_over", "unavailable", "unknown_contribution", "withdrawn", "withheld",
        ),
    ),
)  # fmt: skip
