"""What the gateway believes, written from batches of events.

Why there is no inbox here: an event only ever replaces a row by one of a higher version, so applying it twice, late or
in another order changes nothing. The sequence reached is written in the same transaction as the rows it stands for:
after a crash the gateway starts again from what it really has.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Final

import asyncpg

from gateway.facts import Row, Rows
from gateway.store import changes, upserts
from gateway.store.database import Connection, Pool


class Unstorable(Exception):
    """PostgreSQL refuses a value (a NUL character, a number out of range): the message will never be applied."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message set aside: ``subject`` without its id, ``reason`` one word, and the digest of its body."""

    sequence: int
    subject: str
    reason: str
    sha256: bytes


UNSTORABLE: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ValueError,  # what asyncpg itself raises for a number out of range, before it asks PostgreSQL
)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did: how many objects changed, and why messages were newly set aside."""

    changed: int
    refused: list[str]


async def applied(pool: Pool) -> int:
    """The highest stream sequence applied; 0 for an empty projection."""
    return int(await pool.fetchval("/* applied */ select applied from projection"))


async def restart(pool: Pool) -> None:
    """The stream was made anew: what it says is to be applied from its beginning."""
    await pool.execute("/* restart */ update projection set applied = 0")


async def apply(pool: Pool, sequence: int, rows: Rows, dead: list[DeadLetter]) -> Applied:
    """Apply one batch in one transaction. Raises ``Unstorable``.

    ``sequence`` is the highest of the batch.
    """
    try:
        async with pool.acquire() as connection, connection.transaction():
            # First, for its row lock: replicas on one database apply one after the other, so that derived counts
            # never miss what another transaction is adding.
            await connection.execute("/* apply */ update projection set applied = greatest(applied, $1)", sequence)
            left = await _above(connection, rows)
            written = await _upsert(connection, upserts.CONTRIBUTIONS, rows.contributions)
            counted = await _upsert(connection, upserts.TALLIES, rows.tallies)
            answered = await _upsert(connection, upserts.OFFICIAL_ANSWERS, rows.official_answers)
            others = [row for statement, part in _others(rows) for row in await _upsert(connection, statement, part)]
            changed = [*written, *counted, *answered, *others]
            if changed:
                joined = await _above(connection, rows)
                touched = {row["id"] for row in (*written, *counted, *answered)}
                await connection.execute(upserts.DERIVE, list(touched | joined | left))
                revisions = await _revise(connection, {row["consultation_id"] for row in changed})
                await changes.announce(connection, revisions, written, counted)
            refused = await _set_aside(connection, dead) if dead else []
    except UNSTORABLE:
        raise Unstorable from None
    return Applied(len(changed), refused)


async def _upsert(connection: Connection, statement: str, rows: list[Row]) -> list[asyncpg.Record]:
    return await connection.fetch(statement, *zip(*rows, strict=True)) if rows else []


def _others(rows: Rows) -> tuple[tuple[str, list[Row]], ...]:
    """What nothing is derived from."""
    return (
        (upserts.CONSULTATIONS, rows.consultations), (upserts.VERSIONS, rows.versions),
        (upserts.RANKINGS, rows.rankings), (upserts.QUESTIONNAIRES, rows.questionnaires),
        (upserts.STATEMENTS, rows.statements), (upserts.JOURNALS, rows.journals),
    )  # fmt: skip


async def _above(connection: Connection, rows: Rows) -> set[uuid.UUID]:
    """Everything that the stored contributions of this batch are about: asked before and after, in case one moved."""
    found = await connection.fetch(upserts.ABOVE, [row[0] for row in rows.contributions])
    return {row["id"] for row in found}


async def _revise(connection: Connection, consultations: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    found = await connection.fetch(
        """/* apply: revise */
        insert into revision as known (consultation_id, revision) select id, 1 from unnest($1::uuid[]) as changed (id)
        on conflict (consultation_id) do update set revision = known.revision + 1
        returning consultation_id, revision""",
        list(consultations),
    )
    return {row["consultation_id"]: row["revision"] for row in found}


async def _set_aside(connection: Connection, dead: list[DeadLetter]) -> list[str]:
    day = datetime.datetime.now(datetime.UTC).date()
    rows = [(letter.sequence, letter.subject, letter.reason, letter.sha256) for letter in dead]
    found = await connection.fetch(
        """/* apply: dead letters */
        insert into dead_letter (sequence, subject, reason, sha256, day)
        select *, $5::date from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[])
        on conflict do nothing returning reason""",
        *zip(*rows, strict=True),
        day,
    )
    return [row["reason"] for row in found]
