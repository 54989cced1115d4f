"""Reading the audit journal of staff (``store/audit.py`` writes it)."""

import datetime
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from consultation_service.publication import Row
from consultation_service.store.database import Connection, Pool

PAGE: Final = 50
CHUNK: Final = 1_000


class Asked(NamedTuple):
    """What is looked for; an empty value is not a condition. Days are included."""

    act: str = ""
    consultation: str = ""
    staff: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None


_FOUND: Final = """
  select e.number, e.staff, e.act, e.consultation_id::text as consultation, coalesce(n.title, '') as title, e.object,
    e.day
  from audit_entry e left join consultation n on n.id = e.consultation_id
  where ($1 = '' or e.act = $1) and ($2::uuid is null or e.consultation_id = $2) and ($3 = '' or e.staff = $3)
    and ($4::date is null or e.day >= $4) and ($5::date is null or e.day <= $5)
"""


def _conditions(asked: Asked) -> tuple[object, ...]:
    return (asked.act, asked.consultation or None, asked.staff, asked.first, asked.last)


async def read(pool: Pool | Connection, asked: Asked, before: int | None) -> Sequence[Row]:
    """The latest entries, those before number ``before`` when it is given; one more than ``PAGE`` when there are."""
    return await pool.fetch(
        f"""/* read_journal */ {_FOUND} and ($6::bigint is null or e.number < $6)
        order by e.number desc limit {PAGE + 1}
        """,
        *_conditions(asked),
        before,
    )


async def every(pool: Pool, asked: Asked) -> AsyncIterator[Row]:
    """All entries, in order, a thousand at a time."""
    last = 0
    while True:
        rows = await pool.fetch(
            f"/* every_entry */ {_FOUND} and e.number > $6 order by e.number limit {CHUNK}", *_conditions(asked), last
        )
        for row in rows:
            yield row
        if len(rows) < CHUNK:
            return
        last = rows[-1]["number"]


async def members(pool: Pool | Connection) -> Sequence[str]:
    """Everybody who is in the journal."""
    rows = await pool.fetch("/* journal_members */ select distinct staff from audit_entry order by staff")
    return [row["staff"] for row in rows]


async def consultations(pool: Pool | Connection) -> Sequence[Row]:
    """Every consultation: ``id``, ``title``."""
    return await pool.fetch("/* journal_consultations */ select id::text as id, title from consultation order by title")
