"""Withdrawals and erasures: what was asked, and what was proved."""

import datetime
import uuid
from collections.abc import Sequence

from contracts.events import Event, encode, subject_of
from identity_service.store.database import Connection, Pool, Row


async def ask(
    connection: Connection,
    event: Event,
    *,
    kind: str,
    consultation: str,
    account: uuid.UUID | None,
    erasure: uuid.UUID | None,
    language: str,
    today: datetime.date,
) -> None:
    """Write the request and, in the same transaction, the fact that carries it to consultation_service."""
    await connection.execute(
        """/* ask_removal */
        insert into removal (id, kind, consultation_id, account_id, erasure_id, language, requested_on)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        event.id, kind, consultation, account, erasure, language, today,
    )  # fmt: skip
    await connection.execute(
        "/* ask_removal */ insert into outbox (event_id, subject, body) values ($1, $2, $3)",
        event.id,
        subject_of(event),
        encode(event),
    )


async def prove(
    connection: Connection,
    request: str,
    kind: str,
    consultation: str,
    contributions: int,
    votes: int,
    day: datetime.date,
) -> Row | None:
    """Record a proof, once. None when no such request waits for it."""
    return await connection.fetchrow(
        """/* prove_removal */
        update removal set contributions = $4, votes = $5, done_on = $6
        from consultation
        where removal.id = $1 and kind = $2 and consultation_id = $3 and done_on is null
          and consultation.id = consultation_id
        returning account_id, erasure_id, removal.language, title
        """,
        request, kind, consultation, contributions, votes, day,
    )  # fmt: skip


async def of_account(pool: Pool | Connection, account: uuid.UUID) -> Sequence[Row]:
    """Requests of an account, newest day first."""
    return await pool.fetch(
        """/* removals_of_account */
        select removal.id::text as id, kind, consultation_id::text as consultation, title, requested_on, done_on,
          contributions, votes
        from removal join consultation on consultation.id = consultation_id
        where account_id = $1 order by requested_on desc, title, removal.id
        """,
        account,
    )


async def of_erasure(pool: Pool | Connection, erasure: uuid.UUID) -> Sequence[Row]:
    """The parts of an erasure."""
    return await pool.fetch(
        """/* removals_of_erasure */
        select removal.id::text as id, kind, consultation_id::text as consultation, title, requested_on, done_on,
          contributions, votes
        from removal join consultation on consultation.id = consultation_id
        where erasure_id = $1 order by title, removal.id
        """,
        erasure,
    )


async def add_erasure(
    connection: Connection, erasure: uuid.UUID, receipt_hash: bytes, address: bytes, language: str, today: datetime.date
) -> None:
    """Write the erasure of an account, with the address until its last mail."""
    await connection.execute(
        """/* add_erasure */
        insert into erasure (id, receipt_hash, address, language, requested_on) values ($1, $2, $3, $4, $5)
        """,
        erasure, receipt_hash, address, language, today,
    )  # fmt: skip


async def adopt(connection: Connection, account: uuid.UUID, erasure: uuid.UUID) -> None:
    """Let withdrawals that still wait for their proof outlive the account, as parts of its erasure."""
    await connection.execute(
        """/* adopt_removals */
        update removal set account_id = null, erasure_id = $2 where account_id = $1 and done_on is null
        """,
        account,
        erasure,
    )


async def finish_erasure(connection: Connection, erasure: uuid.UUID, today: datetime.date) -> Row | None:
    """Mark an erasure done if all its parts are: ``address`` (sealed, perhaps null) and ``language``, once only."""
    await connection.execute("/* finish_erasure */ select from erasure where id = $1 for update", erasure)
    return await connection.fetchrow(
        """/* finish_erasure */
        update erasure set done_on = $2
        where id = $1 and done_on is null
          and not exists (select from removal where erasure_id = erasure.id and removal.done_on is null)
        returning address, language
        """,
        erasure,
        today,
    )


async def drop_address(connection: Connection, erasure: uuid.UUID) -> None:
    """Destroy the last copy of the address: the mail that needed it is in the mail queue."""
    await connection.execute("/* drop_address */ update erasure set address = null where id = $1", erasure)


async def erasure_of_receipt(pool: Pool, receipt_hash: bytes) -> Row | None:
    """``id``, ``requested_on``, ``done_on`` of the erasure whose receipt this is."""
    return await pool.fetchrow(
        "/* erasure_of_receipt */ select id, requested_on, done_on from erasure where receipt_hash = $1", receipt_hash
    )


async def forget_old(pool: Pool, addresses_before: datetime.date, receipts_before: datetime.date) -> None:
    """Destroy addresses that waited too long for a proof, then receipts past their time.

    The withdrawals of an account stay as long as it does: its erasure must reach the consultations it left, too.
    """
    await pool.execute(
        "/* forget_old */ update erasure set address = null where address is not null and requested_on < $1",
        addresses_before,
    )
    await pool.execute("/* forget_old */ delete from erasure where requested_on < $1", receipts_before)
    await pool.execute(
        "/* forget_old */ delete from removal where done_on < $1 and account_id is null", receipts_before
    )
