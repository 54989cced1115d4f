"""Opinions, proposals, arguments and sources."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from consultation_service.contributions import Draft, Place, Text
from consultation_service.publication import Row, contribution_event
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import new_id
from contracts.http import Refusal

COLUMNS: Final = (
    "id::text as id, consultation_id::text as consultation_id, section_id::text as section_id, "
    "parent_id::text as parent_id, version, kind, side, title, body, body_html, link, category, day, state, scale, "
    "text_version, number, position, before_html, explanation_html, base_version, changes, appendix, rule"
)


async def place_of(pool: Pool, consultation: str, draft: Draft) -> Place | None:
    """What a draft is about to join: its section, or the opinion or proposal it is about; None when there is none."""
    row = await pool.fetchrow(
        """/* place_of */
        select s.id::text as section, s.kinds, s.scale as section_scale, n.scale, n.opens_on, n.closes_on,
          c.kind as parent_kind, c.state as parent_state
        from consultation n
        join section s on s.consultation_id = n.id
        left join contribution c on c.id = $3 and c.section_id = s.id
        where n.id = $1 and (s.id = $2 and $3::uuid is null or c.id is not null)
        """,
        consultation,
        draft.section or None,
        draft.parent or None,
    )
    return None if row is None else Place(**{**row, "kinds": tuple(row["kinds"])})


@dataclass(frozen=True, slots=True)
class Added:
    """The contribution that now exists; ``fresh`` is false when a retry found it."""

    id: str
    fresh: bool


async def add(
    pool: Pool,
    consultation: str,
    author: bytes,
    draft: Draft,
    text: Text,
    place: Place,
    request_key: bytes,
    day: datetime.date,
) -> Added:
    """Write a contribution and its public event. With a ``request_key`` that its author used before, find the former
    one.

    Raises ``Refusal``: ``not_participating``, or ``key_reused`` when the former one says something else.
    """
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            f"""/* add */
            with present as (
              select pseudonym from participant where consultation_id = $2 and pseudonym = $3 for key share
            )
            insert into contribution (id, consultation_id, author, section_id, parent_id, kind, side, title, body,
              body_html, link, category, scale, request_key, day)
            select $1, $2, pseudonym, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 from present
            on conflict (author, request_key) where request_key is not null do nothing
            returning {COLUMNS}
            """,  # noqa: S608  only constants of ours
            new_id(), consultation, author, place.section, draft.parent or None, draft.kind, draft.side, text.title,
            text.body, text.body_html, text.link, text.category, place.scale_of(draft.kind), request_key, day,
        )  # fmt: skip
        if row is None:
            return await _former(connection, consultation, author, draft, text, request_key)
        await enqueue(connection, [contribution_event(row)])
        return Added(row["id"], fresh=True)


async def _former(
    connection: Connection, consultation: str, author: bytes, draft: Draft, text: Text, request_key: bytes
) -> Added:
    row = await connection.fetchrow(
        f"""/* former */
        select {COLUMNS} from contribution where consultation_id = $1 and author = $2 and request_key = $3
        """,  # noqa: S608  only constants of ours
        consultation,
        author,
        request_key,
    )
    if row is None:
        raise Refusal("not_participating")
    said = (row["kind"], row["side"], row["parent_id"], row["title"], row["body"], row["link"], row["category"])
    if said != (draft.kind, draft.side, draft.parent or None, text.title, text.body, text.link, text.category):
        raise Refusal("key_reused")
    return Added(row["id"], fresh=False)


async def contributions_of(pool: Pool, consultation: str, pseudonym: bytes) -> Sequence[Row]:
    """What a participant wrote: ``id``, ``kind``, ``parent``."""
    return await pool.fetch(
        """/* contributions_of */
        select id::text as id, kind, parent_id::text as parent from contribution
        where consultation_id = $1 and author = $2
        """,
        consultation,
        pseudonym,
    )


async def consultation_of(pool: Pool, contribution: str) -> str | None:
    """The consultation that a contribution is in; it never changes."""
    found: str | None = await pool.fetchval(
        "/* consultation_of */ select consultation_id::text from contribution where id = $1", contribution
    )
    return found


async def scale_of(pool: Pool, contribution: str) -> str | None:
    """The scale of the votes on a contribution; it never changes."""
    found: str | None = await pool.fetchval("/* scale_of */ select scale from contribution where id = $1", contribution)
    return found
