"""Reports, appeals, and what participants are told of moderation: pages that work without script, and the JSON API.

Whoever reports is never shown to anybody: moderators read a motive and words, the public a motive.
"""

import datetime
from typing import Annotated, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import PATHS, WRITES, answer, require_contribution_id, require_json
from consultation_service.api_contributions import author_of
from consultation_service.contributions import clean_text
from consultation_service.forms import Form, read_form
from consultation_service.moderation_words import history, spoken, told
from consultation_service.pages import page
from consultation_service.participation import asking
from consultation_service.rules.moderation import APPEAL_DAYS, VISIBILITIES
from consultation_service.service import Service
from consultation_service.states import day_of, in_english, in_french
from consultation_service.store import contributions, reports
from consultation_service.store.moderation import Held
from consultation_service.visits import Visit, visit
from contracts.http import Refusal, decode_json
from contracts.motives import MOTIVES
from contracts.openapi import Operation

MAX_REPORT: Final = 1_000
MAX_APPEAL: Final = 2_000
EXCERPT: Final = 600


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a contribution should be looked at; ``words`` are for moderators only."""

    motive: Annotated[str, msgspec.Meta(description="One of the published list: " + ", ".join(MOTIVES) + ".")]
    words: str = ""


class NewAppeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a decision of moderation should be taken again; ``words`` are for moderators only."""

    words: str


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Moderators will read it; ``fresh`` is false when it was sent before."""

    fresh: bool


async def report(service: Service, participant: bytes, consultation: str, contribution: str, given: NewReport) -> bool:
    """Check and write a report; whether it is a new one. Raises ``Refusal``, naming the field."""
    if given.motive not in MOTIVES:
        raise Refusal("motive_unknown", field="motive")
    words = _clean(given.words, MAX_REPORT)
    today = day_of(service.clock())
    return await reports.report(service.pool, contribution, consultation, participant, given.motive, words, today)


async def appeal(service: Service, participant: bytes, consultation: str, contribution: str, given: NewAppeal) -> bool:
    """Check and write an appeal; whether it is a new one. Raises ``Refusal``, naming the field."""
    words = _clean(given.words, MAX_APPEAL)
    if not words:
        raise Refusal("text_missing", field="words")
    return await reports.appeal(service.pool, contribution, consultation, participant, words, day_of(service.clock()))


def _clean(words: str, limit: int) -> str:
    cleaned = clean_text(words, "words")
    if len(cleaned) > limit:
        raise Refusal("words_too_long", field="words", limit=limit)
    return cleaned


async def add_report(request: Request) -> Response:
    """``POST /v1/contributions/{contribution}/reports``: 201, or 200 when the same report already waits."""
    asked = asking(request.scope["headers"])
    require_json(asked)
    given = decode_json(await request.body(), NewReport)
    service, contribution = request.state.service, request.path_params["contribution"]
    session = await author_of(service, asked, contribution, changes=True)
    fresh = await report(service, session.pseudonym, session.consultation, contribution, given)
    return answer(Heard(fresh=fresh), 201 if fresh else 200)


async def add_appeal(request: Request) -> Response:
    """``POST /v1/contributions/{contribution}/appeals``: 201, or 200 when one's appeal already waits."""
    asked = asking(request.scope["headers"])
    require_json(asked)
    given = decode_json(await request.body(), NewAppeal)
    service, contribution = request.state.service, request.path_params["contribution"]
    session = await author_of(service, asked, contribution, changes=True)
    fresh = await appeal(service, session.pseudonym, session.consultation, contribution, given)
    return answer(Heard(fresh=fresh), 201 if fresh else 200)


@page
async def report_page(request: Request) -> Response:
    """``GET`` and ``POST /contributions/{contribution}/report``."""
    form, visited, contribution = await _visit(request)
    if form is None and not await visited.inside():
        return visited.go(visited.join)
    given = NewReport(motive=form.get("motive") if form else "", words=form.get("words") if form else "")
    refusal = None
    if form is not None:
        try:
            _require_inside(visited)
            await report(visited.service, visited.participant, visited.consultation, contribution, given)
        except Refusal as refused:
            refusal = refused
        else:
            return visited.go(visited.own(done="reported"))
    found = await reports.reading(visited.service.pool, contribution, visited.participant)
    return visited.page("report.html", refusal, about=_about(found, visited), given=given, motives=_motives(visited))


@page
async def appeal_page(request: Request) -> Response:
    """``GET`` and ``POST /contributions/{contribution}/appeal``: what moderation decided and why, and appealing."""
    form, visited, contribution = await _visit(request)
    if form is None and not await visited.inside():
        return visited.go(visited.join)
    given, refusal = NewAppeal(words=form.get("words") if form else ""), None
    if form is not None:
        try:
            _require_inside(visited)
            await appeal(visited.service, visited.participant, visited.consultation, contribution, given)
        except Refusal as refused:
            refusal = refused
        else:
            return visited.go(visited.own(done="appealed"))
    found = await reports.reading(visited.service.pool, contribution, visited.participant)
    facts = _decision(found.held, visited)
    return visited.page("appeal.html", refusal, about=_about(found, visited), given=given, **facts)


async def _visit(request: Request) -> tuple[Form | None, Visit, str]:
    contribution = require_contribution_id(request.path_params["contribution"])
    consultation = await contributions.consultation_of(request.state.service.pool, contribution)
    if consultation is None:
        raise Refusal("unknown_contribution")
    form = await read_form(request) if request.method == "POST" else None
    return form, await visit(request, consultation, form), contribution


def _require_inside(visited: Visit) -> None:
    if not visited.participant:
        raise Refusal("not_participating")


def _about(found: reports.Reading, visited: Visit) -> dict[str, Any]:
    excerpt = found.body[:EXCERPT]
    return {
        "id": found.held.id,
        "title": found.title,
        "body": excerpt + ("…" if len(found.body) > EXCERPT else ""),
        "own": bool(visited.participant) and found.held.author == visited.participant,
    }


def _motives(visited: Visit) -> list[tuple[bool, list[tuple[str, str, str]]]]:
    """Those in law, then those of the charter, as (name, words, sentence)."""
    return [
        (
            illegal,
            [
                (name, spoken(motive.name, visited.language), spoken(motive.sentence, visited.language))
                for name, motive in MOTIVES.items()
                if motive.illegal is illegal
            ],
        )
        for illegal in (True, False)
    ]


def _decision(held: Held, visited: Visit) -> dict[str, Any]:
    """What a participant is told of an item: the decision in force, whether they may appeal, what happened before."""
    last = held.last
    until = None if last is None else last.entry.day + datetime.timedelta(APPEAL_DAYS)
    in_words = in_english if visited.language == "en" else in_french
    participant = visited.participant
    return {
        "state": held.state,
        "visibility": spoken(VISIBILITIES[held.item.visibility], visited.language),
        "decision": None if last is None else told(last.entry, visited.language),
        "reporter": reports.reported_by(held, participant),
        "allowed": reports.concerned(held, participant) and until is not None and visited.day <= until,
        "until": "" if until is None else in_words(until),
        "waiting": held.item.appeal is not None and held.people.get(held.item.appeal.number) == participant,
        "history": history(held.entries, visited.language),
    }


ROUTES: Final = (
    Route("/v1/contributions/{contribution}/reports", add_report, methods=["POST"]),
    Route("/v1/contributions/{contribution}/appeals", add_appeal, methods=["POST"]),
    Route("/contributions/{contribution}/report", report_page, methods=["GET", "POST"]),
    Route("/contributions/{contribution}/appeal", appeal_page, methods=["GET", "POST"]),
)

OPERATIONS: Final = (
    Operation(
        "post", "/v1/contributions/{contribution}/reports", "Report a contribution to moderators.",
        Heard, 201, NewReport, security="participant", path_types=PATHS,
        refusals=(
            *WRITES, "unknown_contribution", "withdrawn", "motive_unknown", "words_too_long", "text_refused",
            "not_visible", "report_own", "already_reported", "too_many_reports", "reported_enough",
        ),
    ),
    Operation(
        "post", "/v1/contributions/{contribution}/appeals", "Appeal against a decision of moderation.",
        Heard, 201, NewAppeal, security="participant", path_types=PATHS,
        refusals=(
            *WRITES, "unknown_contribution", "withdrawn", "text_missing", "words_too_long", "text_refused",
            "appeal_refused", "appeal_late",
        ),
    ),
)  # fmt: skip
