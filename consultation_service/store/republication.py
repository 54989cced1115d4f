"""Stating what is public: all of a consultation when it is announced or imported, all of them when the bus lost them.

Nothing is invented here: each fact is made by the module that owns it, from rows that are locked meanwhile, so that an
erasure or a decision of moderators that comes at the same time writes its own fact over this one.
"""

import datetime
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

from consultation_service.publication import contribution_event
from consultation_service.store import (
    consultations,
    moderation,
    official_answers,
    section_totals,
    statements,
    versions,
)
from consultation_service.store.contributions import COLUMNS
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import PublicJournal

CHUNK: Final = 1_000
_FIRST: Final = "00000000-0000-0000-0000-000000000000"


async def republish(pool: Pool, day: datetime.date, progress: Callable[[int], None] | None = None) -> int:
    """State again every public fact and announcement. Returns the number of contributions."""
    total = 0
    for consultation in await _all_ids(pool):
        total += await publish_whole(pool, consultation, day, progress)
    return total


async def publish_whole(
    pool: Pool, consultation: str, day: datetime.date, progress: Callable[[int], None] | None = None
) -> int:
    """Enqueue a consultation and everything in it, unless it is a draft. Constant memory. Returns the number of
    contributions; ``progress`` is told how many more were enqueued.
    """
    async with pool.acquire() as connection, connection.transaction():
        await consultations.publish(connection, consultation, day)
        await section_totals.restate(connection, consultation)
        await enqueue(connection, await statements.statement_events(connection, consultation))
        await _mark_tallies(connection, consultation)
    last, total = _FIRST, 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            stated = await _publish_chunk(connection, consultation, last)
        if not stated:
            return total
        last = stated[-1]
        total += len(stated)
        if progress is not None:
            progress(len(stated))


async def publish_contents(connection: Connection, consultation: str) -> None:
    """Enqueue everything that is in a consultation that is no longer a draft, in the caller's transaction."""
    last = _FIRST
    while stated := await _publish_chunk(connection, consultation, last):
        last = stated[-1]
    await _mark_tallies(connection, consultation)


async def _publish_chunk(connection: Connection, consultation: str, after: str) -> list[str]:
    rows = await connection.fetch(
        f"""/* publish_chunk */
        select {COLUMNS} from contribution c where c.consultation_id = $1 and c.id > $2 and c.state <> 'pending'
        order by c.id limit {CHUNK} for share
        """,  # noqa: S608  only constants of ours
        consultation,
        after,
    )
    stated = [row["id"] for row in rows]
    await enqueue(connection, [contribution_event(row) for row in rows])
    await enqueue(connection, await versions.version_events(connection, stated))
    await enqueue(connection, await _journals(connection, consultation, stated))
    await enqueue(connection, await official_answers.answer_events(connection, stated))
    return stated


async def _journals(connection: Connection, consultation: str, contributions: Sequence[str]) -> list[PublicJournal]:
    rows = await connection.fetch(
        f"""/* journals */
        select contribution_id::text as contribution, {moderation.ENTRY} from moderation_entry
        where contribution_id = any($1::uuid[]) order by contribution_id, number
        """,  # noqa: S608  only constants of ours
        contributions,
    )
    return [
        moderation.journal_event(consultation, contribution, [moderation.entry_of(row) for row in entries])
        for contribution, entries in groupby(rows, key=lambda row: row["contribution"])
    ]


async def _mark_tallies(connection: Connection, consultation: str) -> None:
    await connection.execute(
        """/* mark_tallies */
        insert into tally_due (contribution_id)
        select c.id from contribution c where c.consultation_id = $1 and (
          exists (select from vote v where v.contribution_id = c.id)
          or exists (select from imported_tally i where i.contribution_id = c.id)
          or exists (select from tally t where t.contribution_id = c.id))
        """,
        consultation,
    )


async def _all_ids(pool: Pool) -> Sequence[str]:
    rows = await pool.fetch("/* all_ids */ select id::text as id from consultation where announced order by id")
    return [row["id"] for row in rows]
