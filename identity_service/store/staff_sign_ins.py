"""First factors under way, and sessions of staff."""

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
    invitation: uuid.UUID | None,
    tries: int,
    expires_at: datetime.datetime,
) -> None:
    """Write a sign-in in the place of any former one of the mailbox, known or not."""
    await connection.execute(
        """/* begin_staff_sign_in */
        insert into staff_sign_in (id, address_index, browser_hash, code_hash, invitation_id, tries_left, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (address_index) do update set
          id = excluded.id, browser_hash = excluded.browser_hash, code_hash = excluded.code_hash,
          invitation_id = excluded.invitation_id, tries_left = excluded.tries_left, expires_at = excluded.expires_at
        """,
        sign_in, address_index, browser_hash, code_hash, invitation, tries, expires_at,
    )  # fmt: skip


async def count_try(connection: Connection, browser_hash: bytes, now: datetime.datetime) -> Row | None:
    """Take one try, before anything is compared. None when there is none to take."""
    return await connection.fetchrow(
        """/* count_staff_try */
        update staff_sign_in set tries_left = tries_left - 1
        where browser_hash = $1 and tries_left > 0 and expires_at > $2
        returning id, address_index, code_hash, invitation_id, tries_left
        """,
        browser_hash,
        now,
    )


async def finish(connection: Connection, sign_in: uuid.UUID) -> None:
    """The code was used: it works no more."""
    await connection.execute("/* finish_staff_sign_in */ delete from staff_sign_in where id = $1", sign_in)


async def open_session(
    connection: Connection, token_hash: bytes, staff: uuid.UUID, tries: int, ends_on: datetime.date
) -> None:
    """Let the holder of a secret try the second factor."""
    await connection.execute(
        """/* open_staff_session */
        insert into staff_session (token_hash, staff_id, proved, tries_left, ends_on) values ($1, $2, false, $3, $4)
        """,
        token_hash, staff, tries, ends_on,
    )  # fmt: skip


async def session(pool: Pool | Connection, token_hash: bytes, today: datetime.date) -> Row | None:
    """Whose session this is: ``id``, ``address`` (sealed), ``roles``, ``version``, ``enrolled_on``, ``proved``,
    ``renewing``.
    """
    return await pool.fetchrow(
        """/* staff_session */
        select staff.id, address, roles, version, enrolled_on, proved and enrolled_on is not null as proved,
          proposed_totp is not null as renewing
        from staff_session join staff on staff.id = staff_id
        where token_hash = $1 and ends_on >= $2 and removed_on is null and (proved or tries_left > 0)
        """,
        token_hash,
        today,
    )


async def count_second_try(connection: Connection, token_hash: bytes, today: datetime.date) -> Row | None:
    """Take one try of the second factor: ``staff_id``, ``tries_left``, ``proved``. None when there is none to take."""
    return await connection.fetchrow(
        """/* count_second_try */
        update staff_session set tries_left = tries_left - 1
        where token_hash = $1 and tries_left > 0 and ends_on >= $2 returning staff_id, tries_left, proved
        """,
        token_hash,
        today,
    )


async def prove(connection: Connection, token_hash: bytes) -> None:
    """The second factor was right."""
    await connection.execute(
        "/* prove_staff_session */ update staff_session set proved = true where token_hash = $1", token_hash
    )


async def give_tries(connection: Connection, token_hash: bytes, tries: int) -> None:
    """A session begins to prove another second factor."""
    await connection.execute(
        "/* give_tries */ update staff_session set tries_left = $2 where token_hash = $1", token_hash, tries
    )


async def close_session(pool: Pool | Connection, token_hash: bytes) -> None:
    """Sign out."""
    await pool.execute("/* close_staff_session */ delete from staff_session where token_hash = $1", token_hash)


async def forget_ended(pool: Pool, now: datetime.datetime) -> None:
    """Delete expired sign-ins."""
    await pool.execute("/* forget_ended_staff */ delete from staff_sign_in where expires_at <= $1", now)
