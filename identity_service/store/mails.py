"""Mails that must survive a restart."""

import datetime
import json
import uuid
from collections.abc import Mapping, Sequence

from identity_service.store.database import Connection, Pool, Row


async def queue(
    connection: Connection,
    mail: uuid.UUID,
    address: bytes,
    template: str,
    language: str,
    facts: Mapping[str, str | int],
    now: datetime.datetime,
) -> None:
    """Write a mail, in the transaction of what it tells."""
    await connection.execute(
        """/* queue_mail */
        insert into mail (id, address, template, language, facts, next_try_at) values ($1, $2, $3, $4, $5, $6)
        """,
        mail, address, template, language, json.dumps(facts), now,
    )  # fmt: skip


async def due(connection: Connection, now: datetime.datetime, limit: int) -> Sequence[Row]:
    """Mails whose time has come, locked so that another replica passes over them."""
    return await connection.fetch(
        """/* due_mails */
        select id, address, template, language, facts, tries from mail
        where next_try_at <= $1 order by next_try_at limit $2 for update skip locked
        """,
        now,
        limit,
    )


async def sent(connection: Connection, mail: uuid.UUID) -> None:
    """Forget a mail."""
    await connection.execute("/* mail_sent */ delete from mail where id = $1", mail)


async def postpone(connection: Connection, mail: uuid.UUID, next_try_at: datetime.datetime) -> None:
    """Count a failure and wait."""
    await connection.execute(
        "/* postpone_mail */ update mail set tries = tries + 1, next_try_at = $2 where id = $1", mail, next_try_at
    )


async def count_waiting(pool: Pool) -> int:
    """How many mails wait."""
    return int(await pool.fetchval("/* count_waiting_mails */ select count(*) from mail"))


def facts_of(column: str) -> dict[str, str | int]:
    """The facts of a row, as they were queued."""
    facts: dict[str, str | int] = json.loads(column)
    return facts
