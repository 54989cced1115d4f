"""What participants chose to say of themselves, from closed lists (rules/attributes.py)."""

import datetime
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from consultation_service.rules.acts import Act
from consultation_service.rules.attributes import Declared, check_attributes
from consultation_service.store.consultations import require_act
from consultation_service.store.database import Pool
from contracts.http import Refusal

_declared: Final = msgspec.json.Decoder(tuple[Declared, ...])


class Asked(NamedTuple):
    """What a consultation asks for."""

    title: str
    declared: tuple[Declared, ...]


async def asked_in(pool: Pool, consultation: str) -> Asked:
    """What a consultation that is no draft asks of participants. Raises ``Refusal`` ``unknown_consultation``."""
    row = await pool.fetchrow(
        "/* asked_in */ select title, attributes from consultation where id = $1 and announced", consultation
    )
    if row is None:
        raise Refusal("unknown_consultation")
    return Asked(row["title"], _declared.decode(row["attributes"]))


async def attributes_of(pool: Pool, consultation: str, participant: bytes) -> dict[str, str]:
    """What a participant said of themselves; nothing for somebody who does not take part."""
    found = await pool.fetchval(
        "/* attributes_of */ select attributes from participant where consultation_id = $1 and pseudonym = $2",
        consultation,
        participant,
    )
    return {} if found is None else msgspec.json.decode(found, type=dict[str, str])


async def to_ask(pool: Pool, consultation: str, participant: bytes, day: datetime.date) -> bool:
    """Whether to ask somebody who just arrived: the consultation asks, and they come for the first time."""
    return bool(
        await pool.fetchval(
            """/* to_ask */
            select true from participant p join consultation c on c.id = p.consultation_id
            where p.consultation_id = $1 and p.pseudonym = $2 and p.attributes = '{}' and c.attributes <> '[]'
              and p.joined_on = $3
            """,
            consultation,
            participant,
            day,
        )
    )


async def say(
    pool: Pool, consultation: str, participant: bytes, given: Mapping[str, str], day: datetime.date
) -> dict[str, str]:
    """Replace what a participant said of themselves; it can be taken back on any day. Returns what is kept. Raises
    ``Refusal``.
    """
    declared = [one.attribute for one in (await asked_in(pool, consultation)).declared]
    kept = check_attributes(given, declared)
    async with pool.acquire() as connection, connection.transaction():
        await require_act(connection, consultation, Act.SIGN_UP if kept else Act.WITHDRAW_OWN, day)
        written = await connection.fetchval(
            """/* say */
            update participant set attributes = $3 where consultation_id = $1 and pseudonym = $2 returning true
            """,
            consultation,
            participant,
            msgspec.json.encode(kept).decode(),
        )
        if not written:
            raise Refusal("not_participating")
    return kept
