"""Pages on which an administration accounts for a consultation: syntheses, and the restitution once it is closed.

A text is written, read again as everybody will see it, then published; nothing is kept before that.
"""

from typing import Any, Final

from starlette.responses import Response

from consultation_service.backoffice.desk import Desk, Form, Place, identifier
from consultation_service.backoffice.menu import CONSULTATION
from consultation_service.contributions import clean_line, clean_text
from consultation_service.markdown import render_aside
from consultation_service.rules.acts import Act
from consultation_service.store import statements as store
from consultation_service.store.statements import Written
from contracts.events import StatementKind, new_id
from contracts.http import Refusal

MAX_BYTES: Final = 40_000
"""The longest text: some fifteen pages."""

FIELDS: Final = ("title", "body")
LIST: Final = f"{CONSULTATION}/statements"


async def syntheses(desk: Desk) -> Response:
    """``GET …/statements``."""
    return desk.page("statements.html", found=await store.of(desk.service.pool, desk.consultation, "synthesis"))


async def write(desk: Desk) -> Response:
    """``GET …/statements/new``."""
    return await _form(desk, "synthesis", "")


async def begin(desk: Desk) -> Response:
    """``POST …/statements/new``. The form carries the id to be, so that it makes one synthesis when sent twice."""
    return await _take(desk, "synthesis", "")


async def change(desk: Desk) -> Response:
    """``GET …/statements/{statement}``."""
    return await _form(desk, "synthesis", await _known(desk))


async def revise(desk: Desk) -> Response:
    """``POST …/statements/{statement}``."""
    return await _take(desk, "synthesis", await _known(desk))


async def restitution(desk: Desk) -> Response:
    """``GET …/restitution``: the one there is, or a new one."""
    return await _form(desk, "restitution", await _restitution(desk))


async def restore(desk: Desk) -> Response:
    """``POST …/restitution``."""
    return await _take(desk, "restitution", await _restitution(desk))


async def _known(desk: Desk) -> str:
    return (await store.read(desk.service.pool, desk.consultation, "synthesis", desk.path("statement"))).id


async def _restitution(desk: Desk) -> str:
    return next((one.id for one in await store.of(desk.service.pool, desk.consultation, "restitution")), "")


async def _form(desk: Desk, kind: StatementKind, statement: str) -> Response:
    facts = await _facts(desk, kind, statement)
    typed = {name: facts["former"][0][name] if facts["former"] else "" for name in FIELDS}
    return desk.page("statement.html", typed=typed, preview=None, id=statement or new_id(), **facts)


async def _take(desk: Desk, kind: StatementKind, statement: str) -> Response:
    given = await desk.form()
    facts = await _facts(desk, kind, statement)
    typed = {name: given.get(name) for name in FIELDS}
    id = statement or given.get("id")  # of a new one: chosen when its form was made
    try:
        written = await _written(given)
        if given.get("next") != "publish":
            return desk.page("statement.html", typed=typed, preview=written, id=id, **facts)
        async with desk.service.pool.acquire() as connection, connection.transaction():
            who, day = desk.staff.pseudonym, desk.today()
            await store.publish(connection, desk.consultation, kind, identifier(id), who, written, day)
    except Refusal as refusal:
        return desk.refused("statement.html", refusal, typed=typed, preview=None, id=id, **facts)
    path = LIST if kind == "synthesis" else f"{CONSULTATION}/restitution"
    return desk.back(path.format(consultation=desk.consultation), "published")


async def _written(given: Form) -> Written:
    title, body = clean_line(given.get("title"), "title"), clean_text(given.get("body"), "body")
    for field, text in (("title", title), ("body", body)):
        if not text:
            raise Refusal("text_missing", field=field)
    return Written(title, body, await render_aside(body, MAX_BYTES))


async def _facts(desk: Desk, kind: StatementKind, statement: str) -> dict[str, Any]:
    return {"kind": kind, "former": await store.versions(desk.service.pool, statement) if statement else ()}


ROUTES = (
    Place("GET", LIST, Act.SYNTHESISE, syntheses),
    Place("GET", f"{LIST}/new", Act.SYNTHESISE, write),
    Place("POST", f"{LIST}/new", Act.SYNTHESISE, begin),
    Place("GET", f"{LIST}/{{statement}}", Act.SYNTHESISE, change),
    Place("POST", f"{LIST}/{{statement}}", Act.SYNTHESISE, revise),
    Place("GET", f"{CONSULTATION}/restitution", Act.PUBLISH_RESTITUTION, restitution),
    Place("POST", f"{CONSULTATION}/restitution", Act.PUBLISH_RESTITUTION, restore),
)
