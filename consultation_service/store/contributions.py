"""What participants write: where it goes, how it is added, what is known of it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from consultation_service.contributions import KINDS, Draft, Place, Text, require_published
from consultation_service.publication import Row, contribution_event
from consultation_service.rules.differences import Segment
from consultation_service.rules.edits import Limits, require_text_allowed
from consultation_service.store import consultations, notices
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
    """What a draft is about to join: its section, or the contribution it is about; None when there is none."""
    row = await pool.fetchrow(
        """/* place_of */
        select s.id::text as section, s.kinds, s.scale as section_scale, n.scale, s.review_first, n.limits,
          c.kind as parent_kind, c.state as parent_state, coalesce(c.depth, 0) as parent_depth,
          coalesce(c.body, '') as parent_body, coalesce(c.text_version, 0) as parent_version
        from consultation n
        join section s on s.consultation_id = n.id
        left join contribution c on c.id = $3 and c.section_id = s.id
        where n.id = $1 and (s.id = $2 and $3::uuid is null or c.id is not null)
        """,
        consultation,
        draft.section or None,
        draft.parent or None,
    )
    if row is None:
        return None
    limits = msgspec.json.decode(row["limits"], type=Limits)
    return Place(**{**row, "kinds": tuple(row["kinds"]), "limits": limits})


def changes_as_json(changes: Sequence[Segment]) -> str:
    """As the column ``changes`` keeps them: a list of ``contracts.events.Change``."""
    return msgspec.json.encode([segment._asdict() for segment in changes]).decode()


@dataclass(frozen=True, slots=True)
class Added:
    """The contribution that now exists; ``fresh`` is false when a retry found it, ``pending`` true when moderators read
    it before it is published.
    """

    id: str
    fresh: bool
    pending: bool


async def add(
    pool: Pool,
    consultation: str,
    author: bytes,
    draft: Draft,
    text: Text,
    place: Place,
    changes: Sequence[Segment],
    request_key: bytes,
    day: datetime.date,
) -> Added:
    """Write a contribution and, unless moderators read it first, its public event. With a ``request_key`` that its
    author used before, find the former one.

    Raises ``Refusal``: ``not_participating``, ``key_reused`` when the former one says something else,
    ``too_many_texts``, those of ``require_act``, or those of a parent that changed meanwhile.
    """
    async with pool.acquire() as connection, connection.transaction():
        await hold_author(connection, consultation, author)
        former = await _former(connection, consultation, author, draft, text, request_key)
        if former is not None:
            return former
        # Again: rendering and comparing took a while, in which it may have closed.
        await consultations.require_act(connection, consultation, KINDS[draft.kind].act, day, place.section)
        await _require_allowed(connection, consultation, author, draft.kind, place.limits, day)
        if draft.parent is not None:
            await _require_parent(connection, draft, place)
        row = await connection.fetchrow(
            f"""/* add */
            insert into contribution (id, consultation_id, author, section_id, parent_id, kind, side, title, body,
              body_html, explanation, explanation_html, link, category, scale, request_key, day, base_version, changes,
              depth, state, waits_since)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
            returning {COLUMNS}
            """,  # noqa: S608  only constants of ours
            new_id(), consultation, author, place.section, draft.parent, draft.kind, draft.side, text.title, text.body,
            text.body_html, text.explanation, text.explanation_html, text.link, text.category,
            place.scale_of(draft.kind), request_key, day, place.parent_version if draft.kind == "amendment" else 0,
            changes_as_json(changes), place.depth_of(draft.kind), "pending" if place.review_first else "published",
            day if place.review_first else None,
        )  # fmt: skip
        assert row is not None  # noqa: S101  an insert returns its row
        if not place.review_first:
            await enqueue(connection, [contribution_event(row)])
            targets = [consultation, place.section, *([draft.parent] if draft.parent else [])]
            await notices.tell_followers(connection, consultation, targets, but=author)
        return Added(row["id"], fresh=True, pending=place.review_first)


async def hold_author(connection: Connection, consultation: str, author: bytes) -> None:
    """Whoever writes does one thing at a time, and is not erased meanwhile; votes do not wait. Raises ``Refusal``
    ``not_participating``.
    """
    if not await connection.fetchval(
        """/* hold_author */
        select true from participant where consultation_id = $1 and pseudonym = $2 for no key update
        """,
        consultation,
        author,
    ):
        raise Refusal("not_participating")


async def _require_allowed(
    connection: Connection, consultation: str, author: bytes, kind: str, limits: Limits, day: datetime.date
) -> None:
    if kind not in limits.texts_a_day:
        return
    written = await connection.fetchval(
        """/* require_allowed */
        select count(*) from contribution where consultation_id = $1 and author = $2 and kind = $3 and day = $4
        """,
        consultation,
        author,
        kind,
        day,
    )
    require_text_allowed(limits, kind, written)


async def _require_parent(connection: Connection, draft: Draft, place: Place) -> None:
    row = await connection.fetchrow(
        "/* require_parent */ select state, text_version from contribution where id = $1 for share", draft.parent
    )
    require_published(None if row is None else row["state"])
    # The difference that was computed is from the text that was read.
    if row is not None and draft.kind == "amendment" and row["text_version"] != place.parent_version:
        raise Refusal("base_changed", field="body")


async def _former(
    connection: Connection, consultation: str, author: bytes, draft: Draft, text: Text, request_key: bytes
) -> Added | None:
    row = await connection.fetchrow(
        """/* former */
        select id::text as id, state, kind, side, parent_id::text as parent_id, title, body, explanation, link, category
        from contribution where consultation_id = $1 and author = $2 and request_key = $3
        """,
        consultation,
        author,
        request_key,
    )
    if row is None:
        return None
    said = tuple(
        row[name] for name in ("kind", "side", "parent_id", "title", "body", "explanation", "link", "category")
    )
    if said != (draft.kind, draft.side, draft.parent, *text[:5]):
        raise Refusal("key_reused")
    return Added(row["id"], fresh=False, pending=row["state"] == "pending")


READ_WITH: Final = """(
  with recursive up as (
    select c.id, c.kind, c.parent_id
    union all select p.id, p.kind, p.parent_id from contribution p join up on p.id = up.parent_id
      where up.kind in ('argument', 'source', 'comment')
  )
  select id::text from up where kind not in ('argument', 'source', 'comment')
)"""
"""The contribution ``c``, or what it is said about: that of the page where it is read."""


async def contributions_of(pool: Pool, consultation: str, pseudonym: bytes) -> Sequence[Row]:
    """What a participant wrote, the last one first."""
    return await pool.fetch(
        f"""/* contributions_of */
        select c.id::text as id, c.kind, c.parent_id::text as parent, c.section_id::text as section, c.state, c.title,
          c.body, c.day, c.text_version, c.rule, c.waits_since is not null as waits, s.review_first,
          {READ_WITH} as read_with
        from contribution c join section s on s.id = c.section_id
        where c.consultation_id = $1 and c.author = $2
        order by c.day desc, c.id
        """,  # noqa: S608  only constants of ours
        consultation,
        pseudonym,
    )


async def name_of(pool: Pool, consultation: str) -> tuple[str, str] | None:
    """The title of a consultation that is announced, and its name in addresses."""
    row = await pool.fetchrow(
        "/* name_of */ select title, slug from consultation where id = $1 and announced", consultation
    )
    return None if row is None else (row["title"], row["slug"])


async def quoted(pool: Pool, consultation: str, contribution: str) -> Row | None:
    """What is published of a contribution, to be read beside what is written about it."""
    return await pool.fetchrow(
        """/* quoted */
        select c.kind, c.number, c.title, c.body from contribution c join consultation n on n.id = c.consultation_id
        where c.id = $2 and n.id = $1 and c.state = 'published' and n.announced
        """,
        consultation,
        contribution,
    )


async def consultation_of(pool: Pool, contribution: str) -> str | None:
    """The consultation that a contribution is in; it never changes. None in a draft, of which nothing is shown."""
    found: str | None = await pool.fetchval(
        """/* consultation_of */
        select n.id::text from contribution c join consultation n on n.id = c.consultation_id
        where c.id = $1 and n.announced
        """,
        contribution,
    )
    return found


async def scale_of(pool: Pool, contribution: str) -> str | None:
    """The scale of the votes on a contribution; it never changes."""
    found: str | None = await pool.fetchval("/* scale_of */ select scale from contribution where id = $1", contribution)
    return found
