"""What this service says and hears on the bus: outbox, inbox and dead letters."""

import datetime
from collections.abc import Sequence
from typing import Final

from identity_service.store.database import Connection, Pool, Row

RELAY_LOCK: Final = 2
"""Advisory lock of the one process that publishes."""


async def take_relay_lock(connection: Connection) -> bool:
    """Whether this connection is now the one that publishes, until it closes."""
    return bool(await connection.fetchval("/* take_relay_lock */ select pg_try_advisory_lock($1)", RELAY_LOCK))


async def leave_relay_lock(connection: Connection) -> None:
    """Let another process publish."""
    await connection.execute("/* leave_relay_lock */ select pg_advisory_unlock($1)", RELAY_LOCK)


async def unpublished(connection: Connection, limit: int) -> Sequence[Row]:
    """Facts to publish, in no order: ``event_id``, ``subject``, ``body``."""
    return await connection.fetch(
        "/* unpublished */ select event_id::text as event_id, subject, body from outbox limit $1", limit
    )


async def forget_published(connection: Connection, event_ids: Sequence[str]) -> None:
    """Remove facts that the bus acknowledged."""
    await connection.execute("/* forget_published */ delete from outbox where event_id = any($1::uuid[])", event_ids)


async def count_unpublished(pool: Pool) -> int:
    """How many facts wait for the bus."""
    return int(await pool.fetchval("/* count_unpublished */ select count(*) from outbox"))


async def is_new(connection: Connection, event_id: str, today: datetime.date) -> bool:
    """Record that an event is being applied; False when it was before."""
    new = await connection.fetchval(
        "/* is_new */ insert into inbox (event_id, day) values ($1, $2) on conflict do nothing returning true",
        event_id,
        today,
    )
    return bool(new)


async def set_aside(
    pool: Pool, stream: str, sequence: int, subject: str, reason: str, sha256: bytes, today: datetime.date
) -> None:
    """Record a message that cannot be accepted."""
    await pool.execute(
        """/* set_aside */
        insert into dead_letter (stream, sequence, subject, reason, sha256, day) values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing
        """,
        stream, sequence, subject, reason, sha256, today,
    )  # fmt: skip


async def forget_applied(pool: Pool, before: datetime.date) -> None:
    """Forget the ids of old events: the bus no longer has them, and their effects are idempotent anyway."""
    await pool.execute("/* forget_applied */ delete from inbox where day < $1", before)
