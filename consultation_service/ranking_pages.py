"""Ranking the options of a section: by numbers without script; by dragging, with buttons or by keyboard with it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import ID
from consultation_service.forms import Form, read_form
from consultation_service.pages import page
from consultation_service.questionnaire_forms import Fields, ranked
from consultation_service.rules.acts import Act
from consultation_service.store import rankings
from consultation_service.store.answering import Place, place_of
from consultation_service.store.consultations import require_act
from consultation_service.store.rankings import Ballot
from consultation_service.visits import Visit, visit
from contracts.http import Refusal

PATH: Final = "/sections/{section}/ranking"
_POINTS: Final = re.compile(r"\d{1,7}")


@page
async def show(request: Request) -> Response:
    """``GET``: the options, in the order of the participant's ranking when they have one."""
    seen, place = await _open(request)
    if not await seen.inside():
        return seen.go(seen.join)
    ballot = await rankings.ballot_of(seen.service.pool, place.section, seen.participant)
    try:
        await require_act(seen.service.pool, place.consultation, Act.RANK, seen.day, place.section)
    except Refusal as refusal:
        # Nothing was asked that is refused: one reads one's own ranking.
        return await _show(seen, place, ballot, _fields(ballot), locked=seen.sentence(refusal))
    return await _show(seen, place, ballot, _fields(ballot))


@page
async def save(request: Request) -> Response:
    """``POST``: save the ranking (``rank.<option>``, ``points.<option>``), or ``go=withdraw``."""
    form = await read_form(request)
    seen, place = await _open(request, form)
    if form.get("go") == "withdraw":
        await rankings.withdraw(seen.service.pool, place, seen.participant, seen.day)
        return seen.go(seen.own(done="withdrawn"))
    try:
        await rankings.cast(seen.service.pool, place, seen.participant, await _ballot(seen, place, form), seen.day)
    except Refusal as refusal:
        ballot = await rankings.ballot_of(seen.service.pool, place.section, seen.participant)
        return await _show(seen, place, ballot, {name: [value] for name, value in form.fields}, refusal)
    return seen.go(seen.own(done="saved"))


async def _open(request: Request, form: Form | None = None) -> tuple[Visit, Place]:
    section: str = request.path_params["section"]
    if not ID.fullmatch(section):
        raise Refusal("unknown_section")
    place = await place_of(request.state.service.pool, section, "ranking")
    return await visit(request, place.consultation, form), place


async def _ballot(seen: Visit, place: Place, form: Form) -> Ballot:
    options = [row["id"] for row in await rankings.options_of(seen.service.pool, place)]
    order = ranked({option: form.get(f"rank.{option}") for option in options}, "ranking")
    rules = rankings.rules_of(place)
    points = {option: form.get(f"points.{option}") for option in options} if rules.points else {}
    if not all(_POINTS.fullmatch(given) for given in points.values() if given):
        raise Refusal("points_refused", field="points", most=rules.points)
    return Ballot(tuple(order), {option: int(given) for option, given in points.items() if given})


def _fields(ballot: Ballot | None) -> Fields:
    if ballot is None:
        return {}
    ranks = {f"rank.{option}": [str(rank)] for rank, option in enumerate(ballot.ranked, 1)}
    return ranks | {f"points.{option}": [str(given)] for option, given in ballot.points.items()}


async def _show(
    seen: Visit, place: Place, ballot: Ballot | None, typed: Fields, refusal: Refusal | None = None, **facts: Any
) -> Response:
    rules = rankings.rules_of(place)
    rows = await rankings.options_of(seen.service.pool, place)
    options = [{"key": row["id"], "label": row["title"]} for row in rows]
    bodies: Mapping[str, str] = {row["id"]: row["body_html"] for row in rows}
    # In the order that the participant gave, so that numbers read from the top also without script.
    places = {option: rank for rank, option in enumerate(ballot.ranked if ballot else ())}
    options.sort(key=lambda option: places.get(option["key"], len(options)))
    return seen.page(
        "ranking.html",
        refusal,
        place=place,
        rules=rules,
        options=options,
        bodies=bodies,
        most=rules.most or len(options),
        typed=typed,
        ballot=ballot,
        **{"locked": "", **facts},
    )


ROUTES: Final = (Route(PATH, show), Route(PATH, save, methods=["POST"]))
