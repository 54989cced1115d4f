"""Writing, changing and withdrawing a contribution without script.

A form that cannot be accepted comes back filled in, with the reason beside the field; so does one that seems to have
personal data in it, until its author says that they are to be published.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consultation_service import api_contributions
from consultation_service import contributions as rules
from consultation_service.api import ID, require_contribution_id, require_id
from consultation_service.forms import Form, read_form
from consultation_service.moderation_words import told
from consultation_service.pages import page
from consultation_service.participation import asking
from consultation_service.personal_data import find
from consultation_service.publication import Row
from consultation_service.rules.edits import before_edit
from consultation_service.store import consultations, contributions, edits, moderation
from consultation_service.store.edits import Own
from consultation_service.visits import Visit, visit
from contracts.http import Refusal

FIELDS: Final = ("kind", "section", "parent", "side", "title", "body", "explanation", "link", "category")
ADD: Final = "/consultations/{consultation}/contributions"
MOST_LOOKED_AT: Final = 20_000
"""Characters; a longer text is refused anyway."""
EDIT: Final = "/contributions/{contribution}/edit"
WITHDRAW: Final = "/contributions/{contribution}/withdraw"


@page
async def new_contribution(request: Request) -> Response:
    """``GET /consultations/{consultation}/contributions?kind=&section=&parent=``: an empty form; that of an amendment
    begins with the text to amend.
    """
    visited = await visit(request, require_id(request.path_params["consultation"]))
    # Only where it goes: nobody is led to a form that somebody else filled in.
    asked = {name: request.query_params.get(name, "") for name in ("kind", "section", "parent", "side")}
    values = dict.fromkeys((*FIELDS, "base_version"), "") | asked
    draft = _draft(values)
    place = rules.require_place(draft, await contributions.place_of(visited.service.pool, visited.consultation, draft))
    act = rules.KINDS[draft.kind].act
    await consultations.require_act(visited.service.pool, visited.consultation, act, visited.day, place.section)
    if draft.kind == "amendment":
        values |= {"body": place.parent_body, "base_version": str(place.parent_version)}
    return await _form(visited, values)


@page
async def add_contribution(request: Request) -> Response:
    """``POST`` of that form, or of a form of the gateway: back where one came from."""
    form = await read_form(request)
    visited = await visit(request, require_id(request.path_params["consultation"]), form)
    values = {name: form.get(name) for name in (*FIELDS, "base_version")}
    known = ""
    try:
        draft = _draft(values)
        known = await _amended(visited, draft)
        await _require_confirmed(form, values, known)
        asked = asking(request.scope["headers"])
        written = await api_contributions.write(visited.service, asked, visited.consultation, draft)
    except Refusal as refusal:
        return await _form(visited, values, refusal, personal=await _personal(values, known))
    if written.pending:
        return visited.page("pending.html", mine=visited.own().replace("/contributions?", "/mine?"))
    return visited.go(visited.back)


def _draft(values: Mapping[str, str]) -> rules.Draft:
    given: dict[str, Any] = {name: values[name] for name in FIELDS if values[name].strip()}
    try:
        return msgspec.convert(given | {"base_version": int(values["base_version"] or 0)}, rules.Draft)
    except msgspec.ValidationError as error:
        field = next((name for name in FIELDS if f"$.{name}`" in str(error)), "kind")
        raise Refusal("invalid_field", field=field) from None
    except ValueError:
        raise Refusal("invalid_field", field="base_version") from None


async def _require_confirmed(form: Form, values: Mapping[str, str], known: str) -> None:
    if form.get("confirmed") != "yes" and await _personal(values, known):
        raise Refusal("personal_data_found")


async def _personal(values: Mapping[str, str], known: str) -> list[tuple[str, str]]:
    """What looks like personal data in the texts: its kind and its words, each once; but for what an amended text says
    already.
    """
    found: dict[tuple[str, str], None] = {}
    for name in ("title", "body", "explanation"):
        text = values[name][:MOST_LOOKED_AT]
        found |= dict.fromkeys((one.kind, text[one.start : one.end]) for one in await asyncio.to_thread(find, text))
    return [(kind, words) for kind, words in found if words not in known]


async def _amended(visited: Visit, draft: rules.Draft) -> str:
    """The published text that an amendment is about; empty for the rest."""
    if draft.kind != "amendment":
        return ""
    place = await contributions.place_of(visited.service.pool, visited.consultation, draft)
    return place.parent_body if place is not None and place.parent_state == "published" else ""


async def _form(visited: Visit, values: Mapping[str, str], refusal: Refusal | None = None, **facts: Any) -> Response:
    given: dict[str, Any] = {
        "action": visited.request.url.path,
        "values": values,
        "edited": False,
        "personal": [],
        "about": await _about(visited, values["parent"]),
        "join": visited.join_to(visited.back),
    }
    return visited.page("contribution.html", refusal, **given | facts)


async def _about(visited: Visit, parent: str) -> Row | None:
    if not ID.fullmatch(parent):
        return None
    return await contributions.quoted(visited.service.pool, visited.consultation, parent)


@page
async def edit_page(request: Request) -> Response:
    """``GET`` and ``POST /contributions/{contribution}/edit``: one's own text, what moderation said of it, and what an
    edit does to the votes it has.
    """
    form, visited, contribution = await _own_visit(request)
    if form is None and not await visited.inside():
        return visited.go(visited.join)
    if form is not None and not await visited.inside():
        typed = {name: form.get(name) for name in (*FIELDS, "base_version")}
        return await _form(visited, typed, Refusal("not_participating"), edited=True, state="", reasons=(), rule="")
    found = await edits.own(visited.service.pool, contribution, visited.participant)
    values = {name: getattr(found, name) for name in rules.TEXTS}
    if form is None:
        edits.require_editable(found)
        return await _edit_form(visited, found, values)
    values |= {name: form.get(name) for name in rules.TEXTS if form.has(name)}
    try:
        await _require_confirmed(form, values, found.base_body or "")
        await api_contributions.edit(visited.service, visited.participant, found, rules.Edit(**values))
    except Refusal as refusal:
        return await _edit_form(visited, found, values, refusal)
    return visited.go(visited.back)


async def _edit_form(visited: Visit, found: Own, values: Mapping[str, str], refusal: Refusal | None = None) -> Response:
    shown = {**values, "kind": found.kind, "section": "", "parent": "", "side": "", "base_version": ""}
    return await _form(
        visited,
        shown,
        refusal,
        edited=True,
        state=found.state,
        reasons=await _reasons(visited, found),
        rule=before_edit(found.votes)[visited.language == "en"],
        about=await _about(visited, found.parent or ""),
        personal=await _personal(shown, found.base_body or ""),
    )


async def _reasons(visited: Visit, found: Own) -> tuple[str, ...]:
    """Why moderation sent the text back."""
    if found.state != "sent_back":
        return ()
    async with visited.service.pool.acquire() as connection:
        held = await moderation.hold(connection, found.id, lock=False)
    return told(held.last.entry, visited.language).sentences if held.last else ()


@page
async def withdraw_page(request: Request) -> Response:
    """``GET`` asks, ``POST /contributions/{contribution}/withdraw`` does it."""
    form, visited, contribution = await _own_visit(request)
    if form is None and not await visited.inside():
        return visited.go(visited.join)
    refusal = None
    found = await edits.own(visited.service.pool, contribution, visited.participant)
    if form is not None:
        try:
            await api_contributions.withdraw(visited.service, visited.participant, found)
        except Refusal as refused:
            refusal = refused
        else:
            return visited.go(visited.back)
    return visited.page("withdraw.html", refusal, found=found)


async def _own_visit(request: Request) -> tuple[Form | None, Visit, str]:
    contribution = require_contribution_id(request.path_params["contribution"])
    consultation = await contributions.consultation_of(request.state.service.pool, contribution)
    if consultation is None:
        raise Refusal("unknown_contribution")
    form = await read_form(request) if request.method == "POST" else None
    return form, await visit(request, consultation, form), contribution


ROUTES: Final = (
    Route(ADD, new_contribution, methods=["GET"]),
    Route(ADD, add_contribution, methods=["POST"]),
    Route(EDIT, edit_page, methods=["GET", "POST"]),
    Route(WITHDRAW, withdraw_page, methods=["GET", "POST"]),
)
