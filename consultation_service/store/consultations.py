"""Consultations and their sections; and stating again what is public.

For whoever fills a consultation (importers, demonstration, back office): ``create`` writes it with its sections, rows
may then be copied into ``contribution``, ``vote`` and ``imported_tally``, and ``publish_whole`` makes all of it
public.
"""

import datetime
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from consultation_service.publication import consultation_events, contribution_event
from consultation_service.rules.lifecycle import Plan
from consultation_service.states import state_of
from consultation_service.store.contributions import COLUMNS as CONTRIBUTION_COLUMNS
from consultation_service.store.database import Connection, Pool
from consultation_service.store.outbox import enqueue
from contracts.events import Id, Language, Slug
from contracts.http import Refusal
from contracts.scales import ScaleName

CHUNK: Final = 1_000
_FIRST: Final = "00000000-0000-0000-0000-000000000000"
COLUMNS: Final = (
    "id::text as id, version, slug, title, introduction_html, organiser, language, level, scale, terms_version, "
    "opens_on, closes_on, source"
)


class NewSection(msgspec.Struct, frozen=True, kw_only=True):
    """A section to create; ``introduction_html`` comes from ``markdown.render``, never from outside."""

    id: Id
    parent: Id | None = None
    position: int
    title: str
    introduction: str = ""
    introduction_html: str = ""
    kinds: tuple[str, ...] = ()
    scale: ScaleName


class NewConsultation(msgspec.Struct, frozen=True, kw_only=True):
    """A consultation to create, parents before their children among ``sections``."""

    id: Id
    slug: Slug
    title: str
    introduction: str
    introduction_html: str
    organiser: str
    language: Language
    level: int = 1
    scale: ScaleName
    terms_version: str
    opens_on: datetime.date
    closes_on: datetime.date
    source: str = ""
    sections: tuple[NewSection, ...]


async def create(connection: Connection, new: NewConsultation) -> None:
    """Write a consultation and its sections, in the caller's transaction. Raises ``ValueError`` when the slug is
    taken.
    """
    async with connection.transaction():
        written = await connection.fetchval(
            """/* create */
            insert into consultation (id, slug, title, introduction, introduction_html, organiser, language, level,
              scale, terms_version, opens_on, closes_on, source)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict do nothing returning true
            """,
            new.id, new.slug, new.title, new.introduction, new.introduction_html, new.organiser, new.language,
            new.level, new.scale, new.terms_version, new.opens_on, new.closes_on, new.source,
        )  # fmt: skip
        if not written:
            raise ValueError("a consultation with this id or slug exists")
        await connection.executemany(
            """/* create */
            insert into section
              (id, consultation_id, parent_id, position, title, introduction, introduction_html, kinds, scale)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                (
                    s.id,
                    new.id,
                    s.parent,
                    s.position,
                    s.title,
                    s.introduction,
                    s.introduction_html,
                    list(s.kinds),
                    s.scale,
                )
                for s in new.sections
            ],
        )


async def plan_of(connection: Pool | Connection, consultation: str) -> Plan:
    """Where a consultation is in its life. Raises ``Refusal`` ``unknown_consultation``."""
    row = await connection.fetchrow(
        "/* plan_of */ select opens_on, closes_on, announced, closed_on, archived from consultation where id = $1",
        consultation,
    )
    if row is None:
        raise Refusal("unknown_consultation")
    return Plan(**row)


async def id_of_slug(pool: Pool | Connection, slug: str) -> str | None:
    """The id of the consultation that is called ``slug``."""
    found: str | None = await pool.fetchval("/* id_of_slug */ select id::text from consultation where slug = $1", slug)
    return found


async def exists(pool: Pool, consultation: str) -> bool:
    """Whether there is such a consultation."""
    return bool(await pool.fetchval("/* exists */ select true from consultation where id = $1", consultation))


async def publish(connection: Connection, consultation: str, day: datetime.date) -> None:
    """Enqueue the consultation as it is on ``day``, for everybody and for identity, in the caller's transaction."""
    row = await connection.fetchrow(
        f"/* publish */ select {COLUMNS} from consultation where id = $1 for update",  # noqa: S608  only constants of ours
        consultation,
    )
    if row is None:
        raise ValueError("no such consultation")
    sections = await connection.fetch(
        """/* publish */
        select id::text as id, parent_id::text as parent_id, position, title, introduction_html, kinds, scale
        from section where consultation_id = $1 order by parent_id nulls first, position, id
        """,
        consultation,
    )
    await enqueue(connection, consultation_events(row, sections, day))
    await connection.execute(
        "/* publish */ update consultation set published_state = $2 where id = $1",
        consultation,
        state_of(row["opens_on"], row["closes_on"], day),
    )


async def publish_changes_of_state(pool: Pool, day: datetime.date) -> int:
    """Publish, with a new version, every consultation that opened or closed since it was last published."""
    async with pool.acquire() as connection, connection.transaction():
        changed = await connection.fetch(
            """/* publish_changes_of_state */
            update consultation set version = version + (published_state is not null)::int
            where published_state is distinct from
              case when $1 < opens_on then 'announced' when $1 <= closes_on then 'open' else 'closed' end
            returning id::text as id
            """,
            day,
        )
        for row in changed:
            await publish(connection, row["id"], day)
        return len(changed)


async def publish_whole(
    pool: Pool, consultation: str, day: datetime.date, progress: Callable[[int], None] | None = None
) -> int:
    """Enqueue a consultation, all its contributions and its totals. Constant memory. Returns the number of
    contributions; ``progress`` is told how many more were enqueued.
    """
    async with pool.acquire() as connection, connection.transaction():
        await publish(connection, consultation, day)
    last, total = _FIRST, 0
    while True:
        rows = await _publish_chunk(pool, consultation, last)
        if not rows:
            break
        last = rows[-1]
        total += len(rows)
        if progress is not None:
            progress(len(rows))
    await pool.execute(
        """/* publish_whole */
        insert into tally_due (contribution_id)
        select c.id from contribution c where c.consultation_id = $1 and (
          exists (select from vote v where v.contribution_id = c.id)
          or exists (select from imported_tally i where i.contribution_id = c.id)
          or exists (select from tally t where t.contribution_id = c.id))
        """,
        consultation,
    )
    return total


async def _publish_chunk(pool: Pool, consultation: str, after: str) -> list[str]:
    # The rows are locked until their events are written: an erasure that comes meanwhile waits, then writes its own
    # event over these, so that an erased text is never published again.
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(
            f"""/* publish_chunk */
            select {CONTRIBUTION_COLUMNS} from contribution c where c.consultation_id = $1 and c.id > $2
            order by c.id limit {CHUNK} for share
            """,  # noqa: S608  only constants of ours
            consultation,
            after,
        )
        await enqueue(connection, [contribution_event(row) for row in rows])
        return [row["id"] for row in rows]


async def republish(pool: Pool, day: datetime.date, progress: Callable[[int], None] | None = None) -> int:
    """State again every public fact and announcement. Returns the number of contributions."""
    total = 0
    for consultation in await all_ids(pool):
        total += await publish_whole(pool, consultation, day, progress)
    return total


async def all_ids(pool: Pool) -> Sequence[str]:
    """Every consultation."""
    rows = await pool.fetch("/* all_ids */ select id::text as id from consultation order by id")
    return [row["id"] for row in rows]
