"""A consultation as a file: exported, imported as a draft, perhaps on another installation; or copied here."""

from typing import Any

from starlette.responses import Response

from consultation_service import settings_file
from consultation_service.backoffice.creation import LEVELS, slug_of
from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.steps import C, address, writing
from consultation_service.backoffice.uploads import read_upload
from consultation_service.rules import permissions
from consultation_service.rules.acts import Act
from consultation_service.rules.permissions import Role
from consultation_service.store import settings_files
from contracts.http import Refusal

IMPORT = "/backoffice/consultations/import"


async def export(desk: Desk) -> Response:
    """``GET …/settings-file``: one JSON file. That of a draft holds its texts: it is for who may read them."""
    if desk.about is not None and not desk.about.plan.announced:
        permissions.require([Role(role) for role in desk.staff.roles], Act.READ_DRAFT)
    async with writing(desk) as connection:
        file = await settings_files.export(connection, desk.consultation)
    name = file.presentation.slug
    return Response(
        settings_file.encode(file), media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )  # fmt: skip


async def ask_file(desk: Desk) -> Response:
    """``GET /backoffice/consultations/import``."""
    return desk.page("settings_import.html", pasted="")


async def load(desk: Desk) -> Response:
    """``POST /backoffice/consultations/import`` with ``file``, or with its ``text``: a draft, on to its check."""
    pasted = ""
    try:
        form, content = await read_upload(desk.request)
        pasted = content or form.get("text")
        if not pasted:
            raise Refusal("text_missing", field="file")
        file = settings_file.decode(pasted.encode())
        if file.policy.level not in LEVELS:
            raise Refusal("level_unavailable", field="policy.level")
        async with desk.service.pool.acquire() as connection, connection.transaction():
            desk.consultation = await settings_files.load(connection, file, desk.today())
            await desk.record(connection)
    except Refusal as refusal:
        desk.consultation = ""
        known = refusal if refusal.field == "file" else Refusal(refusal.code, field="text", **refusal.facts)
        where = "" if refusal.field in ("file", "text") else refusal.field
        return desk.refused("settings_import.html", known, pasted=pasted, where=where)
    return desk.back(address(desk, "check"), "saved")


async def ask_copy(desk: Desk) -> Response:
    """``GET …/duplicate``."""
    title = desk.about.title if desk.about else ""
    word = "copy" if desk.language == "en" else "copie"
    copied = f"{title[:190]} ({word})"
    return desk.page("duplicate.html", values={"title": copied, "slug": slug_of(copied)})


async def duplicate(desk: Desk) -> Response:
    """``POST …/duplicate`` with ``title`` and ``slug``: a draft with everything but what participants did."""
    form = await desk.form()
    values: dict[str, Any] = {
        "title": form.get("title"),
        "slug": form.get("slug").lower() or slug_of(form.get("title")),
    }
    try:
        async with desk.service.pool.acquire() as connection, connection.transaction():
            copy = await settings_files.duplicate(
                connection, desk.consultation, values["slug"], values["title"], desk.today()
            )
            await desk.record(connection, Act.IMPORT, copy)
    except Refusal as refusal:
        return desk.refused("duplicate.html", refusal, values=values)
    desk.consultation = copy
    return desk.back(address(desk, "presentation"), "saved")


ROUTES = (
    Place("GET", IMPORT, Act.IMPORT, ask_file),
    Place("POST", IMPORT, Act.IMPORT, load),
    Place("GET", f"{C}/settings-file", Act.EXPORT_SETTINGS, export),
    # Reading a draft, whatever the state: only who may do that can make another one of it.
    Place("GET", f"{C}/duplicate", Act.READ_DRAFT, ask_copy),
    Place("POST", f"{C}/duplicate", Act.READ_DRAFT, duplicate),
)
