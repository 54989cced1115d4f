"""What a participant follows, and how often they want to be told, as JSON."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import ID, answer, require_id, require_json
from consultation_service.participation import asking
from consultation_service.service import Service
from consultation_service.store import notices
from contracts.events import Id
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation

FOLLOW: Final = "/v1/follows/{target}"
FOLLOWS: Final = "/v1/consultations/{consultation}/follows"


class MyFollows(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of what I follow: the consultation, sections, contributions."""

    frequency: notices.Frequency
    targets: list[Id]


class NewFrequency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``immediate`` is once an hour; ``none`` keeps the list and sends nothing."""

    frequency: notices.Frequency


async def follow(request: Request) -> Response:
    """``PUT /v1/follows/{target}``."""
    service, consultation, participant, target = await _target(request)
    if not await notices.follow(service.pool, consultation, participant, target):
        raise Refusal("unknown_target")
    return Response(status_code=204)


async def unfollow(request: Request) -> Response:
    """``DELETE /v1/follows/{target}``."""
    service, _, participant, target = await _target(request)
    await notices.unfollow(service.pool, participant, target)
    return Response(status_code=204)


async def read_follows(request: Request) -> Response:
    """``GET /v1/consultations/{consultation}/follows``."""
    service: Service = request.state.service
    consultation = require_id(request.path_params["consultation"])
    participant = await _participant(request, consultation)
    frequency = await notices.frequency_of(service.pool, consultation, participant)
    if frequency is None:
        raise Refusal("not_participating")
    rows = await notices.followed(service.pool, consultation, participant)
    return answer(MyFollows(frequency=frequency, targets=[row["target"] for row in rows]))


async def choose_frequency(request: Request) -> Response:
    """``PUT /v1/consultations/{consultation}/follows``."""
    service: Service = request.state.service
    consultation = require_id(request.path_params["consultation"])
    participant = await _participant(request, consultation, writes=True)
    require_json(asking(request.scope["headers"]))
    new = decode_json(await request.body(), NewFrequency)
    if not await notices.set_frequency(service.pool, consultation, participant, new.frequency):
        raise Refusal("not_participating")
    return Response(status_code=204)


async def _target(request: Request) -> tuple[Service, str, bytes, str]:
    service: Service = request.state.service
    target: str = request.path_params["target"]
    consultation = await notices.consultation_of(service.pool, target) if ID.fullmatch(target) else None
    if consultation is None:
        raise Refusal("unknown_target")
    return service, consultation, await _participant(request, consultation, writes=True), target


async def _participant(request: Request, consultation: str, *, writes: bool = False) -> bytes:
    service: Service = request.state.service
    asked = asking(request.scope["headers"])
    sessions = await service.participation.of(asked, consultation)
    if not sessions:
        raise Refusal("not_participating")
    if writes and not asked.authorization:
        service.participation.require_origin(asked)
    return sessions[0].pseudonym


ROUTES: Final = (
    Route(FOLLOW, follow, methods=["PUT"]),
    Route(FOLLOW, unfollow, methods=["DELETE"]),
    Route(FOLLOWS, read_follows),
    Route(FOLLOWS, choose_frequency, methods=["PUT"]),
)
_REFUSED: Final = ("not_participating", "token_refused", "unavailable")
_PATHS: Final = {"target": Id, "consultation": Id}

OPERATIONS: Final = (
    Operation(
        "put", FOLLOW, "Follow the consultation, a section or a contribution.",
        status=204, security="participant", path_types=_PATHS,
        refusals=(*_REFUSED, "origin_refused", "unknown_target"),
    ),
    Operation(
        "delete", FOLLOW, "Follow it no more.",
        status=204, security="participant", path_types=_PATHS,
        refusals=(*_REFUSED, "origin_refused", "unknown_target"),
    ),
    Operation(
        "get", FOLLOWS, "What I follow, and how often I want to be told.",
        MyFollows, security="participant", path_types=_PATHS, refusals=(*_REFUSED, "unknown_consultation"),
    ),
    Operation(
        "put", FOLLOWS, "Choose how often to be told.",
        status=204, body=NewFrequency, security="participant", path_types=_PATHS,
        refusals=(
            *_REFUSED, "origin_refused", "unknown_consultation", "invalid_json", "invalid_field", "unknown_field",
            "unsupported_media_type", "too_large",
        ),
    ),
)  # fmt: skip
