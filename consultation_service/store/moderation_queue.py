"""What moderators look at: the queue, an item with what is said about it, and figures per day. No query here reads a
pseudonym of a participant.
"""

import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, NamedTuple

from consultation_service.publication import Row
from consultation_service.rules.moderation import Entry
from consultation_service.store.database import Connection, Pool
from consultation_service.store.moderation import ENTRY, Held, entry_of, hold
from contracts.http import Refusal

BEFORE: Final = 3
AFTER: Final = 20
"""How many items of the queue are listed before and after the one that is read."""

PAGE: Final = 30

_WAITING: Final = """
  c.consultation_id = $1 and c.waits_since is not null and c.state <> 'withdrawn'
  and ($2 = '' or $2 = any(c.waits_for) or ($2 = 'review' and c.state = 'pending'))
"""
_LISTED: Final = """
  c.id::text as id, c.kind, c.title, left(c.body, 200) as body, c.waits_since, c.state,
  case when c.state = 'pending' then array['review'] else c.waits_for end as waits_for
"""


class Spot(NamedTuple):
    """A place in the queue, which is read from the longest waiting on."""

    since: datetime.date
    id: str


async def counts(pool: Pool, consultation: str) -> Mapping[str, int]:
    """How many items wait, by reason, all of them under the empty one. An item may wait for several."""
    rows = await pool.fetch(
        """/* queue_counts */
        select why, count(*) as waiting from contribution c, unnest(
          array[''] || case when c.state = 'pending' then array['review'] else c.waits_for end) as why
        where c.consultation_id = $1 and c.waits_since is not null and c.state <> 'withdrawn' group by why
        """,
        consultation,
    )
    return {row["why"]: row["waiting"] for row in rows}


async def around(pool: Pool, consultation: str, why: str, spot: Spot | None) -> Sequence[Row]:
    """The items of the queue near ``spot`` (the first ones without it), the one that is there included."""
    since, item = spot or Spot(datetime.date(1, 1, 1), "00000000-0000-0000-0000-000000000000")
    return await pool.fetch(
        f"""/* queue_around */
        (select {_LISTED} from contribution c where {_WAITING} and (c.waits_since, c.id) < ($3, $4)
          order by c.waits_since desc, c.id desc limit {BEFORE})
        union all
        (select {_LISTED} from contribution c where {_WAITING} and (c.waits_since, c.id) >= ($3, $4)
          order by c.waits_since, c.id limit {AFTER})
        order by waits_since, id
        """,  # noqa: S608  only constants of ours
        consultation,
        why,
        since,
        item,
    )


async def after(pool: Pool, consultation: str, why: str, spot: Spot) -> str | None:
    """The item to read after the one that was at ``spot``; the first one at the end of the queue, ``None`` when it is
    empty.
    """
    found: str | None = await pool.fetchval(
        f"""/* queue_after */
        select c.id::text from contribution c where {_WAITING} and c.id <> $4
        order by (c.waits_since, c.id) <= ($3, $4), c.waits_since, c.id limit 1
        """,  # noqa: S608  only constants of ours
        consultation,
        why,
        spot.since,
        spot.id,
    )
    return found


class Said(NamedTuple):
    """What somebody wrote to moderators: a report or an appeal that waits, ``by_author`` or not."""

    number: int
    day: datetime.date
    rule: str
    words: str
    by_author: bool


class Sheet(NamedTuple):
    """Everything about an item that a moderator reads. ``row`` has its texts and those of what it is about."""

    held: Held
    row: Row
    spot: Spot | None
    reports: tuple[Said, ...]
    appeal: Said | None


async def sheet(pool: Pool, consultation: str, contribution: str) -> Sheet:
    """An item of ``consultation``. Raises ``Refusal`` ``unknown_contribution`` or ``withdrawn``."""
    async with pool.acquire() as connection, connection.transaction():
        held = await hold(connection, contribution, lock=False)
        if held.consultation != consultation:
            raise Refusal("unknown_contribution")
        row = await connection.fetchrow(
            """/* sheet */
            select c.id::text as id, c.kind, c.side, c.title, c.body, c.explanation, c.link, c.category, c.number,
              c.changes, c.day, c.state, c.waits_since, c.text_version, c.author is not null as has_author,
              s.title as section, n.slug, p.id::text as parent, p.kind as parent_kind, p.title as parent_title,
              left(p.body, 400) as parent_body, p.state as parent_state,
              case when c.state = 'pending' then array['review'] else c.waits_for end as waits_for,
              (select count(*) from vote v where v.contribution_id = c.id) as votes
            from contribution c
            join section s on s.id = c.section_id
            join consultation n on n.id = c.consultation_id
            left join contribution p on p.id = c.parent_id
            where c.id = $1
            """,
            contribution,
        )
        if row is None:
            raise Refusal("unknown_contribution")
        said = await _said(connection, held)
    spot = None if row["waits_since"] is None else Spot(row["waits_since"], contribution)
    appeal = held.item.appeal
    return Sheet(
        held, row, spot,
        reports=tuple(one for one in said if one.number in held.item.reports),
        appeal=next((one for one in said if appeal is not None and one.number == appeal.number), None),
    )  # fmt: skip


async def _said(connection: Connection, held: Held) -> list[Said]:
    rows = await connection.fetch(
        """/* said */
        select e.number, e.day, e.rule, e.words, coalesce(e.participant = c.author, false) as by_author
        from moderation_entry e join contribution c on c.id = e.contribution_id
        where e.contribution_id = $1 and e.kind in ('reported', 'appealed') order by e.number
        """,
        held.id,
    )
    return [Said(**row) for row in rows]


async def seen(pool: Pool, contributions: Sequence[str]) -> dict[str, str]:
    """``Held.seen`` of each of them."""
    rows = await pool.fetch(
        """/* seen */
        select c.id::text as id, c.version, (
          select count(*) from moderation_entry e where e.contribution_id = c.id) as entries
        from contribution c where c.id = any($1::uuid[])
        """,
        contributions,
    )
    return {row["id"]: f"{row['entries']}.{row['version']}" for row in rows}


async def search(pool: Pool, consultation: str, words: str, state: str, page: int) -> Sequence[Row]:
    """Contributions of every state, the last ones first, one more than a page when there are more."""
    return await pool.fetch(
        f"""/* search_all */
        select {_LISTED}, c.day, s.title as section from contribution c join section s on s.id = c.section_id
        where c.consultation_id = $1 and c.state <> 'withdrawn' and ($3 = '' or c.state = $3)
          and ($2 = '' or c.id::text = $2 or strpos(lower(c.title || ' ' || c.body), lower($2)) > 0)
        order by c.day desc, c.id limit {PAGE + 1} offset $4
        """,  # noqa: S608  only constants of ours
        consultation,
        words,
        state,
        page * PAGE,
    )


async def texts(pool: Pool, consultation: str, since: datetime.date, most: int) -> Sequence[Row]:
    """The texts that wait, then those written from ``since`` on, ``most`` in all: ``id``, ``kind``, ``title``,
    ``body``, ``state``.
    """
    return await pool.fetch(
        """/* texts_to_compare */
        select id::text as id, kind, title, body, state, day from contribution
        where consultation_id = $1 and state in ('pending', 'published', 'sent_back') and author is not null
          and (waits_since is not null or day >= $2)
        order by waits_since nulls last, day desc, id limit $3
        """,
        consultation,
        since,
        most,
    )


async def texts_per_day(pool: Pool, consultation: str, since: datetime.date) -> Sequence[Row]:
    """How many texts were written in each section, each day: ``section``, ``title``, ``day``, ``acts``."""
    return await pool.fetch(
        """/* texts_per_day */
        select s.id::text as place, s.title, c.day, count(*) as acts
        from contribution c join section s on s.id = c.section_id
        where c.consultation_id = $1 and c.day >= $2 and c.author is not null group by s.id, s.title, c.day
        """,
        consultation,
        since,
    )


async def votes_per_day(pool: Pool, consultation: str, since: datetime.date, least: int) -> Sequence[Row]:
    """How many votes each contribution has from each day, for those with ``least`` or more on one of them."""
    return await pool.fetch(
        """/* votes_per_day */
        with daily as (
          select v.contribution_id, v.day, count(*) as acts from contribution c join vote v on v.contribution_id = c.id
          where c.consultation_id = $1 and v.day >= $2 group by v.contribution_id, v.day
        )
        select c.id::text as place, coalesce(nullif(c.title, ''), left(c.body, 80)) as title, d.day, d.acts
        from daily d join contribution c on c.id = d.contribution_id
        where d.contribution_id in (select contribution_id from daily where acts >= $3)
        """,
        consultation,
        since,
        least,
    )


class Line(NamedTuple):
    """A line of the journal of a consultation: an entry, and the contribution it is about. ``title`` is empty unless
    everybody can read it.
    """

    contribution: str
    kind: str
    title: str
    entry: Entry


_LINES: Final = f"""
  select e.contribution_id::text as contribution, c.kind as of_kind,
    case when c.state = 'published' then coalesce(nullif(c.title, ''), left(c.body, 80)) else '' end as title,
    {", ".join("e." + name.strip() for name in ENTRY.split(","))}
  from moderation_entry e join contribution c on c.id = e.contribution_id where c.consultation_id = $1
"""  # noqa: S608  only constants of ours


async def journal(pool: Pool, consultation: str, page: int) -> list[Line]:
    """The journal of a consultation, the last day first, one line more than a page when there are more."""
    rows = await pool.fetch(
        f"/* journal */ {_LINES} order by e.day desc, e.contribution_id, e.number desc limit {PAGE + 1} offset $2",
        consultation,
        page * PAGE,
    )
    return [_line(row) for row in rows]


async def whole_journal(pool: Pool, consultation: str) -> AsyncIterator[Line]:
    """The same, from the first day on, whatever its length, as it was at one moment."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        query = f"/* whole_journal */ {_LINES} order by e.day, e.contribution_id, e.number"
        async for row in connection.cursor(query, consultation, prefetch=500):
            yield _line(row)


def _line(row: Row) -> Line:
    return Line(row["contribution"], row["of_kind"], row["title"], entry_of(row))
