"""What changed, told by whichever replica applied it to all replicas on the same database (NOTIFY, LISTEN).

PostgreSQL delivers a notification when its transaction commits, and never before: whoever hears it can read the rows.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec

from gateway.settings import Settings
from gateway.store.database import Connection, Pool, connect

CHANNEL: Final = "changes"
PIECE: Final = 150
"""Ids in one notification: PostgreSQL takes less than 8,000 bytes, and an id takes 39."""
ALIVE_SECONDS: Final = 30.0


class Change(msgspec.Struct, frozen=True):
    """Items of one consultation: ``written`` whose text or state changed, ``counted`` whose totals did."""

    consultation: uuid.UUID
    revision: int
    written: list[uuid.UUID] = []
    counted: list[uuid.UUID] = []


@dataclass(frozen=True, slots=True)
class Written:
    """An item whose text or state changed. ``new`` when this is its first version."""

    id: uuid.UUID
    kind: str
    parent: uuid.UUID | None
    state: str
    new: bool


Rows = Sequence[asyncpg.Record]
_decode: Final = msgspec.json.Decoder(Change).decode


async def announce(connection: Connection, revisions: Mapping[uuid.UUID, int], written: Rows, counted: Rows) -> None:
    """Tell every replica, when the transaction commits. Rows have ``id`` and ``consultation_id``."""
    pieces = [
        msgspec.json.encode(change).decode()
        for consultation, revision in revisions.items()
        for change in _pieces(consultation, revision, written, counted)
    ]
    await connection.execute(
        "/* announce */ select pg_notify($1, piece) from unnest($2::text[]) as pieces (piece)", CHANNEL, pieces
    )


def _pieces(consultation: uuid.UUID, revision: int, written: Rows, counted: Rows) -> Iterator[Change]:
    texts, totals = (
        [row["id"] for row in rows if row["consultation_id"] == consultation] for rows in (written, counted)
    )
    for start in range(0, len(texts), PIECE):
        yield Change(consultation, revision, written=texts[start : start + PIECE])
    for start in range(0, len(totals), PIECE):
        yield Change(consultation, revision, counted=totals[start : start + PIECE])
    if not texts and not totals:
        yield Change(consultation, revision)  # its own title, dates or sections


async def listen(settings: Settings, heard: Callable[[Change], None], began: Callable[[], None]) -> None:
    """Call ``heard`` for every change until the connection is lost (``OSError`` and the like), ``began`` when it is up.

    A connection of its own: the pool may be of one connection, which the pages need.
    """
    connection = await connect(settings)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.add_listener(CHANNEL, lambda *told: heard(_decode(told[3])))
        began()
        while not lost.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), ALIVE_SECONDS)
            await connection.execute("/* still there */ select 1", timeout=ALIVE_SECONDS)
    finally:
        connection.terminate()


async def written(pool: Pool, ids: Sequence[uuid.UUID]) -> list[Written]:
    """What is said about the items ``ids`` that are known."""
    found = await pool.fetch(
        """/* changes: written */
        select id, kind, parent_id, state, version = 1 as new from contribution where id = any($1::uuid[])""",
        ids,
    )
    return [Written(row["id"], row["kind"], row["parent_id"], row["state"], row["new"]) for row in found]


async def counted(pool: Pool, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The JSON of the totals (``documents.Tally``) of the items ``ids``."""
    found = await pool.fetch(
        "/* changes: counted */ select contribution_id, document from tally where contribution_id = any($1::uuid[])",
        ids,
    )
    return {row["contribution_id"]: row["document"] for row in found}
