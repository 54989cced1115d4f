"""Accounts and what they agreed to."""

import datetime
import uuid
from collections.abc import Sequence

from identity_service.store.database import Connection, Pool, Row


async def find(connection: Connection, address_index: bytes) -> uuid.UUID | None:
    """The account of a mailbox."""
    account: uuid.UUID | None = await connection.fetchval(
        "/* find_account */ select id from account where address_index = $1", address_index
    )
    return account


async def add(
    connection: Connection,
    account: uuid.UUID,
    address_index: bytes,
    address: bytes,
    disposable: bool,
    today: datetime.date,
) -> bool:
    """Write an account; False when the mailbox has one already."""
    added = await connection.fetchval(
        """/* add_account */
        insert into account (id, address_index, address, disposable, created_on) values ($1, $2, $3, $4, $5)
        on conflict (address_index) do nothing returning true
        """,
        account, address_index, address, disposable, today,
    )  # fmt: skip
    return bool(added)


async def read(pool: Pool | Connection, account: uuid.UUID) -> Row | None:
    """``address`` (sealed), ``disposable`` and ``created_on``."""
    return await pool.fetchrow(
        "/* read_account */ select address, disposable, created_on from account where id = $1", account
    )


async def lock(connection: Connection, account: uuid.UUID) -> bytes | None:
    """The sealed address, with the row locked until the transaction ends: two erasures cannot cross."""
    address: bytes | None = await connection.fetchval(
        "/* lock_account */ select address from account where id = $1 for update", account
    )
    return address


async def delete(connection: Connection, account: uuid.UUID) -> None:
    """Delete an account with its sessions and consents."""
    await connection.execute("/* delete_account */ delete from account where id = $1", account)


async def consent(
    connection: Connection, account: uuid.UUID, consultation: str, terms_version: str, today: datetime.date
) -> None:
    """Record an agreement; the day of the first one stays."""
    await connection.execute(
        """/* consent */
        insert into consent (account_id, consultation_id, terms_version, accepted_on) values ($1, $2, $3, $4)
        on conflict do nothing
        """,
        account, consultation, terms_version, today,
    )  # fmt: skip


async def has_consented(pool: Pool | Connection, account: uuid.UUID, consultation: str, terms_version: str) -> bool:
    """Whether this very version of the terms was accepted."""
    return bool(
        await pool.fetchval(
            """/* has_consented */
            select exists (
              select from consent where account_id = $1 and consultation_id = $2 and terms_version = $3
            )
            """,
            account, consultation, terms_version,
        )
    )  # fmt: skip


async def consents(pool: Pool | Connection, account: uuid.UUID) -> Sequence[Row]:
    """Every agreement, with its consultation."""
    return await pool.fetch(
        """/* consents */
        select consultation_id::text as consultation, slug, title, organiser, consent.terms_version, accepted_on
        from consent join consultation on consultation.id = consultation_id
        where account_id = $1 order by title, accepted_on, consent.terms_version
        """,
        account,
    )


async def consultations_of(connection: Connection, account: uuid.UUID) -> list[str]:
    """The consultations for which an access token may have been issued, those that were left included: a token from
    just before may have let the person in again since, and only this account leads to that pseudonym.
    """
    rows = await connection.fetch(
        """/* consultations_of */
        select consultation_id::text as id from consent where account_id = $1
        union select consultation_id::text from removal where account_id = $1
        """,
        account,
    )
    return [row["id"] for row in rows]


async def revoke(connection: Connection, account: uuid.UUID, consultation: str) -> bool:
    """Delete the agreements of one consultation; False when there was none."""
    rows = await connection.fetch(
        "/* revoke */ delete from consent where account_id = $1 and consultation_id = $2 returning 1",
        account,
        consultation,
    )
    await connection.execute(
        "/* revoke */ delete from notice_refusal where account_id = $1 and consultation_id = $2", account, consultation
    )
    return bool(rows)
