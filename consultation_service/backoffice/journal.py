"""The audit journal of staff, for whoever may read it: who did what, about which consultation, on which day."""

import datetime
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from consultation_service.backoffice.desk import Desk, Place, identifier
from consultation_service.backoffice.menu import spoken
from consultation_service.rules.acts import NAMES, PARTICIPANT_ACTS, Act
from consultation_service.store import journal as store
from consultation_service.store.journal import PAGE, Asked
from contracts.http import Refusal
from contracts.safe_csv import line

FIELDS: Final = ("act", "consultation", "staff", "first", "last")
SHORT: Final = 8
"""Letters of a pseudonym that are shown: enough to tell a team's members apart."""


async def journal(desk: Desk) -> Response:
    """``GET /backoffice/journal?act=&consultation=&staff=&first=&last=&before=``."""
    typed = {name: desk.request.query_params.get(name, "")[:64] for name in FIELDS}
    pool, problem = desk.service.pool, None
    facts: dict[str, Any] = {"typed": typed, "acts": _acts(desk), "people": await _people(desk)}
    facts["consultations"] = [(row["id"], row["title"]) for row in await store.consultations(pool)]
    try:
        asked = _asked(desk)
    except Refusal as refusal:
        return desk.refused("journal.html", refusal, entries=(), older=None, short=_short, **facts)
    rows = list(await store.read(pool, asked, _number(desk.request.query_params.get("before", ""))))
    older = rows[PAGE - 1]["number"] if len(rows) > PAGE else None
    return desk.page("journal.html", entries=rows[:PAGE], older=older, short=_short, problem=problem, **facts)


async def export(desk: Desk) -> Response:
    """``GET /backoffice/journal.csv``, with the same filters: every entry, the oldest first."""
    name = f"journal-{desk.today()}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(desk, _asked(desk)), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(desk: Desk, asked: Asked) -> AsyncIterator[str]:
    yield line(("number", "day", "staff", "act", "name", "consultation", "title", "object"))
    acts = _acts(desk)
    async for row in store.every(desk.service.pool, asked):
        yield line(
            (
                row["number"], row["day"].isoformat(), row["staff"], row["act"], acts.get(row["act"], row["act"]),
                row["consultation"], row["title"], row["object"],
            )
        )  # fmt: skip


def _asked(desk: Desk) -> Asked:
    given = desk.request.query_params
    consultation = given.get("consultation", "")
    return Asked(
        act=given.get("act", "")[:64].replace("\0", ""),
        consultation=identifier(consultation) if consultation else "",
        staff=given.get("staff", "")[:64].replace("\0", ""),
        first=_day(given.get("first", ""), "first"),
        last=_day(given.get("last", ""), "last"),
    )


def _day(text: str, field: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("invalid_field", field=field) from None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _short(pseudonym: str) -> str:
    return pseudonym[:SHORT]


def _acts(desk: Desk) -> dict[str, str]:
    return {act.value: spoken(NAMES[act], desk.language) for act in Act if act not in PARTICIPANT_ACTS}


async def _people(desk: Desk) -> list[str]:
    return list(await store.members(desk.service.pool))


ROUTES = (
    Place("GET", "/backoffice/journal", Act.READ_JOURNAL, journal),
    Place("GET", "/backoffice/journal.csv", Act.READ_JOURNAL, export),
)
