"""One's own participation: everything that a participant did in a consultation, and what can be done about it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service.api import require_id
from consultation_service.moderation_words import motive_name, told
from consultation_service.pages import page
from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.rules.edits import told_to_voter
from consultation_service.rules.lifecycle import allows, state_on
from consultation_service.states import in_english, in_french
from consultation_service.store import consultations, contributions, participants, reports, rulings
from consultation_service.visits import Visit, visit
from contracts.http import Refusal
from contracts.scales import CHOICE_NAMES

MINE: Final = "/consultations/{consultation}/mine"
STATES: Final = ("sent_back", "pending", "published", "hidden", "withdrawn")
"""In the order of what there is to do."""
EXCERPT: Final = 140


@page
async def mine(request: Request) -> Response:
    """``GET /consultations/{consultation}/mine``."""
    consultation = require_id(request.path_params["consultation"])
    visited = await visit(request, consultation)
    pool = visited.service.pool
    name = await contributions.name_of(pool, consultation)
    if name is None:
        raise Refusal("unknown_consultation")
    if not await visited.inside():
        return visited.go(visited.join)
    written = await contributions.contributions_of(pool, consultation, visited.participant)
    withheld = [row["id"] for row in written if row["state"] in ("hidden", "sent_back")]
    reasons = {item: told(entry, visited.language).sentences for item, entry in await rulings.of(pool, withheld)}
    site = (
        f"{visited.service.settings.gateway_origin}{'/en' if visited.language == 'en' else ''}/consultations/{name[1]}"
    )
    return visited.page(
        "mine.html",
        title=name[0],
        written=_written(visited, written, reasons, site, over=await _over(visited)),
        votes=[
            _vote(visited, row, site) for row in await participants.votes_of(pool, consultation, visited.participant)
        ],
        answers=await participants.answers_of(pool, consultation, visited.participant),
        reported=[
            {"id": row["contribution"], "kind": row["kind"], "called": _called(row), "day": _day(visited, row),
             "motive": motive_name(row["rule"], visited.language), "waits": row["waits"]}
            for row in await reports.reported(pool, consultation, visited.participant)
        ],
        rest=_rest(visited),
    )  # fmt: skip


def _written(
    visited: Visit, rows: Sequence[Row], reasons: Mapping[str, Sequence[str]], site: str, *, over: bool
) -> list[tuple[str, list[dict[str, Any]]]]:
    """The contributions by state."""
    items = [
        {
            "id": row["id"],
            "kind": row["kind"],
            "state": row["state"],
            "called": _called(row),
            "day": _day(visited, row),
            "version": row["text_version"],
            "reasons": reasons.get(row["id"], ()),
            "waits": row["waits"],
            "address": f"{site}/contributions/{row['read_with']}",
            "editable": not over and _editable(row),
        }
        for row in rows
    ]
    grouped = [(state, [item for item in items if item["state"] == state]) for state in STATES]
    return [(state, group) for state, group in grouped if group]


def _vote(visited: Visit, row: Row, site: str) -> dict[str, Any]:
    words = told_to_voter(row["text_version"], row["present"])
    return {
        "contribution": row["contribution"], "kind": row["kind"], "called": _called(row),
        "choice": CHOICE_NAMES[row["choice"]], "note": words[visited.language == "en"] if words else "",
        "published": row["state"] == "published", "address": f"{site}/contributions/{row['read_with']}",
    }  # fmt: skip


async def _over(visited: Visit) -> bool:
    """Whether nothing can be edited any more."""
    plan = await consultations.plan_of(visited.service.pool, visited.consultation)
    return not allows(state_on(plan, visited.day), Act.EDIT_OWN)


def _editable(row: Row) -> bool:
    return row["state"] in ("sent_back", "pending") or (row["state"] == "published" and not row["review_first"])


def _called(row: Row) -> str:
    """The title, or how the text begins."""
    text: str = row["title"] or " ".join(row["body"].split())
    return text if len(text) <= EXCERPT else text[:EXCERPT].rsplit(" ", 1)[0] + "…"


def _day(visited: Visit, row: Row) -> str:
    return in_english(row["day"]) if visited.language == "en" else in_french(row["day"])


def _rest(visited: Visit) -> dict[str, str]:
    """The other pages about oneself, which come back to this one."""
    here = visited.service.settings.origin + visited.own()
    question = urlencode({"return": here, "lang": visited.language})
    root = f"/consultations/{visited.consultation}"
    return {
        "question": question,
        "news": f"{root}/news?{question}",
        "about_me": f"{root}/about-me?{question}",
        "my_data": f"{visited.service.settings.identity_origin}/my-data?lang={visited.language}",
        "here": here,
    }


ROUTES: Final = (Route(MINE, mine, methods=["GET"]),)
