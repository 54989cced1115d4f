"""Sign-ins under way and sessions."""

import datetime
import uuid

from identity_service.store.database import Connection, Pool, Row


async def begin(
    connection: Connection,
    *,
    sign_in: uuid.UUID,
    address_index: bytes,
    browser_hash: bytes,
    code_hash: bytes,
    address: bytes,
    disposable: bool,
    tries: int,
    expires_at: datetime.datetime,
) -> Row:
    """Write a sign-in in the place of any former one of the mailbox.

    Returns ``account`` and ``known``: the id and sealed address of the mailbox's account, both null without one. The
    statements are the same, and touch the same rows, in both cases. They are two, so that the second one sees an
    account that another tab made while the first one waited for its row: the code then goes to that account's address.
    """
    await connection.execute(
        """/* begin_sign_in */
        insert into sign_in (id, address_index, browser_hash, code_hash, address, disposable, tries_left, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (address_index) do update set
          id = excluded.id, browser_hash = excluded.browser_hash, code_hash = excluded.code_hash,
          address = excluded.address, disposable = excluded.disposable, tries_left = excluded.tries_left,
          expires_at = excluded.expires_at
        """,
        sign_in, address_index, browser_hash, code_hash, address, disposable, tries, expires_at,
    )  # fmt: skip
    row = await connection.fetchrow(
        """/* begin_sign_in */
        select account.id as account, account.address as known
        from sign_in left join account on account.address_index = sign_in.address_index where sign_in.id = $1
        """,
        sign_in,
    )
    assert row is not None  # noqa: S101 - it was written above, in the same transaction
    return row


async def waiting(pool: Pool, browser_hash: bytes, now: datetime.datetime) -> Row | None:
    """The sign-in that this browser may still finish: ``id`` and sealed ``address``."""
    return await pool.fetchrow(
        """/* waiting_sign_in */
        select id, address from sign_in where browser_hash = $1 and tries_left > 0 and expires_at > $2
        """,
        browser_hash,
        now,
    )


async def count_try(connection: Connection, browser_hash: bytes, now: datetime.datetime) -> Row | None:
    """Take one try, before anything is compared. None when there is none to take."""
    return await connection.fetchrow(
        """/* count_try */
        update sign_in set tries_left = tries_left - 1
        where browser_hash = $1 and tries_left > 0 and expires_at > $2
        returning id, address_index, code_hash, address, disposable, tries_left
        """,
        browser_hash,
        now,
    )


async def finish(connection: Connection, sign_in: uuid.UUID) -> None:
    """The code was used: it works no more."""
    await connection.execute("/* finish_sign_in */ delete from sign_in where id = $1", sign_in)


async def open_session(connection: Connection, token_hash: bytes, account: uuid.UUID, ends_on: datetime.date) -> None:
    """Let the holder of a secret act for ``account`` until the end of ``ends_on``."""
    await connection.execute(
        "/* open_session */ insert into session (token_hash, account_id, ends_on) values ($1, $2, $3)",
        token_hash,
        account,
        ends_on,
    )


async def session_account(pool: Pool, token_hash: bytes, today: datetime.date) -> uuid.UUID | None:
    """Whose session this is, if it has not ended."""
    account: uuid.UUID | None = await pool.fetchval(
        "/* session_account */ select account_id from session where token_hash = $1 and ends_on >= $2",
        token_hash,
        today,
    )
    return account


async def close_session(pool: Pool | Connection, token_hash: bytes) -> None:
    """Sign out."""
    await pool.execute("/* close_session */ delete from session where token_hash = $1", token_hash)


async def forget_ended(pool: Pool, now: datetime.datetime, today: datetime.date) -> None:
    """Delete expired sign-ins, with the addresses they hold, and ended sessions."""
    await pool.execute("/* forget_ended */ delete from sign_in where expires_at <= $1", now)
    await pool.execute("/* forget_ended */ delete from session where ends_on < $1", today)
