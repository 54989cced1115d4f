"""The raw data of a consultation, row by row, from one snapshot and in constant memory.

Rows come in an order that tells nothing of when they were written. Nothing that is not public already has a day: many
people act on the day they sign up, so that a day would be a way to the registration data.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from consultation_service.publication import Row
from consultation_service.store.database import Connection, Pool

BATCH: Final = 500
SECONDS: Final = 600
"""The longest a sort on the server may take."""

PEOPLE: Final = ("participant", "author")
"""Columns that hold pseudonyms, as bytes; whoever writes the file gives them other names."""


class Table(NamedTuple):
    """A file: its columns, and the query that gives them. ``$1`` is the consultation, ``$2`` 16 random bytes."""

    name: str
    columns: tuple[str, ...]
    query: str


def _table(name: str, columns: dict[str, str], source: str) -> Table:
    selected = ", ".join(f"{expression} as {column}" for column, expression in columns.items())
    return Table(name, tuple(columns), f"/* raw_{name} */ select {selected} from {source}")  # noqa: S608  only texts of ours


_OF_CONTRIBUTION: Final = "join contribution c on c.id = {0}.contribution_id where c.consultation_id = $1"
_OF_SECTION: Final = "join section s on s.id = {0}.section_id"
# A digest with fresh random bytes: an order that is new each time, in which a person's rows stay together.
_SHUFFLED: Final = "order by sha256($2::bytea || {0})"

# With a budget, points may be given to options that are not ranked.
_RANKED_OR_GIVEN_POINTS: Final = """
  select option, place, points from unnest(b.ranked::text[]) with ordinality as ranked (option, place)
  full join jsonb_each_text(b.points) as given (option, points) using (option)
"""

TABLES: Final = (
    _table(
        "participants",
        {
            "participant": "p.pseudonym",
            **{name: f"p.attributes->>'{name}'" for name in ("department", "region", "age", "status")},
        },
        f"participant p where p.consultation_id = $1 {_SHUFFLED.format('p.pseudonym')}",
    ),
    _table(
        "sections",
        {
            "section": "s.id::text", "parent": "s.parent_id::text", "position": "s.position", "kind": "s.kind",
            "title": "s.title", "scale": "s.scale",
        },
        f"section s where s.consultation_id = $1 {_SHUFFLED.format('uuid_send(s.id)')}",
    ),
    _table(
        "contributions",
        {
            "contribution": "c.id::text", "section": "c.section_id::text", "parent": "c.parent_id::text",
            "kind": "c.kind", "side": "c.side", "author": "c.author", "number": "c.number", "title": "c.title",
            "body": "c.body", "explanation": "c.explanation", "link": "c.link", "category": "c.category",
            "text_version": "c.text_version", "state": "c.state", "rule": "c.rule",
            "day": "case when c.state <> 'pending' then c.day end",
        },
        f"contribution c where c.consultation_id = $1 {_SHUFFLED.format('uuid_send(c.id)')}",
    ),
    _table(
        "versions",
        {
            "contribution": "v.contribution_id::text", "text_version": "v.number", "title": "v.title",
            "body": "v.body", "day": "v.day",
        },
        f"contribution_version v {_OF_CONTRIBUTION.format('v')} "
        f"{_SHUFFLED.format('uuid_send(v.contribution_id)')}, v.number",
    ),
    _table(
        "votes",
        {
            "contribution": "v.contribution_id::text", "participant": "v.participant", "choice": "v.choice",
            "text_version": "v.text_version",
        },
        f"vote v {_OF_CONTRIBUTION.format('v')} {_SHUFFLED.format('v.participant')}, v.contribution_id",
    ),
    _table(
        "rankings",
        {
            "section": "b.section_id::text", "participant": "b.participant", "place": "r.place",
            "option": "r.option", "points": "r.points",
        },
        f"ranking_ballot b {_OF_SECTION.format('b')} cross join lateral ({_RANKED_OR_GIVEN_POINTS}) as r "
        f"where s.consultation_id = $1 {_SHUFFLED.format('b.participant')}, b.section_id, r.place, r.option",
    ),
    _table(
        "answers",
        {
            "section": "r.section_id::text", "participant": "r.participant", "question": "a.key",
            "answer": "a.value #>> '{}'",
        },
        f"response r {_OF_SECTION.format('r')} cross join jsonb_each(r.answers) a "
        f"where s.consultation_id = $1 and r.sent {_SHUFFLED.format('r.participant')}, r.section_id, a.key",
    ),
    _table(
        "moderation",
        {
            "contribution": "e.contribution_id::text", "number": "e.number", "kind": "e.kind",
            "decision": "e.decision", "rule": "e.rule", "facts": "e.facts", "automated": "e.automated",
            "about": "e.about", "words": "e.words", "day": "e.day",
        },
        f"moderation_entry e {_OF_CONTRIBUTION.format('e')} "
        f"{_SHUFFLED.format('uuid_send(e.contribution_id)')}, e.number",
    ),
    _table(
        "official_answers",
        {
            "contribution": "o.contribution_id::text", "number": "o.number", "status": "o.status",
            "reason": "o.reason", "body": "o.body", "day": "o.day",
        },
        f"official_answer o {_OF_CONTRIBUTION.format('o')} "
        f"{_SHUFFLED.format('uuid_send(o.contribution_id)')}, o.number",
    ),
)  # fmt: skip
"""What is in an export. Left out: who reported or appealed, because they are promised that nobody knows; the sealed
recipients of notices, what people follow, drafts of answers, request keys and the days of what is not public.
"""


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Connection]:
    """A connection that sees the database as it is now, whatever is written meanwhile."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        # Whole tables are read here, once: the settings of short statements would walk an index row by row.
        await connection.execute("/* snapshot */ set local enable_seqscan = on")
        yield connection


async def batches(connection: Connection, table: Table, consultation: str) -> AsyncIterator[list[Row]]:
    """The rows of ``table``, some hundreds at a time."""
    batch: list[Row] = []
    arguments = (consultation, secrets.token_bytes(16))
    async for row in connection.cursor(table.query, *arguments, prefetch=BATCH, timeout=SECONDS):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
