"""Members of staff, their invitations and what they did."""

import datetime
import uuid
from collections.abc import Iterable, Sequence

from contracts.events import StaffChanged, encode, subject_of
from identity_service.store.database import Connection, Pool, Row


async def invite(
    connection: Connection,
    *,
    invitation: uuid.UUID,
    address_index: bytes,
    address: bytes,
    roles: Sequence[str],
    link_hash: bytes,
    last_day: datetime.date,
) -> None:
    """Write an invitation in the place of any former one of the mailbox."""
    await connection.execute(
        "/* invite */ delete from staff_invitation where address_index = $1",
        address_index,
    )
    await connection.execute(
        """/* invite */
        insert into staff_invitation (id, address_index, address, roles, link_hash, last_day)
        values ($1, $2, $3, $4, $5, $6)
        """,
        invitation, address_index, address, list(roles), link_hash, last_day,
    )  # fmt: skip


async def invitation_of_link(pool: Pool | Connection, link_hash: bytes, today: datetime.date) -> Row | None:
    """``id``, ``address_index``, ``address`` (sealed), ``roles``, ``last_day``."""
    return await pool.fetchrow(
        """/* invitation_of_link */
        select id, address_index, address, roles, last_day from staff_invitation
        where link_hash = $1 and last_day >= $2
        """,
        link_hash,
        today,
    )


async def take_invitation(connection: Connection, invitation: uuid.UUID, today: datetime.date) -> Row | None:
    """An invitation, which is then used: ``address_index``, ``address``, ``roles``."""
    return await connection.fetchrow(
        """/* take_invitation */
        delete from staff_invitation where id = $1 and last_day >= $2 returning address_index, address, roles
        """,
        invitation,
        today,
    )


async def invitations(pool: Pool | Connection, today: datetime.date) -> Sequence[Row]:
    """Those that may still be accepted: ``id``, ``address`` (sealed), ``roles``, ``last_day``."""
    return await pool.fetch(
        """/* invitations */
        select id, address, roles, last_day from staff_invitation where last_day >= $1 order by last_day, id
        """,
        today,
    )


async def cancel_invitation(connection: Connection, invitation: uuid.UUID) -> bool:
    """Withdraw an invitation; False when there is none."""
    done = await connection.fetchval(
        "/* cancel_invitation */ delete from staff_invitation where id = $1 returning true", invitation
    )
    return bool(done)


async def find(pool: Pool | Connection, address_index: bytes) -> Row | None:
    """The row of a mailbox, of somebody removed too: ``id``, ``address`` (sealed), ``removed_on``."""
    return await pool.fetchrow(
        "/* find_staff */ select id, address, removed_on from staff where address_index = $1", address_index
    )


async def add(
    connection: Connection,
    staff: uuid.UUID,
    address_index: bytes,
    address: bytes,
    roles: Sequence[str],
    today: datetime.date,
) -> None:
    """Write a new member of staff, without a second factor yet and hence without rights."""
    await connection.execute(
        """/* add_staff */
        insert into staff (id, address_index, address, roles, version, joined_on) values ($1, $2, $3, $4, 0, $5)
        """,
        staff, address_index, address, list(roles), today,
    )  # fmt: skip


async def bring_back(connection: Connection, staff: uuid.UUID, roles: Sequence[str], today: datetime.date) -> None:
    """Somebody removed was invited again: the same pseudonym, another second factor."""
    await connection.execute(
        """/* bring_back */
        update staff set roles = $2, joined_on = $3, removed_on = null, totp = null, proposed_totp = null,
          enrolled_on = null, last_counter = 0
        where id = $1
        """,
        staff, list(roles), today,
    )  # fmt: skip


async def lock(connection: Connection, staff: uuid.UUID) -> Row | None:
    """A present member, locked until the transaction ends: everything but the address's index."""
    return await connection.fetchrow(
        """/* lock_staff */
        select id, address, roles, version, totp, proposed_totp, enrolled_on, last_counter, joined_on
        from staff where id = $1 and removed_on is null for update
        """,
        staff,
    )


async def everybody(connection: Connection) -> Sequence[Row]:
    """Present members, all locked in one order: ``id``, ``address`` (sealed), ``roles``, ``version``, ``enrolled_on``,
    ``joined_on``.
    """
    return await connection.fetch(
        """/* every_staff */
        select id, address, roles, version, enrolled_on, joined_on from staff
        where removed_on is null order by id for update
        """
    )


async def propose_totp(connection: Connection, staff: uuid.UUID, totp: bytes) -> None:
    """Propose a second factor, to be proved."""
    await connection.execute("/* propose_totp */ update staff set proposed_totp = $2 where id = $1", staff, totp)


async def use_counter(connection: Connection, staff: uuid.UUID, counter: int) -> None:
    """The code of that time step, and all before, are good no more."""
    await connection.execute("/* use_counter */ update staff set last_counter = $2 where id = $1", staff, counter)


async def enrol(
    connection: Connection, staff: uuid.UUID, counter: int, codes: Iterable[bytes], today: datetime.date
) -> None:
    """The proposed second factor was proved with the code of a time step: it takes the place of the former one, and
    these digests that of its recovery codes.
    """
    await connection.execute(
        """/* enrol */
        update staff set totp = proposed_totp, proposed_totp = null, enrolled_on = $2, last_counter = $3 where id = $1
        """,
        staff, today, counter,
    )  # fmt: skip
    await connection.execute("/* enrol */ delete from staff_recovery where staff_id = $1", staff)
    await connection.execute(
        "/* enrol */ insert into staff_recovery (staff_id, code_hash) select $1, unnest($2::bytea[])",
        staff,
        list(codes),
    )


async def use_recovery(connection: Connection, staff: uuid.UUID, code_hash: bytes) -> bool:
    """Use a recovery code; False when it is none of theirs, or was used."""
    used = await connection.fetchval(
        "/* use_recovery */ delete from staff_recovery where staff_id = $1 and code_hash = $2 returning true",
        staff,
        code_hash,
    )
    return bool(used)


async def count_recovery(pool: Pool | Connection, staff: uuid.UUID) -> int:
    """How many recovery codes are left."""
    return int(
        await pool.fetchval("/* count_recovery */ select count(*) from staff_recovery where staff_id = $1", staff)
    )


async def set_roles(connection: Connection, staff: uuid.UUID, roles: Sequence[str]) -> None:
    """Give other roles."""
    await connection.execute("/* set_roles */ update staff set roles = $2 where id = $1", staff, list(roles))


async def remove(connection: Connection, staff: uuid.UUID, today: datetime.date) -> None:
    """Take every right: roles, second factor, sessions."""
    await connection.execute(
        """/* remove_staff */
        update staff set roles = '{}', removed_on = $2, totp = null, proposed_totp = null, enrolled_on = null
        where id = $1
        """,
        staff,
        today,
    )
    await connection.execute("/* remove_staff */ delete from staff_recovery where staff_id = $1", staff)
    await connection.execute("/* remove_staff */ delete from staff_session where staff_id = $1", staff)


async def state_roles(connection: Connection, staff: uuid.UUID, event: StaffChanged) -> None:
    """Write the fact that carries roles to consultation_service, with its version."""
    await connection.execute(
        "/* state_roles */ update staff set version = $2 where id = $1 and version < $2", staff, event.version
    )
    await connection.execute(
        "/* state_roles */ insert into outbox (event_id, subject, body) values ($1, $2, $3)",
        event.id,
        subject_of(event),
        encode(event),
    )


async def record(connection: Connection, staff: str, act: str, object_: str, today: datetime.date) -> None:
    """Write an act in the journal, in its transaction."""
    await connection.execute(
        "/* record_act */ insert into staff_act (staff, act, object, day) values ($1, $2, $3, $4)",
        staff, act, object_, today,
    )  # fmt: skip


async def acts(pool: Pool) -> Sequence[Row]:
    """The journal, newest first: ``number``, ``staff``, ``act``, ``object``, ``day``."""
    return await pool.fetch("/* acts */ select number, staff, act, object, day from staff_act order by number desc")


async def forget_old(pool: Pool, today: datetime.date, removed_before: datetime.date) -> None:
    """Delete invitations and sessions past their day, and those who left long ago, with their address."""
    await pool.execute("/* forget_old_staff */ delete from staff_invitation where last_day < $1", today)
    await pool.execute("/* forget_old_staff */ delete from staff_session where ends_on < $1", today)
    await pool.execute("/* forget_old_staff */ delete from staff where removed_on < $1", removed_before)
