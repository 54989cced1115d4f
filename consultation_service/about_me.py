"""What the organiser asks participants about themselves: always optional, its purpose beside each question."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service import api
from consultation_service.forms import Form, read_form
from consultation_service.pages import page
from consultation_service.rules.attributes import CATALOGUE
from consultation_service.store import attributes
from consultation_service.store.attributes import Asked
from consultation_service.visits import Visit, visit
from contracts.http import Refusal

PATH: Final = "/consultations/{consultation}/about-me"


@page
async def show(request: Request) -> Response:
    """``GET``: the questions, filled in."""
    seen, asked = await _open(request)
    if not await seen.inside():
        return seen.go(seen.join)
    said = await attributes.attributes_of(seen.service.pool, seen.consultation, seen.participant)
    return _show(seen, asked, said, said)


@page
async def save(request: Request) -> Response:
    """``POST``: keep the answers, or ``go=withdraw`` all of them."""
    form = await read_form(request)
    seen, asked = await _open(request, form)
    given: dict[str, str] = {one.attribute: form.get(one.attribute) for one in asked.declared}
    if form.get("go") == "withdraw":
        given = {}
    try:
        await attributes.say(seen.service.pool, seen.consultation, seen.participant, given, seen.day)
    except Refusal as refusal:
        said = await attributes.attributes_of(seen.service.pool, seen.consultation, seen.participant)
        return _show(seen, asked, given, said, refusal)
    if _first(request):
        return seen.go(seen.back)
    return seen.go(seen.own(done="withdrawn" if form.get("go") == "withdraw" else "saved"))


async def _open(request: Request, form: Form | None = None) -> tuple[Visit, Asked]:
    consultation = api.require_id(request.path_params["consultation"])
    seen = await visit(request, consultation, form)
    return seen, await attributes.asked_in(seen.service.pool, consultation)


def _first(request: Request) -> bool:
    return request.query_params.get("first") == "yes"


def _show(
    seen: Visit, asked: Asked, given: Mapping[str, str], said: Mapping[str, str], refusal: Refusal | None = None
) -> Response:
    word = 0 if seen.language == "fr" else 1
    questions = [
        {
            "name": one.attribute,
            "label": CATALOGUE[one.attribute].label[word],
            "purpose": one.purpose,
            "values": [(value, words[word]) for value, words in CATALOGUE[one.attribute].values.items()],
        }
        for one in asked.declared
    ]
    return seen.page(
        "about_me.html",
        refusal,
        title=asked.title,
        questions=questions,
        given=given,
        said=said,
        first=_first(seen.request),
        action=seen.own(**({"first": "yes"} if _first(seen.request) else {})),
    )


ROUTES: Final = (Route(PATH, show), Route(PATH, save, methods=["POST"]))
