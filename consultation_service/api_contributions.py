"""Contributions over HTTP, as JSON."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultation_service import contributions as rules
from consultation_service.api import PATHS, WRITES, answer, require_id, require_json
from consultation_service.markdown import render_aside
from consultation_service.participation import Asking, asking
from consultation_service.service import Service
from consultation_service.states import day_of, require_open
from consultation_service.store import contributions
from consultation_service.store.contributions import Added
from contracts.events import Id
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation, Parameter


class NewContribution(msgspec.Struct, frozen=True, kw_only=True):
    """The contribution that now exists."""

    id: Id


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
    written = await write(request.state.service, asked, request.path_params["consultation"], draft)
    return answer(NewContribution(id=written.id), 201 if written.fresh else 200)


_IDEMPOTENCY: Final = Parameter(
    "Idempotency-Key", "header", str, "1 to 200 visible characters; the same key finds what it wrote before."
)

OPERATIONS: Final = (
    Operation(
        "post", "/v1/consultations/{consultation}/contributions",
        "Write an opinion, a proposal, an argument or a source.",
        NewContribution, 201, rules.Draft, parameters=(_IDEMPOTENCY,), security="participant", path_types=PATHS,
        refusals=(
            *WRITES, "unknown_consultation", "kind_refused", "section_refused", "parent_refused", "side_missing",
            "text_missing", "text_unexpected", "title_too_long", "text_too_long", "text_refused", "link_refused",
            "key_refused", "key_reused", "withdrawn",
        ),
    ),
)  # fmt: skip
