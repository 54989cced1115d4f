"""Voting without script: a form of the gateway, or of one's own page, posts a choice and goes back."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service import api_votes
from consultation_service.api import require_contribution_id
from consultation_service.forms import read_form
from consultation_service.pages import page
from consultation_service.participation import asking
from consultation_service.store import contributions
from consultation_service.visits import Visit, visit
from consultation_service.votes import WITHDRAW, code_of
from contracts.http import Refusal
from contracts.scales import SCALES

VOTE: Final = "/contributions/{contribution}/vote"


@page
async def vote(request: Request) -> Response:
    """``POST /contributions/{contribution}/vote`` with ``choice``, ``withdraw`` included."""
    form = await read_form(request)
    contribution = request.path_params["contribution"]
    consultation = await contributions.consultation_of(
        request.state.service.pool, require_contribution_id(contribution)
    )
    if consultation is None:
        raise Refusal("unknown_contribution")
    visited = await visit(request, consultation, form)
    chosen = form.get("choice")
    try:
        choice = WITHDRAW if chosen == "withdraw" else code_of(chosen)
        await api_votes.cast_vote(visited.service, asking(request.scope["headers"]), contribution, choice)
    except Refusal as refusal:
        return await _form(visited, refusal, contribution)
    return visited.go(visited.back)


async def _form(visited: Visit, refusal: Refusal, contribution: str) -> Response:
    scale = await contributions.scale_of(visited.service.pool, contribution)
    return visited.page(
        "vote.html",
        refusal,
        action=f"/contributions/{contribution}/vote",
        choices=next((choices for name, choices in SCALES.items() if name == scale), ()),
        join=visited.join_to(visited.back),
    )


ROUTES: Final = (Route(VOTE, vote, methods=["POST"]),)
