"""Contributions over HTTP, as JSON: written, changed and taken back by their authors."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultation_service import contributions as rules
from consultation_service.api import PATHS, WRITES, answer, require_contribution_id, require_id, require_json
from consultation_service.markdown import render_aside
from consultation_service.participation import Asking, asking
from consultation_service.personal_data import Kind, Level, find
from consultation_service.rules.acts import Act
from consultation_service.rules.differences import Segment, compare
from consultation_service.rules.edits import Limits
from consultation_service.service import Service
from consultation_service.sessions import Session
from consultation_service.states import day_of
from consultation_service.store import consultations, contributions, edits
from consultation_service.store.contributions import Added
from consultation_service.store.edits import Own
from contracts.events import AddedKind, Id
from contracts.http import Refusal, decode_json
from contracts.openapi import Operation, Parameter

CONTRIBUTION: Final = "/v1/contributions/{contribution}"
PERSONAL_DATA: Final = "/v1/personal-data"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data between two places of the text, counted in code points."""

    kind: Kind
    start: int
    end: int
    level: Level


class NewContribution(msgspec.Struct, frozen=True, kw_only=True):
    """The contribution that now exists; ``pending`` until moderators have read it, where they read first. ``findings``
    are what looks like personal data in its body: an author can still change it or withdraw it.
    """

    id: Id
    state: Literal["published", "pending"]
    findings: list[Finding]


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the text that is now the present one, and what looks like personal data in its body."""

    text_version: int
    findings: list[Finding]


class SomeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A text that somebody is writing."""

    text: Annotated[str, msgspec.Meta(max_length=10_000)]


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What looks like personal data in a text; nothing of it was kept."""

    findings: list[Finding]


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
    await consultations.require_act(service.pool, consultation, rules.KINDS[draft.kind].act, today, place.section)
    text = await _rendered(draft.kind, rules.texts_of(draft), place.limits)
    changes = await _changes(place.parent_body, text.body) if draft.kind == "amendment" else ()
    return await contributions.add(service.pool, consultation, author, draft, text, place, changes, key, today)


async def author_of(service: Service, asked: Asking, contribution: str, *, changes: bool) -> Session:
    """The session of whoever asks for a contribution of theirs; ``changes`` when the request does so. Raises
    ``Refusal``.
    """
    sessions = await service.participation.of(asked)
    if sessions and changes and not asked.authorization:
        service.participation.require_origin(asked)
    consultation = await contributions.consultation_of(service.pool, require_contribution_id(contribution))
    if consultation is None:
        raise Refusal("unknown_contribution")
    for session in sessions:
        if session.consultation == consultation:
            return session
    raise Refusal("not_participating")


async def edit(service: Service, author: bytes, found: Own, given: rules.Edit) -> int:
    """Check and write new texts; returns the present version. Raises ``Refusal``."""
    today = day_of(service.clock())
    edits.require_editable(found)
    await consultations.require_act(service.pool, found.consultation, Act.EDIT_OWN, today, found.section)
    text = await _rendered(found.kind, given.over(found.texts), found.limits)
    base = found.base_body if found.kind == "amendment" else found.body
    changes = () if base is None else await _changes(base, text.body)
    return await edits.edit(service.pool, author, found, text, changes, today)


async def withdraw(service: Service, author: bytes, found: Own) -> None:
    """Take a contribution back. Raises ``Refusal``."""
    today = day_of(service.clock())
    await consultations.require_act(service.pool, found.consultation, Act.WITHDRAW_OWN, today, found.section)
    await edits.withdraw(service.pool, author, found.id)


async def _rendered(kind: AddedKind, texts: Mapping[str, str], limits: Limits) -> rules.Text:
    text = rules.clean(kind, texts)
    rules.require_length(limits, kind, text)
    return text._replace(body_html=await render_aside(text.body), explanation_html=await render_aside(text.explanation))


async def _changes(before: str, after: str) -> Sequence[Segment]:
    """Word by word, in another thread, so that no text holds up other people's votes."""
    return await asyncio.to_thread(compare, before, after)


async def add_contribution(request: Request) -> Response:
    """``POST /v1/consultations/{consultation}/contributions``: 201, or 200 when a retry found the former one."""
    asked = asking(request.scope["headers"])
    require_json(asked)
    draft = decode_json(await request.body(), rules.Draft)
    written = await write(request.state.service, asked, request.path_params["consultation"], draft)
    state: Literal["published", "pending"] = "pending" if written.pending else "published"
    made = NewContribution(id=written.id, state=state, findings=await findings(draft.body))
    return answer(made, 201 if written.fresh else 200)


async def own_contribution(request: Request) -> Response:
    """``PATCH /v1/contributions/{contribution}`` with the texts that change, the others stay; ``DELETE`` withdraws it,
    and again answers 204 when it was withdrawn before.
    """
    service: Service = request.state.service
    asked = asking(request.scope["headers"])
    given = rules.Edit()
    if request.method == "PATCH":
        require_json(asked)
        given = decode_json(await request.body(), rules.Edit)
    session = await author_of(service, asked, request.path_params["contribution"], changes=True)
    found = await edits.own(service.pool, request.path_params["contribution"], session.pseudonym)
    if request.method == "PATCH":
        version = await edit(service, session.pseudonym, found, given)
        return answer(Edited(text_version=version, findings=await findings(given.body or "")))
    await withdraw(service, session.pseudonym, found)
    return Response(status_code=204)


async def personal_data(request: Request) -> Response:
    """``POST /v1/personal-data``: what to think about before publishing. Nothing is kept, counted or logged of it."""
    require_json(asking(request.scope["headers"]))
    given = decode_json(await request.body(), SomeText)
    return answer(Findings(findings=await findings(given.text)))


async def findings(text: str) -> list[Finding]:
    """What looks like personal data, found in another thread."""
    return [Finding(**one._asdict()) for one in await asyncio.to_thread(find, text)]


_IDEMPOTENCY: Final = Parameter(
    "Idempotency-Key", "header", str, "1 to 200 visible characters; the same key finds what it wrote before."
)
_TEXTS: Final = (
    "text_missing", "text_unexpected", "title_too_long", "text_too_long", "text_over_limit", "text_refused",
    "link_refused",
)  # fmt: skip

OPERATIONS: Final = (
    Operation(
        "post", "/v1/consultations/{consultation}/contributions",
        "Write an opinion, a proposal, a question, an amendment, an argument, a source or a comment.",
        NewContribution, 201, rules.Draft, parameters=(_IDEMPOTENCY,), security="participant", path_types=PATHS,
        refusals=(
            *WRITES, *_TEXTS, "unknown_consultation", "kind_refused", "section_refused", "parent_refused",
            "side_missing", "key_refused", "key_reused", "withdrawn", "withheld", "too_deep", "base_changed",
            "too_many_texts",
        ),
    ),
    Operation(
        "patch", CONTRIBUTION, "Change what I wrote; the former text is kept as a version, votes stay as they are.",
        Edited, body=rules.Edit, security="participant", path_types=PATHS,
        refusals=(
            *WRITES, *_TEXTS, "unknown_contribution", "not_author", "withdrawn", "edit_refused", "edit_reviewed",
            "base_changed", "too_many_edits", "too_many_versions",
        ),
    ),
    Operation(
        "delete", CONTRIBUTION, "Withdraw what I wrote: its texts and their versions go, its place stays.",
        status=204, security="participant", path_types=PATHS,
        refusals=(
            "not_participating", "token_refused", "origin_refused", "not_open_yet", "state_refused",
            "unknown_contribution", "not_author", "unavailable",
        ),
    ),
    Operation(
        "post", PERSONAL_DATA, "What looks like personal data in a text. Nothing is kept.",
        Findings, body=SomeText,
        refusals=("too_large", "invalid_json", "invalid_field", "unknown_field", "unsupported_media_type"),
    ),
)  # fmt: skip
