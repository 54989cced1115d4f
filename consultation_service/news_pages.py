"""What is new in what a participant follows, how often they are told, and following from the public pages."""

import re
from collections.abc import Sequence
from typing import Any, Final, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import ID, require_id
from consultation_service.forms import read_form
from consultation_service.pages import page
from consultation_service.publication import Row
from consultation_service.states import in_english, in_french
from consultation_service.store import contributions, notices
from consultation_service.visits import Visit, visit
from contracts.http import Refusal

NEWS: Final = "/consultations/{consultation}/news"
FOLLOW: Final = "/follow"
EXCERPT: Final = 140
MARKS: Final = re.compile(r"[*_`>#]+")
"""What Markdown writes around words, which says nothing in one line."""


@page
async def news(request: Request) -> Response:
    """``GET /consultations/{consultation}/news``."""
    visited, (title, slug) = await _open(request)
    frequency = await notices.frequency_of(visited.service.pool, visited.consultation, visited.participant)
    if frequency is None:
        return visited.go(visited.join)
    return await _show(visited, title, slug, frequency)


@page
async def choose_frequency(request: Request) -> Response:
    """``POST /consultations/{consultation}/news`` with ``frequency``."""
    form = await read_form(request)
    consultation = require_id(request.path_params["consultation"])
    visited = await visit(request, consultation, form)
    frequency = next((one for one in get_args(notices.Frequency) if one == form.get("frequency")), None)
    if frequency is None:
        raise Refusal("invalid_field", field="frequency")
    if not await notices.set_frequency(visited.service.pool, consultation, visited.participant, frequency):
        return visited.go(visited.join)
    return visited.go(visited.own(done="frequency"))


@page
async def follow(request: Request) -> Response:
    """``POST /follow`` with ``consultation``, ``target``, ``wanted`` (``yes`` or ``no``) and ``return``; whoever has no
    session is shown where to get one, and comes back to the page they were on.
    """
    form = await read_form(request)
    consultation, target = require_id(form.get("consultation")), form.get("target")
    visited = await visit(request, consultation, form)
    if not ID.fullmatch(target):
        raise Refusal("unknown_target")
    if not await visited.inside():
        # Not a redirection to identity: the policy of the gateway's pages would rightly stop it.
        return visited.page("follow.html", Refusal("not_participating"), join=visited.join_to(visited.back))
    pool = visited.service.pool
    if form.get("wanted") != "yes":
        await notices.unfollow(pool, visited.participant, target)
    elif not await notices.follow(pool, consultation, visited.participant, target):
        raise Refusal("unknown_target")
    return visited.go(visited.back)


async def _open(request: Request) -> tuple[Visit, tuple[str, str]]:
    consultation = require_id(request.path_params["consultation"])
    visited = await visit(request, consultation)
    name = await contributions.name_of(visited.service.pool, consultation)
    if name is None:
        raise Refusal("unknown_consultation")
    return visited, name


async def _show(visited: Visit, title: str, slug: str, frequency: notices.Frequency) -> Response:
    pool, settings = visited.service.pool, visited.service.settings
    site = f"{settings.gateway_origin}{'/en' if visited.language == 'en' else ''}/consultations/{slug}"
    asked = (pool, visited.consultation, visited.participant)
    changes = await notices.latest_changes(*asked)
    followed = [_thing(visited, row, changes, site) for row in await notices.followed(*asked)]
    return visited.page(
        "news.html",
        title=title,
        site=site,
        frequency=frequency,
        followed=followed,
        whole=any(one["kind"] == "consultation" for one in followed),
        here=f"{settings.origin}{visited.own()}",
        question=urlencode({"return": visited.back, "lang": visited.language}),
    )


def _thing(visited: Visit, row: Row, changes: Sequence[Row], site: str) -> dict[str, Any]:
    own = row["kind"] in ("consultation", "section")
    return {
        "target": row["target"],
        "kind": row["kind"],
        "called": _excerpt(row["title"] or row["body"]),
        "address": site if own else f"{site}/contributions/{row['target']}",
        "changes": [
            {
                "change": change["change"],
                "called": _excerpt(change["title"] or change["body"]),
                "day": in_english(change["day"]) if visited.language == "en" else in_french(change["day"]),
                "address": f"{site}/contributions/{change['contribution']}" if change["contribution"] else site,
            }
            for change in changes
            if change["target"] == row["target"]
        ],
    }


def _excerpt(text: str) -> str:
    line = " ".join(MARKS.sub("", text).split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rsplit(" ", 1)[0] + "…"


ROUTES: Final = (
    Route(NEWS, news),
    Route(NEWS, choose_frequency, methods=["POST"]),
    Route(FOLLOW, follow, methods=["POST"]),
)
