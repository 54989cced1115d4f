"""The JSON API: contributions, votes, and what a participant did. Signed in by cookie or by bearer token."""

import re
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service import contributions as rules
from consultation_service.errors import REASONS
from consultation_service.health import Readiness
from consultation_service.markdown import render_aside
from consultation_service.participation import Asking, asking
from consultation_service.service import Service
from consultation_service.sessions import Session
from consultation_service.states import day_of, require_open
from consultation_service.store import contributions, participants
from consultation_service.store.contributions import Added
from consultation_service.store.database import UNAVAILABLE
from consultation_service.votes import WITHDRAW, Ballot, require_done
from contracts.edge import App, Receive, Scope, Send
from contracts.events import ContributionKind, Id
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation, Parameter, document
from contracts.scales import CHOICE_CODES, CHOICE_NAMES, ChoiceName

_ID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A vote: one of the choices of the item's scale."""

    choice: ChoiceName


class NewContribution(msgspec.Struct, frozen=True, kw_only=True):
    """The contribution that now exists."""

    id: Id


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


VOTE: Final = "/v1/contributions/{contribution}/vote"
_VOTE: Final = re.compile(f"/v1/contributions/({_ID.pattern})/vote")


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
            choice = CHOICE_CODES[decode_json(await _body(receive), Choice).choice]
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
    if not _ID.fullmatch(contribution):
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


async def write(service: Service, asked: Asking, consultation: str, draft: rules.Draft) -> Added:
    """Check and write a contribution. Raises ``Refusal``."""
    sessions = await service.participation.of(asked, require_id(consultation))
    if not sessions:
        raise Refusal("not_participating")
    if not asked.authorization:
        service.participation.require_origin(asked)
    author = sessions[0].pseudonym
    rules.require_shape(draft)
    key = rules.request_key(author, asked.idempotency_key, draft)
    place = rules.require_place(draft, await contributions.place_of(service.pool, consultation, draft))
    today = day_of(service.clock())
    require_open(place.opens_on, place.closes_on, today)
    text = rules.clean(draft)
    text = text._replace(body_html=await render_aside(text.body))
    return await contributions.add(service.pool, consultation, author, draft, text, place, key, today)


async def add_contribution(request: Request) -> Response:
    """``POST /v1/consultations/{consultation}/contributions``: 201, or 200 when a retry found the former one."""
    asked = asking(request.scope["headers"])
    require_json(asked)
    draft = decode_json(await request.body(), rules.Draft)
    added = await write(request.state.service, asked, request.path_params["consultation"], draft)
    return _json(NewContribution(id=added.id), 201 if added.fresh else 200)


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
    return _json(
        MyParticipation(
            consultation=consultation,
            contributions=[MyContribution(id=row["id"], kind=row["kind"], parent=row["parent"]) for row in written],
            votes=[MyVote(contribution=row["contribution"], choice=CHOICE_NAMES[row["choice"]]) for row in votes],
        )
    )


async def openapi(request: Request) -> Response:
    """``GET /openapi.json``."""
    return _json(DOCUMENT)


def require_id(consultation: str) -> str:
    """The id of a consultation. Raises ``Refusal`` ``unknown_consultation``."""
    if not _ID.fullmatch(consultation):
        raise Refusal("unknown_consultation")
    return consultation


def require_json(asked: Asking) -> None:
    """Raise ``Refusal`` unless the body says it is JSON."""
    if asked.content_type != "application/json" and asked.content_type.partition(";")[0].strip() != "application/json":
        raise Refusal("unsupported_media_type")


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


_WRITES: Final = (
    "not_participating", "token_refused", "origin_refused", "not_open_yet", "closed", "too_large", "invalid_json",
    "invalid_field", "unknown_field", "unsupported_media_type", "unavailable",
)  # fmt: skip
_IDEMPOTENCY: Final = Parameter(
    "Idempotency-Key", "header", str, "1 to 200 visible characters; the same key finds what it wrote before."
)
_PATHS: Final = {"consultation": Id, "contribution": Id}

OPERATIONS: Final = (
    Operation(
        "post", "/v1/consultations/{consultation}/contributions",
        "Write an opinion, a proposal, an argument or a source.",
        NewContribution, 201, rules.Draft, parameters=(_IDEMPOTENCY,), security="participant", path_types=_PATHS,
        refusals=(
            *_WRITES, "unknown_consultation", "kind_refused", "section_refused", "parent_refused", "side_missing",
            "text_missing", "text_unexpected", "title_too_long", "text_too_long", "text_refused", "link_refused",
            "key_refused", "key_reused", "withdrawn",
        ),
    ),
    Operation(
        "get", "/v1/consultations/{consultation}/participation", "What I wrote and how I vote.",
        MyParticipation, security="participant", path_types=_PATHS,
        refusals=("not_participating", "token_refused", "unknown_consultation", "unavailable"),
    ),
    Operation(
        "put", VOTE, "Vote, or change my vote.",
        status=204, body=Choice, security="participant", path_types=_PATHS,
        refusals=(*_WRITES, "unknown_contribution", "withdrawn", "choice_refused"),
    ),
    Operation(
        "delete", VOTE, "Withdraw my vote.",
        status=204, security="participant", path_types=_PATHS,
        refusals=(
            "not_participating", "token_refused", "origin_refused", "not_open_yet", "closed", "unavailable",
            "unknown_contribution", "withdrawn",
        ),
    ),
    Operation("get", "/healthz", "The process answers.", media="text/plain"),
    Operation("get", "/readyz", "Database, schema and bus are there (503 with the same body when not).", Readiness),
    Operation("get", "/metrics", "Figures for Prometheus.", media="text/plain"),
)  # fmt: skip

DOCUMENT: Final = document(
    "Cloison: consultation",
    "1",
    "What participants write: contributions and votes, under a pseudonym.",
    OPERATIONS,
    REASONS,
    {
        "participant": {
            "type": "http",
            "scheme": "bearer",
            "description": "The access token of identity; browsers use the cookie that POST /session sets instead.",
        }
    },
)
