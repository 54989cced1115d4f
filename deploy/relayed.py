"""Waiting until what happened in consultation is known everywhere: nothing left to send, nothing left to read."""

import asyncio
import time
from typing import Final

import asyncpg
import nats

from contracts.subjects import READERS, STREAMS, Service, inbox
from deploy.errors import Stopped
from deploy.local import Place, Say
from deploy.secrets import OPERATOR, PROVISIONERS

GIVE_UP_SECONDS: Final = 60.0
SAY_EVERY_SECONDS: Final = 5.0


def wait_until_relayed(place: Place, say: Say) -> None:
    """Return when everything is relayed. Raises ``Stopped`` when nothing moves for ``GIVE_UP_SECONDS``."""
    asyncio.run(_wait(place, say))


async def _wait(place: Place, say: Say) -> None:
    left = await remaining(place)
    moved = said = time.monotonic()
    while left:
        await asyncio.sleep(0.2)
        before, left = left, await remaining(place)
        now = time.monotonic()
        if left != before:
            moved = now
        if now - moved > GIVE_UP_SECONDS:
            raise Stopped(
                f"Il reste {left} messages à transmettre et plus rien n’avance. Voyez {place.home.folder / 'logs'}.",
                f"{left} messages are still to be relayed and nothing moves any more. "
                f"See {place.home.folder / 'logs'}.",
            )
        if left and now - said > SAY_EVERY_SECONDS:
            said = now
            say(f"Publication : encore {left} messages…", f"Publishing: {left} messages to go…")


async def remaining(place: Place) -> int:
    """How many facts are still on their way."""
    return await _waiting_in_database(place) + await _waiting_on_the_bus(place)


async def _waiting_in_database(place: Place) -> int:
    dsn = place.postgres.dsn(OPERATOR, str(Service.CONSULTATION))
    connection = await asyncpg.connect(dsn, password=place.home.secrets.password(OPERATOR))
    try:
        question = "select (select count(*) from outbox) + (select count(*) from tally_due)"
        return int(await connection.fetchval(question))
    finally:
        await connection.close()


async def _waiting_on_the_bus(place: Place) -> int:
    waiting = 0
    for user, owner in PROVISIONERS.items():
        connection = await nats.connect(
            place.nats.url,
            nkeys_seed=str(place.home.secrets.seed_file(user)),
            inbox_prefix=inbox(user).encode(),
            allow_reconnect=False,
        )
        try:
            for stream in (stream for stream in STREAMS if stream.owner is owner):
                for reader in (reader for reader in READERS if reader.stream == stream.name):
                    info = await connection.jetstream().consumer_info(stream.name, str(reader.service))
                    waiting += (info.num_pending or 0) + (info.num_ack_pending or 0)
        finally:
            await connection.close()
    return waiting
