"""Members of staff, as identity names them here: a pseudonym and roles, never an address."""

from collections.abc import Sequence
from typing import NamedTuple

from consultation_service.store.database import Connection, Pool
from contracts.events import Role


class Known(NamedTuple):
    """What a member of staff may do now."""

    version: int
    roles: tuple[Role, ...]
    epoch: int = 0
    """How many times sessions were ended: those of a former epoch are over."""


async def know(pool: Pool | Connection, pseudonym: str, version: int, roles: Sequence[Role]) -> None:
    """Remember roles; those of a higher ``version`` stay."""
    await pool.execute(
        """/* know_staff */
        insert into staff as known (pseudonym, version, roles) values ($1, $2, $3)
        on conflict (pseudonym) do update set version = excluded.version, roles = excluded.roles,
          epoch = known.epoch + (not known.roles <@ excluded.roles)::int
        where excluded.version > known.version
        """,
        pseudonym,
        version,
        list(roles),
    )


async def known(pool: Pool | Connection, pseudonym: str) -> Known | None:
    """The roles of a member of staff; none at all once removed, ``None`` when never heard of."""
    row = await pool.fetchrow(
        "/* known_staff */ select version, roles, epoch from staff where pseudonym = $1", pseudonym
    )
    return None if row is None else Known(row["version"], tuple(row["roles"]), row["epoch"])


async def end_sessions(pool: Pool | Connection, pseudonym: str) -> None:
    """Let no cookie of before open anything, in any browser."""
    await pool.execute("/* end_sessions */ update staff set epoch = epoch + 1 where pseudonym = $1", pseudonym)
