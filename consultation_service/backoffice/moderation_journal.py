"""The moderation journal of a consultation, for whoever checks: every entry, by whom of the staff, without the texts
that are not public and without any participant.
"""

from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse

from consultation_service.backoffice.desk import Desk, Place
from consultation_service.backoffice.menu import CONSULTATION
from consultation_service.moderation_words import KINDS, TAKEN, motive_name, shortened, spoken
from consultation_service.rules.acts import Act
from consultation_service.store import moderation
from consultation_service.store import moderation_queue as store
from consultation_service.store.moderation_queue import PAGE
from contracts import safe_csv

JOURNAL: Final = f"{CONSULTATION}/moderation/journal"
COLUMNS: Final = (
    "contribution", "contribution_kind", "number", "day", "kind", "decision", "rule", "facts", "automated", "about",
    "staff",
)  # fmt: skip


async def journal(desk: Desk) -> Response:
    """``GET …/moderation/journal?page=``."""
    page = desk.number("page")
    found = await store.journal(desk.service.pool, desk.consultation, page)
    language = desk.language
    lines = [
        {
            "line": line,
            "name": spoken(KINDS[line.entry.kind], language),
            "taken": spoken(TAKEN[line.entry.decision], language) if line.entry.decision else "",
            "motive": motive_name(line.entry.rule, language),
            "by": shortened(line.entry.by),
        }
        for line in found[:PAGE]
    ]
    return desk.page(
        "moderation_journal.html", lines=lines, page=page, last=len(found) <= PAGE,
        delays=await moderation.delays(desk.service.pool, desk.consultation),
    )  # fmt: skip


async def as_csv(desk: Desk) -> Response:
    """``GET …/moderation/journal.csv``: the whole journal, safe for spreadsheets."""
    return StreamingResponse(
        _lines(desk), media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="moderation-{desk.consultation}.csv"'},
    )  # fmt: skip


async def _lines(desk: Desk) -> AsyncIterator[str]:
    yield safe_csv.line(COLUMNS)
    async for line in store.whole_journal(desk.service.pool, desk.consultation):
        entry = line.entry
        yield safe_csv.line(
            (
                line.contribution, line.kind, entry.number, entry.day.isoformat(), entry.kind, entry.decision,
                entry.rule, entry.facts, "true" if entry.automated else "false", entry.about or None,
                shortened(entry.by),
            )
        )  # fmt: skip


ROUTES = (
    Place("GET", JOURNAL, Act.READ_JOURNAL, journal),
    Place("GET", f"{JOURNAL}.csv", Act.READ_JOURNAL, as_csv),
)
