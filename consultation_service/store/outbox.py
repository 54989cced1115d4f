"""Facts to publish, written in the transaction of their cause."""

from collections.abc import Iterable, Sequence

from consultation_service.publication import Row
from consultation_service.store.database import Connection, Pool
from contracts.events import Event, StaffChanged, encode, subject_of

RELAY_LOCK = 2
"""Advisory lock of the one process that publishes."""


async def enqueue(connection: Connection, events: Iterable[Event]) -> None:
    """Write ``events`` to the outbox. A public fact takes the place of an older one that was not published yet; a fact
    about a draft is left out: all of them are stated when it is announced.
    """
    rows = sorted((subject_of(event), event.id, encode(event), _consultation(event)) for event in events)
    await connection.execute(
        """/* enqueue */
        insert into outbox (event_id, subject, body, replaces)
        select event_id, subject, body, replaces
        from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::uuid[])
          as fact (event_id, subject, body, replaces, consultation)
        where not exists (select from consultation n where n.id = fact.consultation and not n.announced)
        order by subject
        on conflict (replaces) do update set event_id = excluded.event_id, body = excluded.body
        """,
        [event_id for _, event_id, _, _ in rows],
        [subject for subject, _, _, _ in rows],
        [body for _, _, body, _ in rows],
        [subject if subject.startswith("public.") else None for subject, _, _, _ in rows],
        [consultation for _, _, _, consultation in rows],
    )


def _consultation(event: Event) -> str | None:
    return None if isinstance(event, StaffChanged) else event.consultation


async def waiting(connection: Pool | Connection, limit: int) -> Sequence[Row]:
    """Facts to publish, in no order: ``event_id``, ``subject``, ``body``."""
    return await connection.fetch(
        "/* waiting */ select event_id::text as event_id, subject, body from outbox limit $1", limit
    )


async def count_waiting(pool: Pool) -> int:
    """How many facts wait for the bus."""
    return int(await pool.fetchval("/* count_waiting */ select count(*) from outbox"))


async def forget(connection: Pool | Connection, event_ids: Sequence[str]) -> None:
    """Remove facts that the bus acknowledged; one that was replaced meanwhile has another id and stays."""
    await connection.execute("/* forget */ delete from outbox where event_id = any($1::uuid[])", event_ids)


async def take_relay_lock(connection: Connection) -> bool:
    """Whether this connection is now the one that publishes, until it closes."""
    return bool(await connection.fetchval("/* take_relay_lock */ select pg_try_advisory_lock($1)", RELAY_LOCK))


async def release_relay_lock(connection: Connection) -> None:
    """Let another process publish; a connection that is gone holds no lock any more."""
    if not connection.is_closed():
        await connection.execute("/* release_relay_lock */ select pg_advisory_unlock($1)", RELAY_LOCK)
