"""The page from which the organiser takes the raw data of a consultation, at any time."""

from typing import Final

from starlette.responses import Response, StreamingResponse

from consultation_service import raw_export
from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.menu import CONSULTATION, Words, spoken
from consultation_service.rules.acts import Act
from consultation_service.store.raw_exports import TABLES
from contracts.http import Refusal

EXPORT: Final = f"{CONSULTATION}/raw-export"

FILES: Final[dict[str, Words]] = {
    "participants": (
        "Un participant par ligne, avec ce qu’il a choisi de dire de lui.",
        "One participant per row, with what they chose to say of themselves.",
    ),
    "sections": ("Les parties de la consultation.", "The sections of the consultation."),
    "contributions": (
        "Tout ce qui est écrit, ce qui est masqué ou attend une relecture compris.",
        "Everything that is written, what is hidden or awaits review included.",
    ),
    "versions": ("Les versions précédentes des textes.", "Former versions of texts."),
    "votes": ("Un vote par ligne : qui, sur quoi, quel choix.", "One vote per row: who, on what, which choice."),
    "rankings": ("Une option classée par ligne.", "One ranked option per row."),
    "answers": (
        "Une réponse par ligne, pour les questionnaires envoyés.",
        "One answer per row, of questionnaires that were sent.",
    ),
    "moderation": ("Signalements, décisions, contestations.", "Reports, decisions, appeals."),
    "official_answers": ("Vos réponses, avec leurs versions.", "Your answers, with their versions."),
}
"""What each file holds."""


async def page(desk: Desk) -> Response:
    """``GET …/raw-export``."""
    return desk.page("raw_export.html", files=_files(desk))


async def take(desk: Desk) -> Response:
    """``POST …/raw-export``: the ZIP file. That it was taken is in the journal before its first byte leaves."""
    if desk.about is None:
        raise Refusal("not_found")
    if raw_export.busy():
        return desk.refused("raw_export.html", Refusal("export_running"), files=_files(desk))
    async with desk.service.pool.acquire() as connection, connection.transaction():
        await desk.record(connection)
    name = f"{desk.about.slug}-{desk.today()}.zip"
    read_me = desk.service.templates[desk.language].get_template("backoffice/raw_export.txt")
    content = raw_export.archive(
        desk.service.pool,
        desk.consultation,
        read_me.render(about=desk.about, files=_files(desk), tables=TABLES, today=desk.today()),
        desk.today(),
    )
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type="application/zip", headers=headers)


def _files(desk: Desk) -> list[tuple[str, str]]:
    return [(table.name, spoken(FILES[table.name], desk.language)) for table in TABLES]


ROUTES = (
    Place("GET", EXPORT, Act.EXPORT_RAW, page),
    Place("POST", EXPORT, Act.EXPORT_RAW, take),
)
