"""Totals: counted from the votes themselves, never kept by adding and subtracting."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from consultation_service.publication import tally_event
from consultation_service.store.database import Pool
from consultation_service.store.outbox import enqueue

CHUNK: Final = 500


async def publish_due(pool: Pool) -> int:
    """Enqueue the totals of every item whose votes changed, each once. Returns the number of items."""
    due = await pool.fetch("/* publish_due */ select distinct contribution_id::text as id from tally_due")
    for start in range(0, len(due), CHUNK):
        await _publish(pool, [row["id"] for row in due[start : start + CHUNK]])
    return len(due)


async def _publish(pool: Pool, items: Sequence[str]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        # Two statements, in this order: the count sees at least the votes of every mark that was deleted, because it
        # reads the database later (read committed). A vote that commits meanwhile leaves its own mark.
        await connection.execute(
            "/* publish_tallies */ delete from tally_due where contribution_id = any($1::uuid[])", items
        )
        rows = await connection.fetch(
            """/* publish_tallies */
            insert into tally as t (contribution_id, version)
            select id, 1 from contribution where id = any($1::uuid[]) order by id
            on conflict (contribution_id) do update set version = t.version + 1
            returning t.contribution_id::text as contribution_id, t.version,
              (select consultation_id::text from contribution c where c.id = t.contribution_id) as consultation_id,
              (select scale from contribution c where c.id = t.contribution_id) as scale,
              (select text_version from contribution c where c.id = t.contribution_id) as text_version,
              (select counts from imported_tally i where i.contribution_id = t.contribution_id) as imported
            """,
            items,
        )
        counted = await connection.fetch(
            """/* publish_tallies */
            select contribution_id::text as id, choice, text_version, count(*) as votes from vote
            where contribution_id = any($1::uuid[]) group by contribution_id, choice, text_version
            """,
            items,
        )
        counts: dict[str, Counter[int]] = defaultdict(Counter)
        versions: dict[str, Counter[int]] = defaultdict(Counter)
        for row in counted:
            counts[row["id"]][row["choice"]] += row["votes"]
            versions[row["id"]][row["text_version"]] += row["votes"]
        await enqueue(
            connection,
            [
                tally_event(row, counts[item], _imported(row["imported"]), versions[item])
                for row in rows
                for item in [row["contribution_id"]]
            ],
        )


def _imported(text: str | None) -> dict[str, int] | None:
    return None if text is None else msgspec.json.decode(text, type=dict[str, int])
