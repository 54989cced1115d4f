"""Answers to questionnaires and rankings, as JSON: read, put and withdraw one's own."""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import ID, PATHS, WRITES, answer, require_json
from consultation_service.participation import asking
from consultation_service.service import Service
from consultation_service.states import day_of
from consultation_service.store import rankings, responses
from consultation_service.store.answering import Place, place_of
from consultation_service.store.participants import takes_part
from contracts.events import Id, SectionKind
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation

RESPONSE: Final = "/v1/sections/{section}/response"
RANKING: Final = "/v1/sections/{section}/ranking"
Shape = TypeVar("Shape")
Points = dict[Id, Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]]


class NewResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Answers by the key of their questions: a text; an option's key or ``{"other": text}``; a list of these; a list
    of options in order; a whole number; ``{row: column}``; a number; a day. All of them, each time.
    """

    answers: dict[str, Any]
    sent: bool = True
    """False keeps a draft, which may be incomplete and does not count."""


class MyResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What the participant sent, and what they are filling in."""

    answers: dict[str, Any]
    sent: bool
    draft: dict[str, Any] | None


class KeptResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept: answers to questions that are not shown are not. ``answered`` of the ``asked`` questions."""

    answers: dict[str, Any]
    shown: list[str]
    """Keys of the pages and questions that are shown with these answers."""
    answered: int
    asked: int


class NewRanking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ids of options, the preferred one first; and the points given to each, where there is a budget."""

    ranked: tuple[Id, ...]
    points: Points = {}


class MyRanking(msgspec.Struct, frozen=True, kw_only=True):
    """The present ranking; empty when there is none."""

    ranked: list[Id]
    points: Points


async def read_response(request: Request) -> Response:
    """``GET /v1/sections/{section}/response``."""
    service, place, participant = await _asked(request, "questionnaire", read=True)
    found = await responses.response_of(service.pool, place.section, participant)
    return answer(MyResponse(answers=found.answers, sent=found.sent, draft=found.draft))


async def put_response(request: Request) -> Response:
    """``PUT /v1/sections/{section}/response``: everything is accepted, or nothing."""
    service, place, participant = await _asked(request, "questionnaire")
    new = await _body(request, NewResponse)
    today = day_of(service.clock())
    if new.sent:
        checked = await responses.send(service.pool, place, participant, today, new.answers)
    else:
        checked = await responses.keep(service.pool, place, participant, new.answers, today, whole=True)
    for mistake in checked.mistakes:
        raise Refusal(mistake.code, field=mistake.field)
    return answer(
        KeptResponse(answers=checked.answers, shown=list(checked.shown), answered=checked.answered, asked=checked.asked)
    )


async def delete_response(request: Request) -> Response:
    """``DELETE /v1/sections/{section}/response``: draft and answers alike."""
    service, place, participant = await _asked(request, "questionnaire")
    await responses.withdraw(service.pool, place, participant, day_of(service.clock()))
    return Response(status_code=204)


async def read_ranking(request: Request) -> Response:
    """``GET /v1/sections/{section}/ranking``."""
    service, place, participant = await _asked(request, "ranking", read=True)
    found = await rankings.ballot_of(service.pool, place.section, participant) or rankings.NOTHING
    return answer(MyRanking(ranked=list(found.ranked), points=dict(found.points)))


async def put_ranking(request: Request) -> Response:
    """``PUT /v1/sections/{section}/ranking``."""
    service, place, participant = await _asked(request, "ranking")
    new = await _body(request, NewRanking)
    ballot = rankings.Ballot(new.ranked, new.points)
    await rankings.cast(service.pool, place, participant, ballot, day_of(service.clock()))
    return Response(status_code=204)


async def delete_ranking(request: Request) -> Response:
    """``DELETE /v1/sections/{section}/ranking``."""
    service, place, participant = await _asked(request, "ranking")
    await rankings.withdraw(service.pool, place, participant, day_of(service.clock()))
    return Response(status_code=204)


async def _asked(request: Request, kind: SectionKind, *, read: bool = False) -> tuple[Service, Place, bytes]:
    service: Service = request.state.service
    section: str = request.path_params["section"]
    if not ID.fullmatch(section):
        raise Refusal("unknown_section")
    asked = asking(request.scope["headers"])
    place = await place_of(service.pool, section, kind)
    sessions = await service.participation.of(asked, place.consultation)
    if not sessions:
        raise Refusal("not_participating")
    participant = sessions[0].pseudonym
    if read and not await takes_part(service.pool, place.consultation, participant):
        raise Refusal("not_participating")
    if not read and not asked.authorization:
        service.participation.require_origin(asked)
    return service, place, participant


async def _body(request: Request, shape: type[Shape]) -> Shape:
    require_json(asking(request.scope["headers"]))
    return decode_json(await request.body(), shape)


ROUTES: Final = (
    Route(RESPONSE, read_response),
    Route(RESPONSE, put_response, methods=["PUT"]),
    Route(RESPONSE, delete_response, methods=["DELETE"]),
    Route(RANKING, read_ranking),
    Route(RANKING, put_ranking, methods=["PUT"]),
    Route(RANKING, delete_ranking, methods=["DELETE"]),
)
_READS: Final = ("not_participating", "token_refused", "unknown_section", "unavailable")
_REMOVES: Final = (*_READS, "origin_refused", "state_refused")
_ANSWERS: Final = (
    "answer_missing", "answer_refused", "answer_too_long", "answer_out_of_bounds", "answers_too_few",
    "answers_too_many", "rows_missing", "other_missing", "option_repeated", "question_unknown", "text_refused",
    "already_sent",
)  # fmt: skip
_RANKS: Final = (
    "option_unknown", "option_repeated", "ranking_too_short", "ranking_too_long", "points_refused",
    "points_over_budget",
)  # fmt: skip

OPERATIONS: Final = (
    Operation(
        "get", RESPONSE, "What I answered to a questionnaire.",
        MyResponse, security="participant", path_types=PATHS, refusals=_READS,
    ),
    Operation(
        "put", RESPONSE, "Answer a questionnaire, or keep a draft.",
        KeptResponse, body=NewResponse, security="participant", path_types=PATHS,
        refusals=(*WRITES, "unknown_section", *_ANSWERS),
    ),
    Operation(
        "delete", RESPONSE, "Withdraw my answers.",
        status=204, security="participant", path_types=PATHS, refusals=_REMOVES,
    ),
    Operation(
        "get", RANKING, "How I rank the options of a section.",
        MyRanking, security="participant", path_types=PATHS, refusals=_READS,
    ),
    Operation(
        "put", RANKING, "Rank the options of a section.",
        status=204, body=NewRanking, security="participant", path_types=PATHS,
        refusals=(*WRITES, "unknown_section", *_RANKS),
    ),
    Operation(
        "delete", RANKING, "Withdraw my ranking.",
        status=204, security="participant", path_types=PATHS, refusals=_REMOVES,
    ),
)  # fmt: skip
