"""What the organiser says of a whole consultation: syntheses on the way, and the restitution at the end.

A text is public from its first version on, and every version is kept.
"""

import datetime
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from consultation_service.publication import Row
from consultation_service.rules.acts import Act
from consultation_service.store import audit, consultations, notices
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import PublicStatement, StatementKind, StatementText, new_id
from contracts.http import Refusal

MAX_EVENT: Final = 400_000
"""Bytes of text in an event; when versions make more, the oldest are left out of it."""

ACTS: Final[dict[StatementKind, Act]] = {"synthesis": Act.SYNTHESISE, "restitution": Act.PUBLISH_RESTITUTION}


class Statement(NamedTuple):
    """A statement as it is now; ``number`` counts its versions."""

    id: str
    kind: StatementKind
    title: str
    number: int
    day: datetime.date


class Written(NamedTuple):
    """A text that was checked, and rendered."""

    title: str
    body: str
    body_html: str


_STATEMENT: Final = """
  select t.id::text as id, t.kind, x.title, x.number, x.day
  from statement t join lateral (
    select title, number, day from statement_text where statement_id = t.id order by number desc limit 1
  ) x on true
"""


async def of(pool: Pool | Connection, consultation: str, kind: StatementKind) -> list[Statement]:
    """The statements of a consultation, the latest first."""
    rows = await pool.fetch(
        f"/* statements_of */ {_STATEMENT} where t.consultation_id = $1 and t.kind = $2 order by x.day desc, t.id",
        consultation,
        kind,
    )
    return [Statement(**row) for row in rows]


async def read(pool: Pool | Connection, consultation: str, kind: StatementKind, statement: str) -> Statement:
    """One of them. Raises ``Refusal`` ``not_found``."""
    row = await pool.fetchrow(
        f"/* read_statement */ {_STATEMENT} where t.consultation_id = $1 and t.kind = $2 and t.id = $3",
        consultation,
        kind,
        statement,
    )
    if row is None:
        raise Refusal("not_found")
    return Statement(**row)


async def versions(pool: Pool | Connection, statement: str) -> Sequence[Row]:
    """Its versions, the present one first: ``number``, ``title``, ``body``, ``body_html``, ``day``."""
    return await pool.fetch(
        """/* statement_versions */
        select number, title, body, body_html, day from statement_text where statement_id = $1 order by number desc
        """,
        statement,
    )


async def publish(
    connection: Connection,
    consultation: str,
    kind: StatementKind,
    statement: str,
    staff: str,
    written: Written,
    day: datetime.date,
) -> bool:
    """Publish a version of ``statement``, the first one included, note who did it and tell followers; in the caller's
    transaction. False when it says what it said already. There is one restitution at most: publishing another one adds
    a version to it. Raises ``Refusal`` of the state, or ``not_found``.
    """
    await consultations.held(connection, consultation, ACTS[kind], day)
    statement = await _opened(connection, consultation, kind, statement)
    former = next(iter(await versions(connection, statement)), None)
    if former is not None and (former["title"], former["body"]) == written[:2]:
        return False
    await connection.execute(
        """/* publish_statement */
        insert into statement_text (statement_id, number, title, body, body_html, day) values ($1, $2, $3, $4, $5, $6)
        """,
        statement,
        1 if former is None else former["number"] + 1,
        *written,
        day,
    )
    await enqueue(connection, await statement_events(connection, consultation, [statement]))
    await audit.record(connection, staff, ACTS[kind], consultation, statement, day)
    await notices.tell_followers(connection, consultation, [consultation])
    return True


async def _opened(connection: Connection, consultation: str, kind: StatementKind, statement: str) -> str:
    if kind == "restitution":
        present = await of(connection, consultation, kind)
        statement = present[0].id if present else statement
    await connection.execute(
        "/* open_statement */ insert into statement (id, consultation_id, kind) values ($1, $2, $3) "
        "on conflict do nothing",
        statement,
        consultation,
        kind,
    )
    held = await connection.fetchrow(
        "/* open_statement */ select consultation_id::text as consultation, kind from statement where id = $1",
        statement,
    )
    if held is None or (held["consultation"], held["kind"]) != (consultation, kind):
        raise Refusal("not_found")
    return statement


async def statement_events(
    connection: Pool | Connection, consultation: str, statements: Sequence[str] | None = None
) -> list[PublicStatement]:
    """The statements of a consultation as everybody reads them; those that are asked for, or all."""
    rows = await connection.fetch(
        """/* statement_events */
        select t.id::text as statement, t.kind, x.number, x.title, x.body_html, x.day
        from statement t join statement_text x on x.statement_id = t.id
        where t.consultation_id = $1 and ($2::uuid[] is null or t.id = any($2::uuid[]))
        order by t.id, x.number
        """,
        consultation,
        statements,
    )
    return [_event(consultation, list(found)) for _, found in groupby(rows, lambda row: row["statement"])]


def _event(consultation: str, rows: Sequence[Row]) -> PublicStatement:
    texts = [
        StatementText(number=row["number"], title=row["title"], body_html=row["body_html"], day=row["day"])
        for row in rows
    ]
    while len(texts) > 1 and sum(len(text.body_html.encode()) for text in texts) > MAX_EVENT:
        del texts[0]
    return PublicStatement(
        id=new_id(), statement=rows[0]["statement"], consultation=consultation, version=rows[-1]["number"],
        kind=rows[0]["kind"], texts=tuple(texts),
    )  # fmt: skip
