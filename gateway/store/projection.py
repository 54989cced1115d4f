"""What the gateway believes, written from batches of events.

Why there is no inbox here: an event only ever replaces a row by one of a higher version, so applying it twice, late or
in another order changes nothing. The sequence reached is written in the same transaction as the rows it stands for:
after a crash the gateway starts again from what it really has.
"""

import datetime
import hashlib
import uuid
from dataclasses import dataclass
from typing import Final

import asyncpg

from gateway.facts import Row, Rows
from gateway.store import changes
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


_CONSULTATIONS: Final = """/* apply: consultations */
    insert into consultation as known (id, version, slug, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[])
    on conflict (id) do update set version = excluded.version, slug = excluded.slug, document = excluded.document
    where excluded.version > known.version
    returning id, id as consultation_id"""

_CONTRIBUTIONS: Final = """/* apply: contributions */
    insert into contribution as known (id, version, consultation_id, section_id, parent_id, kind, side, day, state,
                                       excerpt, heading, plain, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
                         $8::date[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
    on conflict (id) do update set version = excluded.version, consultation_id = excluded.consultation_id,
        section_id = excluded.section_id, parent_id = excluded.parent_id, kind = excluded.kind, side = excluded.side,
        day = excluded.day, state = excluded.state, excerpt = excluded.excerpt, document = excluded.document,
        heading = excluded.heading, plain = excluded.plain
    where excluded.version > known.version
    returning id, consultation_id"""

_TALLIES: Final = """/* apply: tallies */
    insert into tally as known (contribution_id, version, consultation_id, against, support, votes_cast,
                                votes_imported, document)
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                         $8::text[])
    on conflict (contribution_id) do update set version = excluded.version,
        consultation_id = excluded.consultation_id, support = excluded.support, votes_cast = excluded.votes_cast,
        votes_imported = excluded.votes_imported, document = excluded.document, against = excluded.against
    where excluded.version > known.version
    returning contribution_id as id, consultation_id"""

# Counted again from the rows, never added to: the result depends on what is there, not on how it came.
_DERIVE: Final = """/* apply: derive */
    update contribution set support = coalesce(tally.support, 0), against = coalesce(tally.against, 0),
        votes = coalesce(tally.votes_cast + tally.votes_imported, 0),
        arguments_for = children.arguments_for, arguments_against = children.arguments_against,
        sources = children.sources
    from unnest($1::uuid[]) as touched (id)
    left join tally on tally.contribution_id = touched.id
    cross join lateral (
        select count(*) filter (where kind = 'argument' and side = 'for') as arguments_for,
               count(*) filter (where kind = 'argument' and side = 'against') as arguments_against,
               count(*) filter (where kind = 'source') as sources
        from contribution child where child.parent_id = touched.id and child.state = 'published'
    ) as children
    where contribution.id = touched.id"""


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
            left = await _parents(connection, rows.contributions)
            consultations = await _upsert(connection, _CONSULTATIONS, rows.consultations)
            written = await _upsert(connection, _CONTRIBUTIONS, rows.contributions)
            counted = await _upsert(connection, _TALLIES, rows.tallies)
            changed = [*consultations, *written, *counted]
            if changed:
                joined = await _parents(connection, rows.contributions)
                await _derive(connection, {row["id"] for row in changed} | joined | left)
                revisions = await _revise(connection, {row["consultation_id"] for row in changed})
                await changes.announce(connection, revisions, written, counted)
            refused = await _set_aside(connection, dead) if dead else []
    except UNSTORABLE:
        raise Unstorable from None
    return Applied(len(changed), refused)


async def _upsert(connection: Connection, statement: str, rows: list[Row]) -> list[asyncpg.Record]:
    return await connection.fetch(statement, *zip(*rows, strict=True)) if rows else []


async def _parents(connection: Connection, contributions: list[Row]) -> set[uuid.UUID]:
    """What the stored contributions of this batch are about: asked before and after, in case one moved."""
    found = await connection.fetch(
        """/* apply: parents */
        select distinct parent_id from contribution where id = any($1::uuid[]) and parent_id is not null""",
        [row[0] for row in contributions],
    )
    return {row["parent_id"] for row in found}


async def _derive(connection: Connection, touched: set[uuid.UUID]) -> None:
    await connection.execute(_DERIVE, list(touched))


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


async def content_hash(pool: Pool) -> str:
    """SHA-256 (hex) of everything the projection publishes, whatever the order and repeats of the events that made it.

    Two projections of the same stream have the same hash; ``audit`` and the tests compare them.
    """
    digest = hashlib.sha256()
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        for table, key in (("consultation", "id"), ("contribution", "id"), ("tally", "contribution_id")):
            query = f"/* content_hash */ select row_to_json({table})::text from {table} order by {key}"  # noqa: S608
            async for row in connection.cursor(query, prefetch=1000):
                line = row[0].encode()
                digest.update(len(line).to_bytes(4, "big") + line)
    return digest.hexdigest()
